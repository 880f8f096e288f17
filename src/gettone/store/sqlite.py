"""SQLite as the store: a file in the data folder, or memory for tests. Must not know tables.

A file runs in WAL mode with `synchronous=FULL`: what was committed is there after the power has failed. One connection
writes; a few read, each one state, and are told to refuse every write. A database in memory is one connection, and
everybody takes turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from gettone.model.errors import PlatformError
from gettone.store import sqlite_file
from gettone.store.clock import now
from gettone.store.database import LOCK_SECONDS, Database, Doors
from gettone.store.interface import LogStore, Store
from gettone.store.kept import DatabaseStore
from gettone.store.log_store import DatabaseLogs
from gettone.store.migrate import LOGS_LINE, STORE_LINE, Line, migrate
from gettone.store.session import Dialect
from gettone.store.sqlite_driver import connect
from gettone.store.sqlite_errors import explain

READERS = 4
_LOG_BOUND = f"PRAGMA journal_size_limit={64 << 20}"  # a long reader lets the log grow, but not for ever
_DIALECT = Dialect(insert=insert, find="instr", explain=explain)
_EVERYWHERE = ("PRAGMA foreign_keys=ON", f"PRAGMA busy_timeout={LOCK_SECONDS * 1000:.0f}")


async def open_sqlite(file: Path | None, *, clock: Callable[[], datetime] = now) -> Store:
    """Open a store, made if it is not there; None: in memory.

    Raises PlatformError `unavailable` when the file cannot be opened or was written by a newer Gettone.
    """
    database = await open_database(file, STORE_LINE)
    return DatabaseStore(database, clock, _refuse_copy if file is None else partial(_copy, file))


async def open_sqlite_logs(file: Path | None) -> LogStore:
    """Open a log store, made if it is not there; None: in memory. Raises PlatformError as `open_sqlite` does.

    A power failure may cost the last lines: their file is not flushed at every batch.
    """
    return DatabaseLogs(await open_database(file, LOGS_LINE))


async def open_database(file: Path | None, line: Line) -> Database:
    """Open a database and bring it to the end of a line. Every commit is flushed to the disk, but for those of logs."""
    synchronous = "NORMAL" if line is LOGS_LINE else "FULL"
    database = Database(_memory_doors() if file is None else await _file_doors(file, synchronous))
    try:
        await migrate(database, line)
    except BaseException:
        await database.close()
        raise
    return database


async def _file_doors(file: Path, synchronous: str) -> Doors:
    """How a database in a file is entered. The file is made readable for its owner alone."""
    await asyncio.to_thread(sqlite_file.prepare, file)
    durable = (*_EVERYWHERE, f"PRAGMA synchronous={synchronous}", _LOG_BOUND)
    return Doors(
        dialect=_DIALECT,
        writer=_engine(file, durable, pool_size=1, max_overflow=0),
        reader=_engine(file, (*_EVERYWHERE, "PRAGMA query_only=ON"), pool_size=READERS, max_overflow=0),
        begin_writing=("BEGIN IMMEDIATE",),
        begin_reading=("BEGIN",),
        begin_migrating=("PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"),
        after_migrating=("PRAGMA foreign_keys=ON",),
    )


def _memory_doors() -> Doors:
    """How a database in memory is entered."""
    engine = _engine(None, _EVERYWHERE, poolclass=StaticPool)
    return Doors(
        dialect=_DIALECT,
        writer=engine,
        reader=engine,
        begin_writing=("PRAGMA query_only=OFF", "BEGIN IMMEDIATE"),
        begin_reading=("PRAGMA query_only=ON", "BEGIN"),
        begin_migrating=("PRAGMA query_only=OFF", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"),
        after_migrating=("PRAGMA foreign_keys=ON",),
        alone=True,
    )


async def _refuse_copy(_target: str) -> None:
    raise PlatformError("invalid", "a store in memory is not backed up: open one in a file")


async def _copy(file: Path, target: str) -> None:
    await asyncio.to_thread(sqlite_file.copy, file, Path(target))


def _engine(file: Path | None, pragmas: Sequence[str], **pool: Any) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(file) if file else ":memory:"),
        # The driver is not to begin by itself: BEGIN and BEGIN IMMEDIATE are ours.
        connect_args={"isolation_level": None, "timeout": LOCK_SECONDS, "async_creator_fn": connect},
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
