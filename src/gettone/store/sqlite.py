"""SQLite as the store: a file in the data folder, or memory for tests. Must not know tables.

A file runs in WAL mode with `synchronous=FULL`: what was committed is there after the power has failed. One connection
writes; a few read, each one state, and are told to refuse every write. A database in memory is one connection, and
everybody takes turns.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from gettone.store.database import LOCK_SECONDS, Database, Doors
from gettone.store.errors import translate
from gettone.store.interface import Store
from gettone.store.kept import DatabaseStore
from gettone.store.migrate import migrate

READERS = 4
_EVERYWHERE = ("PRAGMA foreign_keys=ON", f"PRAGMA busy_timeout={LOCK_SECONDS * 1000:.0f}")


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


async def open_sqlite(file: Path | None, *, clock: Callable[[], datetime] = now) -> Store:
    """Open a store, made if it is not there; None: in memory.

    Raises PlatformError `unavailable` when the file cannot be opened or was written by a newer Gettone.
    """
    doors = memory_doors() if file is None else await file_doors(file, synchronous="FULL")
    await migrate(doors.writer)
    return DatabaseStore(Database(doors), clock)


async def file_doors(file: Path, *, synchronous: str) -> Doors:
    """How a database in a file is entered. The file is made readable for its owner alone."""
    try:
        await asyncio.to_thread(_make, file)
    except OSError as error:
        raise translate(error) from None
    durable = (*_EVERYWHERE, "PRAGMA journal_mode=WAL", f"PRAGMA synchronous={synchronous}")
    return Doors(
        writer=_engine(file, durable, pool_size=1, max_overflow=0),
        reader=_engine(file, (*_EVERYWHERE, "PRAGMA query_only=ON"), pool_size=READERS, max_overflow=0),
        begin_writing=("BEGIN IMMEDIATE",),
        begin_reading=("BEGIN",),
    )


def memory_doors() -> Doors:
    """How a database in memory is entered."""
    engine = _engine(None, _EVERYWHERE, poolclass=StaticPool)
    return Doors(
        writer=engine,
        reader=engine,
        begin_writing=("PRAGMA query_only=OFF", "BEGIN IMMEDIATE"),
        begin_reading=("PRAGMA query_only=ON", "BEGIN"),
        alone=True,
    )


def _make(file: Path) -> None:
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _engine(file: Path | None, pragmas: Sequence[str], **pool: Any) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(file) if file else ":memory:"),
        # The driver is not to begin by itself: BEGIN and BEGIN IMMEDIATE are ours.
        connect_args={"isolation_level": None, "timeout": LOCK_SECONDS},
        hide_parameters=True,
        **pool,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    return engine
