"""Engines, and whose turn it is: transactions of one database, reading and writing. Must not know tables.

Writing sessions come one after the other: by a lock among the tasks of this process, so that waiting costs no
connection, and by the engine's own lock among processes. Both waits end after LOCK_SECONDS.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from gettone.model.errors import PlatformError
from gettone.store.session import Dialect, Session

LOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Doors:
    """How one database is entered: the statements that begin a transaction of each sort.

    `after_migrating` undoes on the connection what `begin_migrating` did to it. `alone`: reading, too, waits for its
    turn, because there is one connection.
    """

    dialect: Dialect
    writer: AsyncEngine
    reader: AsyncEngine
    begin_writing: Sequence[str]
    begin_reading: Sequence[str]
    begin_migrating: Sequence[str]
    after_migrating: Sequence[str] = ()
    alone: bool = False


class Database:
    """State: whose turn it is to write."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        """A session that sees one state and cannot write."""
        doors = self._doors
        session = Session(doors.reader, doors.dialect, doors.begin_reading, reading=True)
        async with self.turn() if doors.alone else nullcontext(), _undone(session):
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Session]:
        """A session that is alone, committed at the end of the block, undone when the block raises."""
        session = Session(self._doors.writer, self._doors.dialect, self._doors.begin_writing, reading=False)
        async with self.turn(), _undone(session):
            yield session
            await session.commit()

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[Session]:
        """A writing session that may make tables anew: keys between them are not watched meanwhile."""
        doors = self._doors
        session = Session(doors.writer, doors.dialect, doors.begin_migrating, doors.after_migrating, reading=False)
        async with self.turn(), _undone(session):
            yield session
            await session.commit()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for all who came before, but not for ever."""
        try:
            async with asyncio.timeout(LOCK_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise PlatformError(
                "unavailable", f"others have been writing for {LOCK_SECONDS:.0f} seconds: try again in a moment"
            ) from None
        try:
            yield
        finally:
            self._turn.release()

    async def close(self) -> None:
        """Let go of every connection."""
        await self._doors.reader.dispose()
        await self._doors.writer.dispose()


@asynccontextmanager
async def _undone(session: Session) -> AsyncIterator[None]:
    """Begin a session, and undo at the end what was not committed."""
    try:
        await session.begin()
        yield
    finally:
        await session.rollback()
