"""The last published states on this node's disk, sealed: what a gateway starts from when control is away.

    <folder>/00000000000000000042   a manifest with its signature, and what was served in spite of it
             segments/ab/abcd...    segments as they arrived
             floor                  the newest revision that was served

Everything is sealed under the snapshot key, bound to the installation and to its own name: what was changed, cut or put
in another's place does not open. A state is there once its manifest is, and that is written last. Must not know how
states are loaded.

State: `kept`, newest first, what the folder holds as far as it opened. Methods are for one thread at a time.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gettone.gateway.shelf import NEW, Shelf, write_durably
from gettone.model.errors import PlatformError
from gettone.model.sids import Randomness
from gettone.routes.codec import MANIFEST_BYTES_MAX, SEGMENT_BYTES_MAX
from gettone.routes.sealing import keyed_digest, open_segment, seal_segment, verify_manifest
from gettone.routes.segment import Manifest, SegmentEntry

KEPT_MAX = 5
HEAD_BYTES_MAX = 1024
SEALED_BYTES_MAX = SEGMENT_BYTES_MAX + 1024
FILE_BYTES_MAX = 4 * MANIFEST_BYTES_MAX  # base64, and what was served instead
FLOOR = "floor"
_NAME = re.compile(r"\d{20}")

logger = logging.getLogger("gettone.gateway")


@dataclass(frozen=True, slots=True)
class Kept:
    """A state that can be started from. `instead` are older segments, served because newer ones could not be."""

    manifest: Manifest
    signature: bytes
    text: bytes
    instead: tuple[SegmentEntry, ...] = ()


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cluster: str
    digest: str


class _State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signature: bytes
    manifest: bytes
    instead: tuple[SegmentEntry, ...]


class _Floor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    revision: int


class Snapshots:
    """The states of one folder. `cluster` is the installation whose states count; None takes that of the newest."""

    def __init__(
        self,
        folder: Path,
        snapshot_key: bytes,
        public_key: bytes,
        cluster: str | None,
        randomness: Randomness,
        clock: Callable[[], float],
    ) -> None:
        self._folder = folder
        self._snapshot_key = snapshot_key
        self._public_key = public_key
        self._randomness = randomness
        self.cluster = cluster
        self.segments = Shelf(folder / "segments", clock)
        self.floor = 0
        self.kept: list[Kept] = []

    def open(self) -> None:
        """Read what an earlier run left. What does not open is named in the log, and left out. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.segments.open()
        for place in sorted(self._folder.iterdir(), reverse=True):
            if place.name.startswith(NEW):
                place.unlink(missing_ok=True)
            elif _NAME.fullmatch(place.name):
                try:
                    self.kept.append(self._read(place))
                except (PlatformError, OSError) as error:
                    logger.warning("snapshot %s is left out: %s", place.name, error)
                else:
                    self.cluster = self.cluster or self.kept[0].manifest.cluster
        self.floor = max(self._read_floor(), *(state.manifest.revision for state in self.kept), 0)

    def segment(self, entry: SegmentEntry) -> bytes | None:
        """A segment's plain text; None where it is not there. A damaged one is removed."""
        sealed = self.segments.read(entry.digest, SEALED_BYTES_MAX)
        if sealed is None or self.cluster is None:
            return None
        try:
            return open_segment(self._snapshot_key, self.cluster, entry.owner, entry.digest, sealed)
        except PlatformError as error:
            logger.warning("a segment on this disk is fetched anew: %s", error)
            self.segments.remove(entry.digest)
            return None

    def receive(self, entry: SegmentEntry, sealed: bytes) -> bytes:
        """Keep a segment that arrived, and open it. Raises PlatformError `invalid` when it does not open, OSError."""
        assert self.cluster is not None, "a manifest was verified before"
        plain = open_segment(self._snapshot_key, self.cluster, entry.owner, entry.digest, sealed)
        self.segments.put(entry.digest, sealed)
        return plain

    def write(self, state: Kept) -> None:
        """Keep a state whose segments are on their shelf, and forget the oldest. Raises OSError."""
        self.segments.sync()
        manifest = state.manifest
        text = msgspec.json.encode(_State(state.signature, state.text, state.instead))
        name = f"{manifest.revision:020d}"
        write_durably(self._folder / name, self._seal(manifest.cluster, name, text))
        if manifest.revision > self.floor:
            floor = msgspec.json.encode(_Floor(manifest.revision))
            write_durably(self._folder / FLOOR, self._seal(manifest.cluster, FLOOR, floor))
            self.floor = manifest.revision
        self.kept = [state, *(each for each in self.kept if each.manifest.revision != manifest.revision)]
        while len(self.kept) > KEPT_MAX:
            self.forget_oldest()

    def forget_oldest(self) -> None:
        """Forget the oldest state."""
        oldest = self.kept.pop()
        with contextlib.suppress(OSError):
            os.unlink(self._folder / f"{oldest.manifest.revision:020d}")

    def _read(self, place: Path) -> Kept:
        text = self._open(place, FILE_BYTES_MAX)
        try:
            state = msgspec.json.decode(text, type=_State)
        except (ValueError, RecursionError):
            raise PlatformError("invalid", "it was written by another version of Gettone") from None
        manifest = verify_manifest(self._public_key, state.signature, state.manifest, self.cluster, 0)
        if f"{manifest.revision:020d}" != place.name:
            raise PlatformError("invalid", f"it holds revision {manifest.revision}")
        return Kept(manifest, state.signature, state.manifest, state.instead)

    def _read_floor(self) -> int:
        try:
            return msgspec.json.decode(self._open(self._folder / FLOOR, HEAD_BYTES_MAX), type=_Floor).revision
        except FileNotFoundError:
            return 0
        except (PlatformError, OSError, ValueError) as error:
            logger.warning("the newest revision that was served is not known: %s", error)
            return 0

    def _seal(self, cluster: str, name: str, text: bytes) -> bytes:
        digest = keyed_digest(self._snapshot_key, text)
        head = msgspec.json.encode(_Head(cluster, digest))
        return head + b"\n" + seal_segment(self._snapshot_key, cluster, f"/{name}", digest, text, self._randomness)

    def _open(self, place: Path, bytes_max: int) -> bytes:
        with place.open("rb") as file:
            content = file.read(bytes_max + 1)
        head, mark, sealed = content.partition(b"\n")
        try:
            said = msgspec.json.decode(head, type=_Head)
        except (ValueError, RecursionError):
            said = None
        if said is None or not mark or len(content) > bytes_max or self.cluster not in (None, said.cluster):
            raise PlatformError("invalid", "it was damaged, or belongs to another installation")
        return open_segment(self._snapshot_key, said.cluster, f"/{place.name}", said.digest, sealed)
