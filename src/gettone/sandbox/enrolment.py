"""How a process puts its connections into the supervisor's hands: a filter with a listener, and the listener sent away.

Runs in the process that is to be confined, before any code of a user's. Standard library only; it also travels to the
guest root, since workers that a zygote clones enrol there.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct

# Numbers of linux/prctl.h and linux/seccomp.h.
_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_SYS_SECCOMP = {"x86_64": 317, "aarch64": 277}
_FILTER_BYTES = 8


def enrol(supervisor: socket.socket, worker: str, program: bytes) -> None:
    """Install a filter that asks somebody, and send the supervisor its listener. Raises OSError."""
    fd = install(program, _NEW_LISTENER)
    try:
        socket.send_fds(supervisor, [worker.encode("ascii")], [fd])
    finally:
        os.close(fd)


def install(program: bytes, flags: int = 0) -> int:
    """Install a filter for this process and all that come of it (seccomp(2)). Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs cannot be set")
    code = ctypes.create_string_buffer(program, len(program))
    described = ctypes.create_string_buffer(struct.pack("@HP", len(program) // _FILTER_BYTES, ctypes.addressof(code)))
    number = _SYS_SECCOMP[os.uname().machine]
    result: int = libc.syscall(ctypes.c_long(number), ctypes.c_long(_SET_MODE_FILTER), ctypes.c_long(flags), described)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"a filter cannot be installed: {os.strerror(ctypes.get_errno())}")
    return result
