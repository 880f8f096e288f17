"""From a fork of the zygote to a worker: whose child it is, what it may use, which descriptors it holds.

Must not know the protocol. Runs in the fresh child; nothing here may return into the zygote's loop.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from . import worker
from .logs import Output
from .tickets import TICKETS_FD

WIRE_FD = 3

# What `signal.signal` calls. The wrapper turns numbers into enumerations and back, which costs each clone 90 kB.
_set_handler: Callable[[int, object], object] = importlib.import_module("_signal").signal
_SIGCHLD, _SIGINT, _SIG_DFL = int(signal.SIGCHLD), int(signal.SIGINT), int(signal.SIG_DFL)
# linux/prctl.h
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_AF_UNIX, _SOCK_STREAM = int(socket.AF_UNIX), int(socket.SOCK_STREAM)
_FD_MAX = (1 << 31) - 1


def _find(name: str) -> Callable[..., int] | None:
    """A function of the C library, where this system has it."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None


_prctl = _find("prctl") or (lambda *arguments: -1)
_close_range = _find("close_range") or (lambda *arguments: -1)


def adopt_orphans() -> None:
    """Become the parent of what workers leave behind, so that it can be ended."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def become_worker(
    fds: tuple[int, int, int, int],
    zygote: int,
    memory_bytes: int | None,
    output: Output,
    confine: Callable[[], None] | None = None,
) -> NoReturn:
    """Turn this child into a worker with `fds` as wire, stdout, stderr and tickets. Never returns.

    `confine` takes it into its sandbox.
    """
    code = 70
    try:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # It died before the signal was asked for. From within namespaces of one's own no parent is seen; the wire's end
        # ends such a worker.
        if confine is None and os.getppid() != zygote:
            os._exit(code)
        os.setsid()
        signal.set_wakeup_fd(-1)
        _set_handler(_SIGCHLD, _SIG_DFL)
        _set_handler(_SIGINT, signal.default_int_handler)
        # Before descriptors are placed: what enrols is one of those that are closed then.
        if confine is not None:
            confine()
        _place(fds)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory_bytes is not None:
            # Data, not address space: libraries reserve far more than they ever touch.
            resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
        gc.enable()
        worker.main(socket.socket(_AF_UNIX, _SOCK_STREAM, 0, WIRE_FD), output)
    except BaseException:  # noqa: BLE001 - the edge of a process
        with contextlib.suppress(BaseException):
            os.write(2, traceback.format_exc().encode("utf-8", "replace"))
    os._exit(code)


def _place(fds: tuple[int, int, int, int]) -> None:
    """Put each descriptor where it belongs, and close every other: the zygote's own, above all."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    # The zygote holds 0 to 4, so none of these overwrites one that is still to be placed.
    for place, fd in zip((1, 2), fds[1:3], strict=True):
        os.dup2(fd, place)
    os.dup2(fds[0], WIRE_FD, inheritable=False)
    os.dup2(fds[3], TICKETS_FD, inheritable=False)
    os.set_blocking(WIRE_FD, True)
    _close_from(TICKETS_FD + 1)


def _close_from(first: int) -> None:
    # One call where the kernel has it (Linux 5.9). Else listed, not counted up: the limit may be a million.
    if _close_range(first, _FD_MAX, 0) == 0:
        return
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    for name in os.listdir(folder):
        if int(name) >= first:
            with contextlib.suppress(OSError):
                os.close(int(name))
