"""Files that are named by a digest, two letters of it to a folder, written whole or not at all.

    <folder>/ab/abcdef...   mode 0600

A file is there for readers as soon as it is renamed into its place; `sync` makes it outlast a loss of power. Until then
it may come back empty: whoever reads verifies. Must not know what the files hold, nor how a digest is made.

State: `_sizes` of the files that are there, `_unsynced` ones among them, `_held` by who is about to use them, and
`_unnamed_since`, when a file was first named by nobody. Methods are called from threads; `_lock` guards all four.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{64}")
NEW = ".new-"
UNNAMED_SECONDS = 60.0  # requests that began before a swap may still open what it took away


class Shelf:
    """The files of one folder. `clock` tells monotonic seconds."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._unsynced: set[str] = set()
        self._held: Counter[str] = Counter()
        self._unnamed_since: dict[str, float] = {}

    def open(self) -> None:
        """Take stock of what an earlier run left, and remove what it left half-written. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in [self._folder, *(each for each in self._folder.iterdir() if each.is_dir())]:
            with os.scandir(folder) as found:
                for each in list(found):
                    if each.name.startswith(NEW):
                        os.unlink(each.path)
                    elif folder != self._folder and _NAME.fullmatch(each.name) and each.is_file(follow_symlinks=False):
                        self._sizes[each.name] = each.stat().st_size

    def place(self, digest: str) -> Path:
        """Where the file of this name lies, if it is there."""
        return self._folder / digest[:2] / digest

    def find_size(self, digest: str) -> int | None:
        """How long the file of this name is; None where there is none."""
        return self._sizes.get(digest)

    def read(self, digest: str, bytes_max: int) -> bytes | None:
        """What a file holds; None where it is not there, too long, or cannot be read."""
        size = self._sizes.get(digest)
        if size is None or size > bytes_max:
            return None
        try:
            with open(self.place(digest), "rb") as file:
                return file.read(bytes_max + 1)
        except OSError:
            return None

    def put(self, digest: str, content: bytes) -> None:
        """Have this content under this name. Raises OSError."""
        if digest in self._sizes:
            return
        with self.writing(digest) as file:
            write_all(file, content)

    @contextlib.contextmanager
    def writing(self, digest: str) -> Iterator[int]:
        """A descriptor to write a new file through; it gets its name when the body ends well. Raises OSError."""
        place = self.place(digest)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file, new = tempfile.mkstemp(prefix=NEW, dir=place.parent)  # mode 0600
        try:
            try:
                yield file
                size = os.fstat(file).st_size
            finally:
                os.close(file)
            os.replace(new, place)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(new)
            raise
        with self._lock:
            self._sizes[digest] = size
            self._unsynced.add(digest)

    def sync(self) -> None:
        """Make all that was put here outlast a loss of power. Raises OSError."""
        with self._lock:
            due = list(self._unsynced)
        folders: set[Path] = set()
        for digest in due:
            place = self.place(digest)
            with contextlib.suppress(FileNotFoundError):
                sync_path(place)
            folders.add(place.parent)
        for folder in folders:
            sync_path(folder)
        if folders:
            sync_path(self._folder)
        with self._lock:
            self._unsynced.difference_update(due)

    def remove(self, digest: str) -> None:
        """Forget a file: it is damaged, or nobody names it."""
        with self._lock:
            self._sizes.pop(digest, None)
            self._unsynced.discard(digest)
            with contextlib.suppress(OSError):
                os.unlink(self.place(digest))

    def hold(self, digests: Iterable[str]) -> None:
        """Keep these from being pruned until they are let go: they are about to be used."""
        with self._lock:
            self._held.update(digests)

    def let_go(self, digests: Iterable[str]) -> None:
        """Undo one `hold`."""
        with self._lock:
            self._held.subtract(digests)
            self._held += Counter()

    def prune(self, named: AbstractSet[str]) -> list[str]:
        """Remove what nobody has named or held for a while; the names of what was removed."""
        now = self._clock()
        with self._lock:
            unnamed = [each for each in self._sizes if each not in named and each not in self._held]
            self._unnamed_since = {each: self._unnamed_since.get(each, now) for each in unnamed}
            due = [each for each in unnamed if now - self._unnamed_since[each] >= UNNAMED_SECONDS]
        removed = []
        for digest in due:
            with self._lock:
                if digest in self._held:
                    continue
                self._sizes.pop(digest, None)
                self._unsynced.discard(digest)
                self._unnamed_since.pop(digest, None)
                with contextlib.suppress(OSError):
                    os.unlink(self.place(digest))
            removed.append(digest)
        return removed


def write_durably(place: Path, content: bytes) -> None:
    """Replace a file by one with this content, whole or not at all, to outlast a loss of power. Raises OSError."""
    file, new = tempfile.mkstemp(prefix=NEW, dir=place.parent)
    try:
        try:
            write_all(file, content)
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(new, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise
    sync_path(place.parent)


def sync_path(path: Path) -> None:
    """Have a file's or a folder's content on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(file: int, content: bytes) -> None:
    """Write to a descriptor what a single call may not take whole. Raises OSError."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
