"""`store.interface.Store` on a database. Must not know which engine it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from gettone.store.database import Database
from gettone.store.interface import Transaction
from gettone.store.transaction import TableTransaction


class DatabaseStore:
    """Transactions of one database. `copy` writes a copy of all of it to a new file."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], copy: Callable[[str], Awaitable[None]]
    ) -> None:
        self._database = database
        self._clock = clock
        self._copy = copy

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """A transaction that sees one state."""
        async with self._database.reading() as session:
            yield TableTransaction(session, self._clock)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """A transaction that is alone, committed at the end of the block, undone when the block raises."""
        async with self._database.writing() as session:
            yield TableTransaction(session, self._clock)

    async def backup(self, file: str) -> None:
        """Write a consistent copy to a new file."""
        await self._copy(file)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._database.close()
