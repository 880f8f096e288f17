"""One transaction on one connection: statements in, rows out, errors translated, never left in the middle.

A statement, once sent, is awaited to its end even when its task is cancelled; the cancellation comes after it.
Otherwise SQLAlchemy would throw the connection away, and with it a database in memory. Must not know tables.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.base import Executable

from gettone.model.errors import PlatformError
from gettone.store.errors import Explain, translate

if TYPE_CHECKING:  # a store in a file is quicker to open without what only PostgreSQL needs
    from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

Found = tuple[Any, ...]
"""A row."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the engines do not share: an INSERT that knows `on_conflict`, the function that tells where a text stands in
    another (0: nowhere), and what an error means.
    """

    insert: Callable[[Table], sqlite.Insert | postgresql.Insert]
    find: str
    explain: Explain


class Session:
    """State: the connection, from `begin` to `commit` or `rollback`. One task at a time uses it."""

    def __init__(
        self,
        engine: AsyncEngine,
        dialect: Dialect,
        opening: Sequence[str],
        closing: Sequence[str] = (),
        *,
        reading: bool,
    ) -> None:
        self.dialect = dialect
        self._engine = engine
        self._opening = opening
        self._closing = closing
        self._reading = reading
        self._connection: AsyncConnection | None = None

    async def begin(self) -> None:
        """Take a connection and begin."""
        await self._finish(self._begin())

    async def commit(self) -> None:
        """Make it so, and give the connection back."""
        await self._finish(self._end(commit=True))

    async def rollback(self) -> None:
        """Undo it, and give the connection back. Nothing happens when it has ended."""
        if self._connection is not None:
            await self._finish(self._end(commit=False))

    async def rows(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Found]:
        """All rows of a statement."""
        return await self._finish(self._rows(statement, values))

    async def value(self, statement: Executable) -> Any:
        """The first column of the first row; None when there is no row."""
        found = await self.rows(statement)
        return found[0][0] if found else None

    async def change(
        self, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> int:
        """Run a statement that changes rows, once or for each set of values. How many it changed."""
        return await self._finish(self._change(statement, values))

    async def call(self, work: Callable[[Connection], T]) -> T:
        """Do some work that wants a connection without `await`: Alembic's, or an inspection."""
        return await self._finish(self._in_use().run_sync(work))

    async def _begin(self) -> None:
        self._connection = await self._engine.connect()
        for statement in self._opening:
            await self._connection.exec_driver_sql(statement)

    async def _end(self, *, commit: bool) -> None:
        connection, self._connection = self._in_use(), None
        try:
            if commit:
                await connection.commit()
        except Exception:
            # SQLAlchemy takes a commit for an end. SQLite takes one that failed (disk full, a key in use) for none.
            with contextlib.suppress(Exception):  # the first error is the one to tell
                driver = (await connection.get_raw_connection()).driver_connection
                if driver is not None:
                    await driver.rollback()
            raise
        finally:
            await self._give_back(connection)

    async def _give_back(self, connection: AsyncConnection) -> None:
        try:
            if self._closing:
                await connection.rollback()
            for statement in self._closing:
                await connection.exec_driver_sql(statement)
        finally:
            await connection.close()  # which undoes what was not committed

    async def _rows(self, statement: Executable, values: Mapping[str, Any] | None) -> Sequence[Found]:
        return [tuple(row) for row in await self._in_use().execute(statement, values)]

    async def _change(
        self, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
    ) -> int:
        result = await self._in_use().execute(statement, values)
        return int(getattr(result, "rowcount", 0))

    def _in_use(self) -> AsyncConnection:
        if self._connection is None:
            raise RuntimeError("this transaction is over: use it inside its block")
        return self._connection

    async def _finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Await some work to its end, and translate what goes wrong in it."""
        task = asyncio.ensure_future(work)
        cancelled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.wait((task,))
            except asyncio.CancelledError as error:
                cancelled = error
        failure = None if task.cancelled() else task.exception()  # asked also when cancelled: no error goes unseen
        if cancelled is not None:
            raise cancelled
        if isinstance(failure, Exception):
            meaning = translate(failure, self.dialect.explain, reading=self._reading)
            # What nobody foresaw is logged whole. Of the rest a driver's words would tell values.
            unforeseen = isinstance(meaning, PlatformError) and meaning.code == "internal"
            raise meaning from (failure if unforeseen and meaning is not failure else None)
        return task.result()
