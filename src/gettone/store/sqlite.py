"""SQLite as the store: a file in the data folder, or memory for tests. Must not know tables.

A file runs in WAL mode with `synchronous=FULL`: what was committed is there after the power has failed. One connection
writes; a few read, each one state, and are told to refuse every write. A database in memory is one connection, and
everybody takes turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
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
from gettone.store.clock import now
from gettone.store.database import LOCK_SECONDS, Database, Doors
from gettone.store.interface import LogStore, Store
from gettone.store.kept import DatabaseStore
from gettone.store.log_store import DatabaseLogs
from gettone.store.migrate import LOGS_LINE, STORE_LINE, Line, migrate
from gettone.store.session import Dialect
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
    await asyncio.to_thread(_make, file)
    durable = (*_EVERYWHERE, "PRAGMA journal_mode=WAL", f"PRAGMA synchronous={synchronous}", _LOG_BOUND)
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


def _make(file: Path) -> None:
    if not file.exists():
        with contextlib.suppress(FileExistsError):  # another process was first
            _make_new(file)


def _make_new(file: Path) -> None:
    """Make an empty file that only its owner may read; SQLite's own files beside it take its mode."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise
    except OSError as error:
        raise PlatformError(
            "unavailable",
            f"{file} cannot be made ({error.strerror}): see that its folder is there and that Gettone's user may write "
            "in it",
        ) from None


async def _refuse_copy(_target: str) -> None:
    raise PlatformError("invalid", "a store in memory is not backed up: open one in a file")


async def _copy(file: Path, target: str) -> None:
    """Copy a database's file while others write to it."""
    await asyncio.to_thread(_copy_now, file, Path(target))


def _copy_now(file: Path, target: Path) -> None:
    """One reading transaction long, on a connection of its own; whole and on the disk, or not there."""
    try:
        _make_new(target)
    except FileExistsError:
        raise PlatformError("conflict", f"{target} is there already: name a new file") from None
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        with open(target, "rb") as copied:
            os.fsync(copied.fileno())
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise explain(error, False) or error from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise


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
