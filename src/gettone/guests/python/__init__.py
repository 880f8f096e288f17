"""The Python guest: what runs inside a worker. Standard library, `gettone.handlers` and `gettone.tokens` only.

Read `zygote.py` first: it is the program. `cloning` starts workers, `birth` makes a fork into one, `worker` serves the
wire; `loading`, `calling`, `failures` and `logs` know no wire, and `gettone.testing` uses them too.
"""
