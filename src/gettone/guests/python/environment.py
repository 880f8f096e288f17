"""The process as a function finds it: variables, working folder, empty input. Must not know handlers or the wire."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
from collections.abc import Mapping

# A package of the project's own environment.
_DEBUGGER = "debugpy"
# All that a function keeps of what the guest was started with.
_KEPT = ("PATH", "LANG", "TZ", "TMPDIR")
_DEFAULTS = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"}


def clear() -> None:
    """Leave of the environment what every function may see. Done once, before workers are cloned."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(_DEFAULTS | kept)
    time.tzset()
    # A deployment is not to be written into, not even by Python.
    sys.dont_write_bytecode = True


def furnish(root: str, variables: Mapping[str, str]) -> None:
    """Give this process the environment's variables, and the deployment's root as its working folder."""
    for name, value in variables.items():
        with contextlib.suppress(ValueError):  # a NUL or a "=": context has it, the process cannot
            os.environ[name] = value
    if "TZ" in variables:
        time.tzset()
    with contextlib.suppress(OSError):
        os.chdir(root)


def listen_for_debugger(port: int) -> str | None:
    """Let a debugger attach at 127.0.0.1. Returns what is missing, or None."""
    try:
        debugger = importlib.import_module(_DEBUGGER)
    except ImportError:
        return f"{_DEBUGGER} is not installed in the project's environment: pip install {_DEBUGGER}"
    try:
        debugger.listen(("127.0.0.1", port))
    except Exception as error:  # noqa: BLE001 - whatever a package of the project raises
        return f"{_DEBUGGER} cannot listen on port {port}: {error}"
    return None
