"""The driver: what a cursor tells once its statement has run, and how often it goes to the connection's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable

import pytest

from gettone.store.sqlite_driver import Connection, connect

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """The driver is asyncio's."""
    return "asyncio"


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    """A database in memory with one table."""
    opened = connect(":memory:", isolation_level=None)
    await opened
    try:
        await opened.cursor().execute("CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT UNIQUE)")
        yield opened
    finally:
        await opened.close()


async def test_rows_come_with_their_statement(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """One way to the thread for a statement and all its rows; none for the cursor, for reading it, for its end."""
    ways: list[object] = []
    go = connection.run

    async def count(work: Callable[[sqlite3.Connection], None]) -> None:
        ways.append(work)
        await go(work)

    monkeypatch.setattr(connection, "run", count)
    cursor = connection.cursor()
    await cursor.execute("SELECT 1 AS a, ? AS b UNION SELECT 2, 'y' ORDER BY a", ("x",))
    rows = await cursor.fetchall()
    await cursor.close()

    assert rows == [(1, "x"), (2, "y")]
    assert [column[0] for column in cursor.description or ()] == ["a", "b"]
    assert len(ways) == 1


async def test_changes_tell_how_many(connection: Connection) -> None:
    """And have no rows, unless they return some."""
    cursor = connection.cursor()
    await cursor.executemany("INSERT INTO t (s) VALUES (?)", [("a",), ("b",), ("c",)])
    inserted = cursor.rowcount
    await cursor.execute("DELETE FROM t WHERE s != 'c'")

    assert (inserted, cursor.rowcount, cursor.description, await cursor.fetchall()) == (3, 2, None, ())

    await cursor.execute("INSERT INTO t (s) VALUES ('d') RETURNING s")

    assert await cursor.fetchall() == [("d",)]
    assert cursor.lastrowid == 4


async def test_an_error_is_the_drivers_own(connection: Connection) -> None:
    """And the connection goes on."""
    cursor = connection.cursor()
    await cursor.execute("INSERT INTO t (s) VALUES ('a')")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        await cursor.execute("INSERT INTO t (s) VALUES ('a')")
    await cursor.execute("SELECT count(*) FROM t")

    assert await cursor.fetchall() == [(1,)]
