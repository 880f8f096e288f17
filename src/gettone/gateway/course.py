"""Which segments are to be loaded, and which revision is served when. Pure: no clock, no I/O.

Each owner has at most one load under way. A publication that comes meanwhile does not interrupt it: its result is
served, then the newest one is loaded. So a steady stream of publications delays none of them for ever. What has failed
is tried again with the next manifest.

State: `_wanted` by the newest manifest; `_flying`, the digests of the loads under way; `_loaded`, the digests that are
served; `_failed` owners; `_since`, the first revision that an owner's present load would satisfy; `_after`, the first
that it would not; `_announced` revisions that are not yet served, oldest first.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from enum import Enum

from gettone.routes.segment import Manifest, SegmentEntry


class End(Enum):
    """How a load ended: well, with a fault of what is published, or because nobody was there to be asked."""

    LOADED = "loaded"
    FAILED = "failed"
    PUT_OFF = "put off"


@dataclass(frozen=True, slots=True)
class Moves:
    """What a manifest asks for: loads to start, owners that are not published any more."""

    starts: tuple[SegmentEntry, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Landing:
    """What becomes of a load that has ended: whether its result is served, and the owner's next load."""

    is_served: bool
    next: SegmentEntry | None


class Course:
    """The way from one served revision to the next."""

    def __init__(self) -> None:
        self._wanted: dict[str, SegmentEntry] = {}
        self._loaded: dict[str, str] = {}
        self._flying: dict[str, str] = {}
        self._failed: set[str] = set()
        self._since: dict[str, int] = {}
        self._after: dict[str, int] = {}
        self._announced: list[int] = []
        self._served = 0
        self.newest = 0

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way."""
        return not self._flying

    @property
    def failed(self) -> frozenset[str]:
        """Owners whose newest segment could not be loaded."""
        return frozenset(self._failed)

    @property
    def served(self) -> int:
        """The newest announced revision of which every segment is served, or has failed, or was superseded."""
        pending = min(self._since.values(), default=self.newest + 1)
        reached = bisect.bisect_left(self._announced, pending)
        if reached:
            self._served = self._announced[reached - 1]
            del self._announced[:reached]
        return self._served

    @property
    def told(self) -> int:
        """What control may be told is served: not a revision of which something is loaded once more."""
        return min(self.served, min(self._since.values(), default=self.newest + 1) - 1)

    def resume(self, manifest: Manifest, loaded: dict[str, str]) -> None:
        """Begin with what was read from the disk: the digests that are served, by owner."""
        self._wanted = {entry.owner: entry for entry in manifest.segments}
        self._loaded = dict(loaded)
        self._failed = {entry.owner for entry in manifest.segments if loaded.get(entry.owner) != entry.digest}
        self.newest = self._served = manifest.revision

    def announce(self, manifest: Manifest) -> Moves:
        """There is a newer manifest, or the same again."""
        revision = manifest.revision
        wanted = {entry.owner: entry for entry in manifest.segments}
        gone = tuple(owner for owner in self._wanted if owner not in wanted)
        for owner in gone:
            self._loaded.pop(owner, None)
            self._failed.discard(owner)
            self._since.pop(owner, None)
            self._after.pop(owner, None)
        before, self._wanted = self._wanted, wanted
        starts = []
        for owner, entry in wanted.items():
            was = before.get(owner)
            if was is not None and was.digest == entry.digest and owner not in self._failed:
                continue
            self._failed.discard(owner)
            flying = self._flying.get(owner)
            if flying is not None:
                self._since.setdefault(owner, revision)
                if flying == entry.digest:
                    self._after.pop(owner, None)
                else:
                    self._after.setdefault(owner, revision)
            elif self._loaded.get(owner) == entry.digest:
                self._since.pop(owner, None)
            else:
                self._since.setdefault(owner, revision)
                self._flying[owner] = entry.digest
                starts.append(entry)
        if revision > self.newest:
            self._announced.append(revision)
        self.newest = max(self.newest, revision)
        return Moves(tuple(starts), gone)

    def doubt(self, owner: str) -> SegmentEntry | None:
        """What is loaded of an owner turned out damaged: the load to start; None where one is under way."""
        entry = self._wanted.get(owner)
        if entry is None or owner in self._flying:
            return None
        self._loaded.pop(owner, None)
        self._failed.discard(owner)
        self._flying[owner] = entry.digest
        return entry

    def retry(self, owner: str) -> SegmentEntry | None:
        """What was put off can be had now: the load to start; None where there is none."""
        entry = self._wanted.get(owner)
        if entry is None or owner in self._flying or owner not in self._failed:
            return None
        self._failed.discard(owner)
        self._flying[owner] = entry.digest
        return entry

    def land(self, entry: SegmentEntry, end: End) -> Landing:
        """A load has ended. What was put off is not served: its revision waits for it."""
        owner, digest = entry.owner, entry.digest
        has_loaded = end is End.LOADED
        del self._flying[owner]
        wanted = self._wanted.get(owner)
        after = self._after.pop(owner, None)
        if wanted is None or wanted.digest == self._loaded.get(owner):  # gone, or back to what is served anyway
            self._since.pop(owner, None)
            return Landing(False, None)
        if end is End.PUT_OFF:
            self._failed.add(owner)
            return Landing(False, None)
        if after is not None:
            self._since[owner] = after
        else:
            self._since.pop(owner, None)
        if has_loaded:
            self._loaded[owner] = digest
        if wanted.digest == digest:
            if not has_loaded:
                self._failed.add(owner)
            return Landing(has_loaded, None)
        self._flying[owner] = wanted.digest
        return Landing(has_loaded, wanted)
