"""System calls that confined processes do not have, as seccomp programs made by libseccomp.

Two programs: what is denied, and connect(2), which is handed to the supervisor (egress.py). What is denied is what
opens the kernel or the host and what no function needs; the rest goes by at the kernel's own speed (seccomp(2)).
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from gettone.sandbox.errors import LaunchError

# Mounts, namespaces and roots.
_NAMESPACES = (
    "mount", "umount", "umount2", "pivot_root", "chroot", "unshare", "setns", "fsopen", "fsconfig", "fsmount", "fspick",
    "open_tree", "move_mount", "mount_setattr",
)  # fmt: skip
# Other processes.
_PROCESSES = (
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd", "process_mrelease",
    "move_pages", "migrate_pages", "get_mempolicy", "set_mempolicy", "mbind",
)  # fmt: skip
# Parts of the kernel where faults were found, and that no function needs.
_KERNEL = (
    "bpf", "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "perf_event_open", "keyctl",
    "add_key", "request_key", "fanotify_init", "lookup_dcookie", "modify_ldt", "personality", "name_to_handle_at",
    "open_by_handle_at", "quotactl", "quotactl_fd", "syslog", "uselib", "ustat", "sysfs", "vm86", "vm86old",
    "remap_file_pages", "memfd_secret",
)  # fmt: skip
# The machine's own affairs.
_MACHINE = (
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module",
    "swapon", "swapoff", "acct", "iopl", "ioperm", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
    "sethostname", "setdomainname", "vhangup", "nfsservctl", "mknod", "mknodat",
)  # fmt: skip
# Memory that is nobody's: no look at a process finds it, and no bound of /tmp holds it.
_UNSEEN_MEMORY = ("memfd_create", "shmget", "msgget", "semget")
BINARY_TREE = 2  # a program that halves its way to a call's number instead of asking for each (seccomp_attr_set(3))
UNKNOWN = -1  # __NR_SCMP_ERROR
# Functions are callers: nobody calls them but the gateway.
_LISTENING = ("bind", "listen", "accept", "accept4")
DENIED = (*_NAMESPACES, *_PROCESSES, *_KERNEL, *_MACHINE, *_UNSEEN_MEMORY, *_LISTENING)
_CLONE_NEW = 0x7E020000  # every CLONE_NEW... flag of clone(2)
_CLONE_NEWTIME = 0x80
_MSG_FASTOPEN = 0x20000000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_SOCKET_CONTROLS = 0x8900  # SIOC..., linux/sockios.h
_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_SOCK_KINDS = 0xF
_SOCK_RAW, _SOCK_RDM, _SOCK_DCCP, _SOCK_PACKET = 3, 4, 6, 10


@dataclass(frozen=True, slots=True)
class Filters:
    """The files with the two programs."""

    deny: Path
    notify: Path


def write_filters(folder: Path) -> Filters:
    """Make both programs for this machine. Raises LaunchError where libseccomp is missing, OSError."""
    try:
        import pyseccomp  # type: ignore[import-untyped]
    except (ImportError, RuntimeError, OSError) as error:
        raise LaunchError("libseccomp is missing: install libseccomp2") from error
    filters = Filters(folder / "deny.bpf", folder / "notify.bpf")
    for path, made in ((filters.deny, _denying(pyseccomp)), (filters.notify, _notifying(pyseccomp))):
        with path.open("wb") as file:
            made.export_bpf(file)
        path.chmod(0o444)
    return filters


def _notifying(pyseccomp: ModuleType) -> Any:
    made = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    made.add_rule(pyseccomp.NOTIFY, "connect")
    return made


def _denying(pyseccomp: ModuleType) -> Any:
    arg, made = pyseccomp.Arg, pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    made.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, BINARY_TREE)
    refuse = pyseccomp.ERRNO(errno.EPERM)
    for name in DENIED:
        # Not every architecture has each, nor does every libseccomp know it.
        if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) != UNKNOWN:
            made.add_rule(refuse, name)
    # Whoever asks for it falls back to clone(2), whose flags can be looked at.
    made.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    for bit in range(32):
        if _CLONE_NEW >> bit & 1:
            made.add_rule(refuse, "clone", arg(0, pyseccomp.MASKED_EQ, 1 << bit, 1 << bit))
    for command in (_TIOCSTI, _TIOCLINUX):
        made.add_rule(refuse, "ioctl", arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, command))
    # A socket that the supervisor gave is of the host's network, and tells of it (netdevice(7)).
    made.add_rule(refuse, "ioctl", arg(1, pyseccomp.MASKED_EQ, 0xFFFFFF00, _SOCKET_CONTROLS))
    for name, place in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
        made.add_rule(refuse, name, arg(place, pyseccomp.MASKED_EQ, _MSG_FASTOPEN, _MSG_FASTOPEN))
    refuse_family = pyseccomp.ERRNO(errno.EAFNOSUPPORT)
    for low, high in ((0, _AF_UNIX), (_AF_INET + 1, _AF_INET6)):
        for family in range(low, high):
            made.add_rule(refuse_family, "socket", arg(0, pyseccomp.EQ, family))
    made.add_rule(refuse_family, "socket", arg(0, pyseccomp.GT, _AF_INET6))
    for kind in (_SOCK_RAW, _SOCK_RDM, _SOCK_DCCP, _SOCK_PACKET):
        made.add_rule(refuse, "socket", arg(1, pyseccomp.MASKED_EQ, _SOCK_KINDS, kind))
    return made
