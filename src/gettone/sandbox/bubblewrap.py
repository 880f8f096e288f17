"""The command that runs a program confined by bubblewrap (bwrap(1)). Pure, but for a look at how libraries lie.

Inside there are the runtime's files, read-only, a few of /etc that we write, /proc, /dev and a bounded /tmp; namespaces
of its own for processes, network, IPC and host name. Rights are dropped, and none can be gained.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gettone.sandbox.cells import TASK
from gettone.sandbox.nursery import FILES_PLACE
from gettone.sandbox.policy import USER, Mount, Policy

_LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64")
_SHARED = (
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/etc/ssl/certs",
    "/etc/ld.so.cache",
    "/etc/pki/tls/certs",
)
_ETC = {
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """Where bwrap is, and what every sandbox of this gateway has. `users` are ids of the host's that guests get.

    `users` is empty where we are not root: guests then have our own id outside, and another one inside.
    """

    program: Path
    etc: Path
    setpriv: Path | None
    prlimit: Path

    def command(
        self,
        argv: Sequence[str],
        readable: Sequence[Path],
        mounts: Sequence[Mount],
        policy: Policy,
        user: int | None,
    ) -> list[str]:
        """Run a program confined, with the filter at FILES_PLACE. `user` is who it becomes, as the host sees it."""
        entrance = [self.prlimit] if user is None or self.setpriv is None else [self.setpriv, self.prlimit]
        temporary = ["--perms", "1777", "--size", str(policy.temporary_bytes), "--tmpfs", "/tmp"]
        words = [*self._shell([*readable, *entrance], mounts, temporary), "--proc", "/proc", "--as-pid-1"]
        words += ["--seccomp", str(FILES_PLACE)]
        words += ["--perms", "1777", "--size", str(policy.shared_bytes), "--tmpfs", "/dev/shm"]
        words += ["--remount-ro", "/dev", "--remount-ro", "/"]
        # Within, where a count of processes is this sandbox's own (user_namespaces(7)), or its user's alone.
        bounded = [str(self.prlimit), *_limits(policy), "--", *argv]
        if user is None or self.setpriv is None:
            words += ["--unshare-user", "--uid", str(USER), "--gid", str(USER)]
            return [*words, "--", *bounded]
        words += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
        words += ["--", str(self.setpriv), "--reuid", str(user), "--regid", str(user), "--clear-groups"]
        words += ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
        return [*words, *bounded]

    def zygote_command(self, argv: Sequence[str], readable: Sequence[Path], mounts: Sequence[Mount]) -> list[str]:
        """Run a program that confines others: it keeps the right to make namespaces, and drops it by itself."""
        words = [*self._shell(readable, mounts, ["--dir", "/tmp"]), "--dir", TASK]
        for right in ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
            words += ["--cap-add", right]
        if os.geteuid() != 0:
            # Not 0: whoever maps a user 0 further needs one right more (user_namespaces(7)).
            words += ["--unshare-user", "--uid", str(USER), "--gid", str(USER), "--proc", "/proc"]
        else:
            # Bubblewrap covers parts of root's /proc, and clones may mount one only where another is seen whole.
            words += ["--dir", "/proc"]
        return [*words, "--", *argv]

    def _shell(self, readable: Sequence[Path], mounts: Sequence[Mount], temporary: Sequence[str]) -> list[str]:
        words = [str(self.program), "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        words += [
            "--unshare-cgroup-try",
            "--hostname",
            "function",
            "--die-with-parent",
            "--chdir",
            "/",
            "--dev",
            "/dev",
            # Before what is shown: that may lie below /tmp itself.
            *temporary,
        ]
        shown = [Mount(Path(name), name) for name in _SHARED if os.path.exists(name)]
        shown += [Mount(file, f"/etc/{file.name}") for file in sorted(self.etc.iterdir())]
        shown += [Mount(path, str(path)) for path in readable]
        # What bubblewrap makes on the way to a mount is its maker's alone, and guests are others.
        for folder in sorted({str(above) for mount in (*shown, *mounts) for above in Path(mount.place).parents}):
            if folder != "/":
                words += ["--dir", folder]
        for name in _LIBRARIES:
            if os.path.islink(name):
                words += ["--symlink", os.readlink(name), name]
            elif os.path.isdir(name):
                words += ["--ro-bind", name, name]
        for mount in (*shown, *mounts):
            if not mount.may_lack or os.path.exists(mount.source):
                words += ["--ro-bind", str(mount.source), mount.place]
        return words


def _limits(policy: Policy) -> list[str]:
    """What one worker may have (prlimit(1)). Memory is data, not address space: V8 reserves far more of that."""
    bounds = {
        "nproc": policy.processes,
        "nofile": policy.open_files,
        "fsize": policy.file_bytes,
        "data": policy.data_bytes,
        "core": 0,
    }
    return [f"--{name}={bound}" for name, bound in bounds.items()]


def write_etc(folder: Path, users: Sequence[int]) -> Path:
    """Write what guests find in /etc: who they are, and how names are looked up. Raises OSError."""
    folder.mkdir(mode=0o755)
    texts = {
        **_ETC,
        "passwd": "".join(f"function:x:{user}:{user}::/tmp:/usr/sbin/nologin\n" for user in (USER, *users)),
        "group": "".join(f"function:x:{user}:\n" for user in (USER, *users)),
        "resolv.conf": _resolv_conf(),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    return folder


def _resolv_conf() -> str:
    try:
        return Path("/etc/resolv.conf").read_text()
    except OSError:
        return ""
