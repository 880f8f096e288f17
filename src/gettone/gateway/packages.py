"""Installed packages on this node's disk: archives from the blobs, unpacked once each.

    <folder>/<digest>.node_modules/node_modules/    what an archive holds
             <digest>.node_modules.whole            it outlasts a loss of power

Node looks for a package's neighbours by the names of the folders above it: so the last folder bears its usual name. An
archive is tar, plain or compressed; its names are relative to that folder. Archives come from control, which made them
of what strangers publish: nothing in one may reach out of its folder. Must not know what packages are for.

State: `_whole`, the archives that are there, `_unsynced` ones among them, `_unnamed_since`, when one was first named by
nobody. Methods are called from threads; `_lock` guards all three.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from gettone.gateway.shelf import NEW, write_durably
from gettone.model.errors import PlatformError

UNPACKED_BYTES_MAX = 4 << 30
MEMBERS_MAX = 500_000
WHOLE = ".whole"
UNNAMED_SECONDS = 600.0  # functions that began before a swap may yet import something


class Packages:
    """The unpacked archives of one folder. `clock` tells monotonic seconds."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._whole: set[str] = set()
        self._unsynced: set[str] = set()
        self._unnamed_since: dict[str, float] = {}

    def open(self) -> None:
        """Take stock of what an earlier run left; what it may not have finished goes. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        # Guests are other users, and are shown some of what is in it. Nobody else gets through the folder above.
        self._folder.chmod(0o711)
        names = {each.name for each in self._folder.iterdir()}
        for name in names:
            if name + WHOLE in names:
                self._whole.add(name)
            elif name.removesuffix(WHOLE) not in names or not name.endswith(WHOLE):
                self._erase(name)

    def find(self, digest: str, name: str) -> Path | None:
        """The folder of an archive, called `name`; None where it was not unpacked."""
        key = _key(digest, name)
        return self._folder / key / name if key in self._whole else None

    def unpack(self, digest: str, name: str, archive: Path) -> Path:
        """Unpack an archive into a folder called `name`. Raises PlatformError `invalid`, `too_large`, OSError."""
        key = _key(digest, name)
        new = Path(tempfile.mkdtemp(prefix=NEW, dir=self._folder))
        try:
            inner = new / name
            inner.mkdir(mode=0o755)
            try:
                with tarfile.open(archive, "r:*") as opened:
                    opened.extractall(inner, members=_bounded(opened), filter=_restricted)
            except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
                raise PlatformError(
                    "invalid", f"an archive of packages cannot be unpacked ({type(error).__name__}): build it anew"
                ) from error
            os.chmod(new, 0o755)
            with self._lock:
                if key not in self._whole:
                    self._erase(key)
                    os.rename(new, self._folder / key)
                    self._whole.add(key)
                    self._unsynced.add(key)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return self._folder / key / name

    def sync(self) -> None:
        """Make what was unpacked outlast a loss of power. Raises OSError."""
        with self._lock:
            due = list(self._unsynced)
        if due:
            os.sync()  # thousands of files: one by one takes longer
        for key in due:
            write_durably(self._folder / (key + WHOLE), b"")
        with self._lock:
            self._unsynced.difference_update(due)

    def prune(self, named: AbstractSet[str]) -> None:
        """Remove what nobody has named for a while."""
        now = self._clock()
        with self._lock:
            unnamed = (key for key in self._whole if key.partition(".")[0] not in named)
            since = {key: self._unnamed_since.get(key, now) for key in unnamed}
            due = [key for key, at in since.items() if now - at >= UNNAMED_SECONDS]
            self._unnamed_since = since
            self._whole.difference_update(due)
            self._unsynced.difference_update(due)
        for key in due:
            self._erase(key + WHOLE)
            self._erase(key)

    def _erase(self, name: str) -> None:
        place = self._folder / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)


def _key(digest: str, name: str) -> str:
    return f"{digest}.{name}"


def _bounded(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members, as long as they stay within bounds."""
    size = 0
    for number, member in enumerate(archive):
        size += member.size
        if size > UNPACKED_BYTES_MAX or number >= MEMBERS_MAX:
            raise PlatformError(
                "too_large",
                f"an archive of packages has more than {UNPACKED_BYTES_MAX >> 30} GiB or {MEMBERS_MAX} files:"
                " depend on less",
            )
        yield member


def _restricted(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """A member as it may be unpacked. Raises ValueError for one that reaches out of the folder, or is no plain file."""
    # SAFETY: the standard filter refuses what leads outside when it follows links on the disk. This one refuses by the
    # names alone, so that neither has to be right about links that are still to come.
    _check_inside(member.name)
    if member.issym():
        rest = member.linkname.split("/")
        while rest and rest[0] == "..":
            del rest[0]
        if ".." in rest:  # what lies above depends on where the link before it leads
            raise ValueError(f"{member.linkname!r} goes down and up again")
        _check_inside(posixpath.join(posixpath.dirname(member.name), member.linkname))
    elif member.islnk():
        _check_inside(member.linkname)
    elif not (member.isfile() or member.isdir()):
        raise ValueError(f"{member.name!r} is neither file nor folder")
    return tarfile.data_filter(member, folder)


def _check_inside(name: str) -> None:
    target = posixpath.normpath(name)
    if target == ".." or target.startswith(("/", "../")):
        raise ValueError(f"{name!r} leads out of the folder")
