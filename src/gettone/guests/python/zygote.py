"""The program of a Python guest: `<python> -I zygote.py`. It clones workers and never loads a function itself.

Only the way in: the folder above, the guest root, comes first on the path, so that this guest's own `gettone` is
imported, whatever the interpreter's environment holds.
"""

import importlib
import os
import sys

if __name__ == "__main__":
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.dirname(folder))
    importlib.import_module(f"{os.path.basename(folder)}.cloning").main()
