"""The folder that a Python guest starts from: `gettone` as handlers see it, and the guest. Nothing else of the host's.

It stands first on a guest's path, ahead of the project's packages, and holds no other package of the host.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import gettone

ROOMS = ("tokens", "handlers")
_NO_CACHE = shutil.ignore_patterns("__pycache__")


def write_guest_root(folder: Path) -> Path:
    """Make the guest root below `folder`. Raises OSError."""
    package = Path(gettone.__file__).parent
    root = folder / "guestroot"
    (root / "gettone").mkdir(parents=True)
    shutil.copy(package / "__init__.py", root / "gettone" / "__init__.py")
    for room in ROOMS:
        shutil.copytree(package / room, root / "gettone" / room, ignore=_NO_CACHE)
    shutil.copytree(package / "guests" / "python", root / "gettone_guest", ignore=_NO_CACHE)
    # Clones enrol as the nursery's children do.
    shutil.copy(package / "sandbox" / "enrolment.py", root / "gettone_guest" / "enrolment.py")
    return root


def zygote_command(root: Path, interpreter: Path | None) -> tuple[str, ...]:
    """How the zygote is started: under the project's own interpreter, or a bare one without any packages."""
    program = str(root / "gettone_guest" / "zygote.py")
    if interpreter is not None:
        return (str(interpreter), "-I", program)
    # `sys.executable` may be a virtual environment's: the packages in it are the host's, not the functions'.
    bare = getattr(sys, "_base_executable", None) or sys.executable
    return (bare, "-I", "-S", program)
