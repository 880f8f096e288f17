"""PostgreSQL as the store: for several machines, or where one is run anyway. Must not know tables.

Reading transactions are REPEATABLE READ, READ ONLY: they see one state. Writing ones are READ COMMITTED behind an
advisory lock, so each sees all that was committed before it. What bounds their time is set in every transaction, not
for a connection, because a pooler between us and the server hands connections around.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, exc, make_url
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gettone.model.errors import PlatformError
from gettone.store.clock import now
from gettone.store.database import LOCK_SECONDS, Database, Doors
from gettone.store.interface import LogStore, Store
from gettone.store.kept import DatabaseStore
from gettone.store.log_store import DatabaseLogs
from gettone.store.migrate import LOGS_LINE, STORE_LINE, Line, migrate
from gettone.store.postgres_errors import explain
from gettone.store.session import Dialect

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30
IDLE_SECONDS = 60  # a transaction whose owner says nothing: it holds everybody up
MIGRATION_SECONDS = 600
CONNECTIONS = 10

# Any number will do, as long as nobody else who uses this database takes it: these are "gett" and "gmig" in ASCII.
_WRITER_LOCK = 0x67657474
_MIGRATION_LOCK = 0x676D6967

_BOUNDS = (
    f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'; "
    f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
)
_LOCK_BOUND = f"SET LOCAL lock_timeout = '{LOCK_SECONDS:.0f}s'"


async def open_postgres(url: str, *, clock: Callable[[], datetime] = now) -> Store:
    """Open the store of a database (`postgresql://user:password@host:port/name`).

    Raises PlatformError `invalid` when the address is none, `unavailable` when nobody answers there or a newer Gettone
    has been here.
    """
    database = await open_database(url, STORE_LINE)
    return DatabaseStore(database, clock, partial(_copy, database))


async def open_postgres_logs(url: str) -> LogStore:
    """Open the log store in a database. Raises PlatformError as `open_postgres` does."""
    return DatabaseLogs(await open_database(url, LOGS_LINE))


async def open_database(url: str, line: Line) -> Database:
    """Open a database and bring it to the end of a line. Writers of logs do not wait for those of the store."""
    engine = _engine(url)
    writing = f"{_BOUNDS}; {_LOCK_BOUND}"
    if line is not LOGS_LINE:
        writing += f"; SELECT pg_advisory_xact_lock({_WRITER_LOCK})"
    migrating = (
        f"SET LOCAL statement_timeout = '{MIGRATION_SECONDS}s'; SET LOCAL lock_timeout = '{MIGRATION_SECONDS}s'; "
        f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"
    )
    doors = Doors(
        dialect=Dialect(insert=insert, find="strpos", explain=explain),
        writer=engine,
        reader=engine,
        begin_writing=(writing,),
        begin_reading=(f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; {_BOUNDS}",),
        begin_migrating=(migrating,),
    )
    database = Database(doors)
    try:
        await migrate(database, line)
    except BaseException:
        await database.close()
        raise
    return database


def _engine(url: str) -> AsyncEngine:
    return create_async_engine(
        _address(url),
        connect_args={"prepare_threshold": None},  # a statement that was prepared is unknown to a pooler's next server
        hide_parameters=True,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=LOCK_SECONDS,
        pool_pre_ping=True,  # a connection that has died since is replaced before it is used
        pool_use_lifo=True,
    )


def _address(url: str) -> URL:
    """The address with our driver in it, and the bounds that nobody gave. Its password shows in no message."""
    try:
        address = make_url(url)
    except (exc.ArgumentError, ValueError):  # the port is no number
        address = None
    if address is None or address.drivername not in ("postgresql", "postgres"):
        raise PlatformError(
            "invalid", "GETTONE_DATABASE_URL is no address: write postgresql://user:password@host:port/name"
        )
    bounds: dict[str, Any] = {
        "connect_timeout": str(CONNECT_SECONDS),
        "application_name": "gettone",
        # A network that swallows packets is noticed within the time that a lock may take.
        "keepalives_idle": "5",
        "keepalives_interval": "2",
        "keepalives_count": "3",
        "tcp_user_timeout": str(int(LOCK_SECONDS * 1000)),
    }
    query = {**bounds, **address.query}
    try:
        make_conninfo(**{name: value for name, value in query.items() if isinstance(value, str)})
    except psycopg.ProgrammingError:
        raise PlatformError(
            "invalid", "GETTONE_DATABASE_URL has an option that PostgreSQL's client does not know: take it out"
        ) from None
    return address.set(drivername="postgresql+psycopg", query=query)


async def _copy(database: Database, file: str) -> None:
    """Copy everything into a new SQLite file: it can be looked at, and restored into either engine."""
    from gettone.store.copying import copy_to_new_file

    await copy_to_new_file(database, Path(file))
