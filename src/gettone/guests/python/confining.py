"""A clone in namespaces of its own: its processes, files, network and rights. Nothing of a user's has run yet.

The zygote is confined itself, and may make namespaces; what it clones gives that up here, before it becomes a worker.
Where a step fails, the clone ends. Must not know the wire or handlers.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import resource
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

# Numbers of sched.h, sys/mount.h, linux/prctl.h and linux/capability.h.
_NEW = 0x00020000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000  # mount, IPC, user, processes, network
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_PR_CAPBSET_DROP, _PR_SET_DUMPABLE = 24, 4
_CAPABILITY_VERSION_3 = 0x20080522
_CAPABILITIES = 64
_SYS_CLONE = {"x86_64": 56, "aarch64": 220}
_SIGCHLD = 17
ENROLMENT_FD = 5
HIDDEN = "/run/gettone"
_USER = 1000

_libc = ctypes.CDLL(None, use_errno=True)
# A call that keeps the interpreter's lock: the child goes on with it.
_locked = ctypes.PyDLL(None, use_errno=True)


@dataclass(frozen=True)
class Confinement:
    """What every clone of this zygote is bounded by, as the host told it."""

    user: int | None
    deny: bytes
    notify: bytes
    temporary_bytes: int
    shared_bytes: int
    processes: int
    open_files: int
    file_bytes: int
    kept: tuple[str, ...] = ()


def read_confinement(told: Mapping[str, object]) -> Confinement:
    """Take in the host's word. Raises KeyError, OSError."""
    _enrolment()  # once, for all that are cloned
    numbers = {
        name: int(str(told[name]))
        for name in ("temporary_bytes", "shared_bytes", "processes", "open_files", "file_bytes")
    }
    with open(f"{HIDDEN}/filters/deny.bpf", "rb") as deny, open(f"{HIDDEN}/filters/notify.bpf", "rb") as notify:
        user = told["user"]
        kept = told.get("kept")
        return Confinement(
            user if isinstance(user, int) else None,
            deny.read(),
            notify.read(),
            **numbers,
            kept=tuple(str(each) for each in kept) if isinstance(kept, list) else (),
        )


def settle(confinement: Confinement) -> None:
    """Make the zygote's own /proc, and become who it is to be. Raises OSError."""
    if not os.path.isdir("/proc/self"):
        _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    if confinement.user is not None:
        os.setgroups([])
        os.setresgid(confinement.user, confinement.user, confinement.user)
        os.setresuid(confinement.user, confinement.user, confinement.user)
        # A change of user hides a process from itself, and it has to write its children's maps.
        _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


def clone() -> tuple[int, int]:
    """Fork into new namespaces: 0 in the child, and a pipe on which it hears that it is somebody. Raises OSError.

    The parent gets the child's number, and has given it a user of its own.
    """
    hear, tell = os.pipe()
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = _locked.syscall(_number(_SYS_CLONE), ctypes.c_long(_NEW | _SIGCHLD), *([ctypes.c_long(0)] * 4))
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        os.close(tell)
        return 0, hear
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    os.close(hear)
    try:
        if pid < 0:
            raise OSError(ctypes.get_errno(), f"no namespaces: {os.strerror(ctypes.get_errno())}")
        _write(f"/proc/{pid}/setgroups", "deny")
        _write(f"/proc/{pid}/uid_map", f"{_USER} {os.geteuid()} 1")
        _write(f"/proc/{pid}/gid_map", f"{_USER} {os.getegid()} 1")
        os.write(tell, b"m")
    finally:
        os.close(tell)
    return pid, -1


def confine(confinement: Confinement, worker: str, packages: Mapping[str, str], heard: int) -> None:
    """Take a fresh clone to where it stays. `packages` are below /run/gettone/packages, by their place in the task."""
    if os.read(heard, 1) != b"m":
        os._exit(70)
    os.close(heard)
    _mount(None, "/", None, _REC | _PRIVATE)
    try:
        _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    except OSError:
        _mount("none", "/proc", "tmpfs", _RDONLY | _NOSUID | _NODEV | _NOEXEC, "size=4k")
    _mount("none", "/tmp", "tmpfs", _NOSUID | _NODEV, f"size={confinement.temporary_bytes},mode=1777")
    for number, path in enumerate(confinement.kept):
        os.makedirs(path, exist_ok=True)
        _bind(f"{HIDDEN}/kept/{number}", path)
    _mount("none", "/dev/shm", "tmpfs", _NOSUID | _NODEV, f"size={confinement.shared_bytes},mode=1777")
    _bind(f"{HIDDEN}/cells/{worker}", "/var/task")
    for place, source in packages.items():
        _bind(f"{HIDDEN}/packages/{source}", f"/var/task/{place}")
    for place in ("/dev", "/"):  # where our user outside is the zygote's, these are its own
        _mount(None, place, None, _BIND | _REMOUNT | _RDONLY | _NOSUID | _NODEV)
    _mount("none", HIDDEN, "tmpfs", _RDONLY | _NOSUID | _NODEV | _NOEXEC, "size=4k")
    for limit, bound in (
        (resource.RLIMIT_NPROC, confinement.processes),
        (resource.RLIMIT_NOFILE, confinement.open_files),
        (resource.RLIMIT_FSIZE, confinement.file_bytes),
    ):
        resource.setrlimit(limit, (bound, bound))
    with socket.socket(fileno=ENROLMENT_FD) as supervisor:
        _enrolment().enrol(supervisor, worker, confinement.notify)
    _drop_rights()
    _enrolment().install(confinement.deny)


def _enrolment() -> ModuleType:
    """The host's own module, which lies beside this one in a guest root, and nowhere else."""
    return importlib.import_module(f"{__package__}.enrolment")


def _bind(source: str, place: str) -> None:
    _mount(source, place, None, _BIND | _REC)
    _mount(None, place, None, _BIND | _REMOUNT | _RDONLY | _NOSUID | _NODEV)


def _drop_rights() -> None:
    """Give up every capability for good (capabilities(7))."""
    for capability in range(_CAPABILITIES):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    if _libc.capset(header, (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "rights cannot be given up")


def _mount(source: str | None, place: str, kind: str | None, flags: int, options: str | None = None) -> None:
    words = [None if each is None else each.encode() for each in (source, place, kind, options)]
    if _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]):
        raise OSError(ctypes.get_errno(), f"{place}: {os.strerror(ctypes.get_errno())}")


def _number(numbers: Mapping[str, int]) -> ctypes.c_long:
    return ctypes.c_long(numbers[os.uname().machine])


def _write(file: str, text: str) -> None:
    fd = os.open(file, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
