"""The published state: which segment of each owner is current, and the manifests that were made of them.

A manifest's segments are not listed one by one: publishing would then cost as much as there are environments. A segment
that ceases to be current remembers the newest manifest that can name it, and goes when that one has gone. Must not know
what a segment or a manifest says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, exists, func, insert, select, update

from gettone.store.content_schema import PUBLISHED, SEGMENTS, SNAPSHOTS
from gettone.store.interface import Segment, Snapshot
from gettone.store.session import Session

_SNAPSHOT = (SNAPSHOTS.c.revision, SNAPSHOTS.c.manifest, SNAPSHOTS.c.signature, SNAPSHOTS.c.created_at)


class TableSnapshots:
    """`store.interface.Snapshots` on three tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def current_segments(self) -> Mapping[str, str]:
        """Digest by owner, of all that is published now."""
        found = await self._session.rows(select(PUBLISHED.c.owner, PUBLISHED.c.digest))
        return {row[0]: row[1] for row in found}

    async def put_segment(self, segment: Segment) -> None:
        """Make this its owner's current segment. One that comes back is kept once more."""
        await self._leave(segment.owner, segment.digest)
        kept = self._session.dialect.insert(SEGMENTS).values(
            digest=segment.digest, owner=segment.owner, content=segment.content, last_revision=None
        )
        await self._session.change(
            kept.on_conflict_do_update(index_elements=[SEGMENTS.c.digest], set_={"last_revision": None})
        )
        current = self._session.dialect.insert(PUBLISHED).values(owner=segment.owner, digest=segment.digest)
        await self._session.change(
            current.on_conflict_do_update(index_elements=[PUBLISHED.c.owner], set_={"digest": segment.digest})
        )

    async def drop_segment(self, owner: str) -> None:
        """Its owner is not published any more."""
        await self._leave(owner, None)
        await self._session.change(delete(PUBLISHED).where(PUBLISHED.c.owner == owner))

    async def find_segment(self, digest: str) -> Segment | None:
        """A segment that is kept, by its digest."""
        wanted = select(SEGMENTS.c.owner, SEGMENTS.c.digest, SEGMENTS.c.content).where(SEGMENTS.c.digest == digest)
        found = await self._session.rows(wanted)
        return Segment(*found[0]) if found else None

    async def newest_revision(self) -> int:
        """The revision of the newest manifest; 0 before the first."""
        return int(await self._session.value(select(func.coalesce(func.max(SNAPSHOTS.c.revision), 0))))

    async def latest(self) -> Snapshot | None:
        """The newest manifest."""
        newest = await self.list(1)
        return newest[0] if newest else None

    async def put(self, snapshot: Snapshot, keep: int) -> None:
        """Add a manifest, and let go of the oldest and of segments that only they named."""
        values = {column.name: getattr(snapshot, column.name) for column in _SNAPSHOT}
        await self._session.change(insert(SNAPSHOTS), values)
        revision = SNAPSHOTS.c.revision
        oldest = await self._session.value(select(revision).order_by(revision.desc()).offset(keep - 1).limit(1))
        if oldest is not None:
            await self._session.change(delete(SNAPSHOTS).where(revision < oldest))
            gone = ~exists().where(PUBLISHED.c.digest == SEGMENTS.c.digest)
            await self._session.change(delete(SEGMENTS).where(SEGMENTS.c.last_revision < oldest, gone))

    async def list(self, count: int) -> Sequence[Snapshot]:
        """The newest, newest first."""
        found = await self._session.rows(select(*_SNAPSHOT).order_by(SNAPSHOTS.c.revision.desc()).limit(count))
        return [Snapshot(*row) for row in found]

    async def _leave(self, owner: str, for_digest: str | None) -> None:
        """The owner's current segment, unless it stays, is named by no manifest after the newest."""
        newest = select(func.coalesce(func.max(SNAPSHOTS.c.revision), 0)).scalar_subquery()
        left = select(PUBLISHED.c.digest).where(PUBLISHED.c.owner == owner)
        if for_digest is not None:
            left = left.where(PUBLISHED.c.digest != for_digest)
        await self._session.change(update(SEGMENTS).where(SEGMENTS.c.digest.in_(left)).values(last_revision=newest))
