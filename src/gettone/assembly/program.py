"""How every program of the supervisor's begins: `python -m gettone.assembly.program MODULE DESCRIPTOR`.

Must not know any program.
"""

from __future__ import annotations

import sys
from importlib import import_module

from gettone.assembly.loading import loading


def main() -> None:
    """Run the `main` of a module, and end with what it returns."""
    module, descriptor = sys.argv[1:]
    with loading():
        begin = import_module(module).main
    sys.argv = [module, descriptor]
    sys.exit(begin())


if __name__ == "__main__":
    main()
