"""What a gateway begins with, from its own disk: for each owner of the newest state, the newest version that is whole.

Must not know control. All of this is for a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from gettone.gateway.loading import Loader
from gettone.gateway.snapshots import Kept
from gettone.model.errors import PlatformError
from gettone.routes.segment import PublishedSegment, SegmentEntry
from gettone.routes.table import Environment

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
    found = (_resume_owner(entry, kept, loader) for entry in kept[0].manifest.segments)
    return [each for each in found if each is not None]


def _resume_owner(entry: SegmentEntry, kept: list[Kept], loader: Loader) -> Resumed | None:
    reasons = []
    for candidate in _candidates(entry, kept):
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


def _candidates(entry: SegmentEntry, kept: list[Kept]) -> Iterator[SegmentEntry]:
    """An owner's versions, newest first, each once."""
    seen = set()
    for state in kept:
        for one in (*state.manifest.segments, *state.instead):
            if one.owner == entry.owner and one.digest not in seen:
                seen.add(one.digest)
                yield one
