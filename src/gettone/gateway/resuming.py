"""What a gateway begins with, from its own disk: for each owner of the newest state, the newest version that is whole.

Must not know control. All of this is for a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gettone.gateway.loading import Loader
from gettone.gateway.snapshots import Kept
from gettone.model.errors import PlatformError
from gettone.routes.segment import PublishedSegment, SegmentEntry
from gettone.routes.table import Environment

Versions = Mapping[str, SegmentEntry]

logger = logging.getLogger("gettone.gateway")


@dataclass(frozen=True, slots=True)
class Resumed:
    """One owner's version: `environment` is None for an account."""

    entry: SegmentEntry
    segment: PublishedSegment
    environment: Environment | None


def resume(kept: list[Kept], loader: Loader) -> list[Resumed]:
    """Load the newest of these states, owner by owner. Where one's own version is damaged, an older one stands in."""
    if not kept:
        return []
    versions = [_by_owner(entries) for state in kept for entries in (state.manifest.segments, state.instead)]
    found = (_resume_owner(entry, versions, loader) for entry in kept[0].manifest.segments)
    return [each for each in found if each is not None]


def _by_owner(entries: Iterable[SegmentEntry]) -> Versions:
    return {entry.owner: entry for entry in entries}


def _resume_owner(entry: SegmentEntry, versions: list[Versions], loader: Loader) -> Resumed | None:
    reasons = []
    for candidate in _candidates(entry.owner, versions):
        try:
            segment, environment = loader.read(candidate)
        except (PlatformError, OSError) as error:
            reasons.append(str(error))
        else:
            if reasons:
                logger.warning("%s is served in an older version: %s", entry.owner, "; ".join(reasons))
            return Resumed(candidate, segment, environment)
    logger.error("%s cannot be served from this disk: %s", entry.owner, "; ".join(reasons))
    return None


def _candidates(owner: str, versions: list[Versions]) -> Iterator[SegmentEntry]:
    """An owner's versions, newest first, each once."""
    seen = set()
    for each in versions:
        entry = each.get(owner)
        if entry is not None and entry.digest not in seen:
            seen.add(entry.digest)
            yield entry
