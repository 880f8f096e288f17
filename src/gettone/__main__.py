"""`python -m gettone` is `gettone`."""

from gettone.cli.main import main

main()
