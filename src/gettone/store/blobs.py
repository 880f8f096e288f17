"""Content by its SHA-256, in pieces that both engines handle well. Must not know whose it is, but to prune."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from sqlalchemy import delete, exists, insert, select, update

from gettone.model.errors import PlatformError
from gettone.store.content_schema import BLOB_PIECES, BLOBS
from gettone.store.services_schema import ASSET_VERSIONS, BUILDS, BUNDLES, FUNCTION_VERSIONS
from gettone.store.session import Session

PIECE_BYTES = 1 << 20

# Where a digest may stand that is still needed.
_REFERENCES = (
    FUNCTION_VERSIONS.c.digest,
    ASSET_VERSIONS.c.digest,
    BUILDS.c.node_bundle,
    BUILDS.c.python_bundle,
    BUNDLES.c.digest,
)


class TableBlobs:
    """`store.interface.Blobs` on two tables. `clock` tells when content was last put."""

    def __init__(self, session: Session, clock: Callable[[], datetime]) -> None:
        self._session = session
        self._clock = clock

    async def put(self, digest: str, content: AsyncIterator[bytes] | bytes) -> None:
        """Keep content; when it is there, it only counts as put anew."""
        again = update(BLOBS).where(BLOBS.c.digest == digest).values(put_at=self._clock())
        if await self._session.change(again):
            return
        await self._session.change(insert(BLOBS), {"digest": digest, "size_bytes": 0, "put_at": self._clock()})
        hashed, size, place = hashlib.sha256(), 0, 0
        async for piece in _pieces_of(content):
            await self._session.change(insert(BLOB_PIECES), {"digest": digest, "place": place, "content": piece})
            hashed.update(piece)
            size += len(piece)
            place += 1
        if hashed.hexdigest() != digest:
            raise PlatformError(
                "internal", "content does not have the digest that it was to be kept under: report this"
            )
        await self._session.change(update(BLOBS).where(BLOBS.c.digest == digest).values(size_bytes=size))

    async def has(self, digest: str) -> bool:
        """Whether it is there."""
        return await self._session.value(select(BLOBS.c.digest).where(BLOBS.c.digest == digest)) is not None

    async def find(self, digest: str) -> bytes | None:
        """The whole of it."""
        if not await self.has(digest):
            return None
        wanted = select(BLOB_PIECES.c.content).where(BLOB_PIECES.c.digest == digest).order_by(BLOB_PIECES.c.place)
        return b"".join(row[0] for row in await self._session.rows(wanted))

    async def pieces(self, digest: str) -> AsyncIterator[bytes]:
        """Its content, piece by piece: one at a time is in memory."""
        place = 0
        while (piece := await self.piece(digest, place)) is not None:
            yield piece
            place += 1

    async def piece(self, digest: str, place: int) -> bytes | None:
        """One of its pieces, counted from 0."""
        wanted = select(BLOB_PIECES.c.content).where(BLOB_PIECES.c.digest == digest, BLOB_PIECES.c.place == place)
        found = await self._session.rows(wanted)
        return found[0][0] if found else None

    async def prune(self, before: datetime) -> int:
        """Delete what nothing refers to and was not put since; bundles first that no build uses. How many went."""
        idle = [
            BUNDLES.c.used_at < before,
            ~exists().where(BUNDLES.c.digest.in_((BUILDS.c.node_bundle, BUILDS.c.python_bundle))),
        ]
        await self._session.change(delete(BUNDLES).where(*idle))
        unused = [~exists().where(reference == BLOBS.c.digest) for reference in _REFERENCES]
        return await self._session.change(delete(BLOBS).where(BLOBS.c.put_at < before, *unused))


async def _pieces_of(content: AsyncIterator[bytes] | bytes) -> AsyncIterator[bytes]:
    """Cut content into pieces of one size, however it comes."""
    if isinstance(content, bytes):
        for start in range(0, len(content), PIECE_BYTES):
            yield content[start : start + PIECE_BYTES]
        return
    held = bytearray()
    async for part in content:
        held += part
        while len(held) >= PIECE_BYTES:
            yield bytes(held[:PIECE_BYTES])
            del held[:PIECE_BYTES]
    if held:
        yield bytes(held)
