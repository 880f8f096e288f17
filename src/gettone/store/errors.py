"""What a driver's error means to whoever asked: one of our codes, and a sentence that says what to do.

Nothing of the statement and none of its values goes into a message: they hold secrets and other people's names.
Must not know what was asked.
"""

from __future__ import annotations

import re
import sqlite3

import psycopg
from sqlalchemy import Index, UniqueConstraint, exc

from gettone.model.errors import PlatformError
from gettone.store.columns import METADATA

# What SQLite reports, by its primary result code (https://www.sqlite.org/rescode.html).
_SQLITE = {
    sqlite3.SQLITE_BUSY: "the database is locked by another process: try again; if it stays so, look for a second "
    "Gettone on the same data folder",
    sqlite3.SQLITE_LOCKED: "the database is locked: try again",
    sqlite3.SQLITE_FULL: "the disk that holds the database is full: make room on it, then try again",
    sqlite3.SQLITE_READONLY: "the database is read-only: let Gettone's user write its file and the folder around it",
    sqlite3.SQLITE_PERM: "the database may not be opened: let Gettone's user read and write its file",
    sqlite3.SQLITE_CANTOPEN: "the database's file cannot be opened: see that its folder is there and that Gettone's "
    "user may write in it",
    sqlite3.SQLITE_IOERR: "the disk that holds the database reports an error: look into the system's log",
    sqlite3.SQLITE_NOMEM: "there is no memory left for the database: make room, then try again",
    sqlite3.SQLITE_CORRUPT: "the database's file is damaged: restore a backup",
    sqlite3.SQLITE_NOTADB: "the database's file is no SQLite database: restore a backup, or name another file",
}

_AWAY = "the database does not answer: see that PostgreSQL runs and that GETTONE_DATABASE_URL names it"
# What PostgreSQL reports, by code or by its class, the longer first (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_POSTGRES = {
    "25006": "the database is read-only: see whether GETTONE_DATABASE_URL names a standby",
    "42501": "the database's user may not do this: grant it all rights on Gettone's schema",
    "55P03": "the database is locked by another process: try again; if it stays so, look at pg_locks",
    "57014": "the database took too long and was interrupted: try again; if it stays so, look at pg_stat_activity",
    "57P03": "the database is starting or stopping: try again in a moment",
    "53100": "the disk that holds the database is full: make room on it, then try again",
    "53300": "the database takes no more connections: raise its max_connections, or stop another program",
    "08": _AWAY,
    "25": "the database ended the transaction, because it took too long: try again",
    "28": "the database refuses this user or password: mend GETTONE_DATABASE_URL",
    "3D": "there is no such database: create it, or mend GETTONE_DATABASE_URL",
    "40": "the database gave up this transaction for another one: try again",
    "53": "the database has no resources left: look into its log",
    "57": "the database is stopping: try again when it is back",
    "58": "the disk that holds the database reports an error: look into its log",
}

_DUPLICATE = re.compile(r"UNIQUE constraint failed: (.+)")


def translate(error: Exception, *, reading: bool = False) -> Exception:
    """The error to raise instead of one that came out of SQLAlchemy or a driver. A slip of ours stays what it is."""
    cause = error
    if isinstance(error, exc.StatementError) and isinstance(error.orig, Exception):
        cause = error.orig
    match cause:
        case PlatformError():
            return cause
        case UnicodeError():
            return PlatformError("invalid", "a text holds a character that cannot be kept: leave it out")
        case OverflowError():
            return PlatformError("invalid", "a number is too large to be kept: use a smaller one")
        case sqlite3.Error():
            return _of_sqlite(cause, reading)
        case psycopg.Error():
            return _of_postgres(cause, reading)
        case exc.TimeoutError():
            return PlatformError("unavailable", "too many ask the database at once: try again in a moment")
        case OSError():  # a socket's, while a connection is made; TimeoutError is one, too
            return PlatformError("unavailable", _AWAY)
        case exc.DBAPIError(connection_invalidated=True):
            return PlatformError("unavailable", _AWAY)
        case exc.SQLAlchemyError():
            name = type(cause).__name__
            return PlatformError("internal", f"the database answered with something unexpected ({name}): report this")
    return cause


def _of_sqlite(error: sqlite3.Error, reading: bool) -> PlatformError:
    code = getattr(error, "sqlite_errorcode", 0)  # errors of the module itself have none
    evidence = {"sqlite": getattr(error, "sqlite_errorname", type(error).__name__)}
    found = _DUPLICATE.match(str(error))
    if found:
        names = [name.split(".") for name in found[1].split(", ")]
        return _duplicate(names[0][0], [name[-1] for name in names])
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return _in_use()
    if reading and code & 0xFF == sqlite3.SQLITE_READONLY:
        return _must_not_write()
    sentence = _SQLITE.get(code & 0xFF)
    if sentence is None and isinstance(error, sqlite3.DataError):
        return PlatformError("invalid", "a value is too large to be kept: use a smaller one", **evidence)
    if sentence is None:
        return PlatformError("internal", f"the database refused a statement ({evidence['sqlite']}): report this")
    return PlatformError("unavailable", sentence, **evidence)


def _of_postgres(error: psycopg.Error, reading: bool) -> PlatformError:
    state = error.sqlstate or ""
    if state == "23505":
        return _duplicate(*_columns_of(error.diag.table_name or "", error.diag.constraint_name or ""))
    if state == "23503":
        return _in_use()
    if reading and state == "25006":
        return _must_not_write()
    sentence = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    if sentence is None and isinstance(error, psycopg.DataError):
        return PlatformError("invalid", "a value cannot be kept: it is too large or malformed", sqlstate=state)
    if sentence is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not state:
        sentence = _AWAY
    if sentence is None:
        return PlatformError("internal", f"the database refused a statement ({state or 'no code'}): report this")
    return PlatformError("unavailable", sentence, sqlstate=state)


def _columns_of(table: str, constraint: str) -> tuple[str, list[str]]:
    """Which columns a constraint of PostgreSQL is about."""
    known = METADATA.tables.get(table)
    if known is not None:
        for named in (*known.constraints, *known.indexes):
            if isinstance(named, UniqueConstraint | Index) and named.name == constraint:
                return table, [column.name for column in named.columns]
    return table, []


def _duplicate(table: str, columns: list[str]) -> PlatformError:
    what = " and ".join(columns) or "key"
    return PlatformError(
        "conflict",
        f"another row of {table} has the same {what}: choose another",
        table=table,
        columns=tuple(columns),
    )


def _in_use() -> PlatformError:
    return PlatformError(
        "conflict", "something refers to this, or this refers to something that is gone: see what uses it first"
    )


def _must_not_write() -> PlatformError:
    return PlatformError("internal", "a reading transaction wanted to write: report this")
