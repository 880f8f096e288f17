"""What PostgreSQL's errors mean. Must not know what was asked."""

from __future__ import annotations

import psycopg
from sqlalchemy import Index, UniqueConstraint

from gettone.model.errors import PlatformError
from gettone.store.columns import METADATA
from gettone.store.errors import duplicate, in_use, must_not_write, refused

_AWAY = "the database does not answer: see that PostgreSQL runs and that GETTONE_DATABASE_URL names it"
# By code or by its class, the longer first (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_SENTENCES = {
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


def explain(error: Exception, reading: bool) -> PlatformError | None:
    """What an error of PostgreSQL or of the way to it means; None for any other."""
    if isinstance(error, OSError):  # a socket's, while a connection is made; TimeoutError is one, too
        return PlatformError("unavailable", _AWAY)
    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate or ""
    if state == "23505":
        return duplicate(*_columns_of(error.diag.table_name or "", error.diag.constraint_name or ""))
    if state == "23503":
        return in_use()
    if reading and state == "25006":
        return must_not_write()
    sentence = _SENTENCES.get(state) or _SENTENCES.get(state[:2])
    if sentence is not None:
        return PlatformError("unavailable", sentence, sqlstate=state)
    if isinstance(error, psycopg.DataError):
        return PlatformError("invalid", "a value cannot be kept: it is too large or malformed", sqlstate=state)
    if not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return PlatformError("unavailable", _AWAY)
    return refused(state or "no code")


def _columns_of(table: str, constraint: str) -> tuple[str, list[str]]:
    """Which columns a constraint of PostgreSQL is about."""
    known = METADATA.tables.get(table)
    if known is not None:
        for named in (*known.constraints, *known.indexes):
            if isinstance(named, UniqueConstraint | Index) and named.name == constraint:
                return table, [column.name for column in named.columns]
    return table, []
