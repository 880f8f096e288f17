"""Contents by their SHA-256 on this node's disk: sources, assets, installed packages. What lies is never served.

A content is verified when it arrives, and again before its first use after a start: its size at once, its digest when
it is read. One that fails is removed, so that it is fetched anew. Must not know who sends contents or names them.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from gettone.gateway.shelf import Shelf, write_all
from gettone.model.errors import PlatformError


class Blobs:
    """The contents of one folder. State: `_verified`, the digests that were proven in this process's time."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._shelf = Shelf(folder, clock)
        self._verified: set[str] = set()

    def size_of(self, named: Iterable[str]) -> int:
        """How much room these take."""
        return sum(self._shelf.find_size(digest) or 0 for digest in named)

    def open(self) -> None:
        """Take stock of the folder. Raises OSError."""
        self._shelf.open()

    def has(self, digest: str, size_bytes: int | None = None) -> bool:
        """Whether a content is there, as long as it should be. Its bytes may yet be damaged."""
        found = self._shelf.find_size(digest)
        return found is not None and size_bytes in (None, found)

    def place(self, digest: str) -> Path:
        """The file that holds a content, if it is there."""
        return self._shelf.place(digest)

    def find(self, digest: str, bytes_max: int) -> bytes | None:
        """A content, verified; None where it is not there. A damaged one is removed."""
        content = self._shelf.read(digest, bytes_max)
        if content is None:
            return None
        if hashlib.sha256(content).hexdigest() != digest:
            self.remove(digest)
            return None
        self._verified.add(digest)
        return content

    def is_verified(self, digest: str) -> bool:
        """Whether a content was proven since this process started. Costs nothing."""
        return digest in self._verified

    def verify(self, digest: str) -> bool:
        """Prove a content, if it was not yet. Reads the whole file: for a thread. A damaged one is removed."""
        if digest in self._verified:
            return True
        try:
            with open(self._shelf.place(digest), "rb") as file:
                actual = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            actual = ""
        if actual != digest:
            self.remove(digest)
            return False
        self._verified.add(digest)
        return True

    @contextlib.contextmanager
    def receive(self, digest: str) -> Iterator[Callable[[bytes], None]]:
        """Keep a content that arrives in pieces: the body hands each to what it is given, from any thread.

        Raises PlatformError `invalid` at the end when it is another content, OSError.
        """
        seen = hashlib.sha256()
        with self._shelf.writing(digest) as file:

            def take(piece: bytes) -> None:
                seen.update(piece)
                write_all(file, piece)

            yield take
            if seen.hexdigest() != digest:
                raise _another(digest)
        self._verified.add(digest)

    def remove(self, digest: str) -> None:
        """Forget a content."""
        self._verified.discard(digest)
        self._shelf.remove(digest)

    def sync(self) -> None:
        """Make what arrived outlast a loss of power. Raises OSError."""
        self._shelf.sync()

    def hold(self, digests: Iterable[str]) -> None:
        """Keep these: they are about to be used."""
        self._shelf.hold(digests)

    def let_go(self, digests: Iterable[str]) -> None:
        """Undo one `hold`."""
        self._shelf.let_go(digests)

    def prune(self, named: AbstractSet[str]) -> None:
        """Remove what nobody has named for a while."""
        self._verified.difference_update(self._shelf.prune(named))


def _another(digest: str) -> PlatformError:
    return PlatformError(
        "invalid", f"a content arrived that is not the one with digest {digest[:12]}: it was damaged on its way"
    )
