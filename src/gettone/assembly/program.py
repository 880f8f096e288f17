"""How every program of the supervisor's begins: `python -m gettone.assembly.program MODULE DESCRIPTOR`.

A program reads a thousand modules before it does anything. Looking for garbage meanwhile would take a sixth of that
time and find none. What was read is there to stay: it is put where no later look goes, or each would hold up requests
for as long. Must not know any program.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module


def main() -> None:
    """Run the `main` of a module, and end with what it returns."""
    gc.disable()
    module, descriptor = sys.argv[1:]
    begin = import_module(module).main
    gc.freeze()
    gc.enable()
    sys.argv = [module, descriptor]
    sys.exit(begin())


if __name__ == "__main__":
    main()
