"""SQLite's driver for asyncio, with one way to its thread for a statement and all its rows.

aiosqlite goes there for a cursor, for the statement, for the rows and to close the cursor; each way costs as much as a
small statement. Here a cursor is no more than what a statement left. Must not know tables, nor who asks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import aiosqlite

# Only for reading row by row, which nobody does.
_CHUNK_ROWS = 64

Row = tuple[Any, ...]


class Cursor:
    """What SQLAlchemy expects of aiosqlite's. State: what the last statement left."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Row] = ()
        self.description: Sequence[Row] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run a statement, and take all its rows. Raises sqlite3.Error."""
        await self._connection.run(lambda connection: self._take(connection.execute(sql, parameters)))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Cursor:
        """Run a statement with each of these. Raises sqlite3.Error."""
        await self._connection.run(lambda connection: self._take(connection.executemany(sql, parameters)))
        return self

    async def fetchall(self) -> Sequence[Row]:
        """The rows of the last statement."""
        return self._rows

    async def close(self) -> None:
        """Nothing is open any more."""

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description is not None else ()
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class Connection(aiosqlite.Connection):
    """A connection in a thread of its own."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        """A cursor, without a way to the thread."""
        return Cursor(self)

    async def run(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do some work with the connection in its thread."""
        await self._execute(work, self._conn)  # type: ignore[no-untyped-call]


def connect(database: str, **options: Any) -> Connection:
    """A connection that opens when it is awaited. Its thread ends with the process, whoever forgets to close it."""
    connection = Connection(lambda: sqlite3.connect(database, **options), _CHUNK_ROWS)
    connection._thread.daemon = True
    return connection
