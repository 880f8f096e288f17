"""Errors of drivers: which of our codes each means, and that none of their words get through."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy import exc

from gettone.model.errors import PlatformError
from gettone.store.errors import Explain, translate
from gettone.store.postgres_errors import explain as explain_postgres
from gettone.store.sqlite_errors import explain as explain_sqlite

SECRET = "INSERT INTO users VALUES ('hunter2')"

SQLITE = {
    sqlite3.SQLITE_BUSY: ("unavailable", "locked by another process"),
    sqlite3.SQLITE_BUSY_SNAPSHOT: ("unavailable", "locked by another process"),
    sqlite3.SQLITE_LOCKED: ("unavailable", "locked"),
    sqlite3.SQLITE_FULL: ("unavailable", "full"),
    sqlite3.SQLITE_READONLY: ("unavailable", "read-only"),
    sqlite3.SQLITE_READONLY_DIRECTORY: ("unavailable", "read-only"),
    sqlite3.SQLITE_CANTOPEN: ("unavailable", "cannot be opened"),
    sqlite3.SQLITE_IOERR_WRITE: ("unavailable", "reports an error"),
    sqlite3.SQLITE_IOERR_FSYNC: ("unavailable", "reports an error"),
    sqlite3.SQLITE_CORRUPT: ("unavailable", "restore a backup"),
    sqlite3.SQLITE_NOTADB: ("unavailable", "restore a backup"),
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: ("conflict", "refers to"),
    sqlite3.SQLITE_ERROR: ("internal", "report this"),
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: ("internal", "report this"),
}

POSTGRES = {
    "23505": ("conflict", "the same"),
    "23503": ("conflict", "refers to"),
    "22001": ("invalid", "cannot be kept"),
    "25006": ("unavailable", "read-only"),
    "25P03": ("unavailable", "took too long"),
    "28P01": ("unavailable", "user or password"),
    "3D000": ("unavailable", "no such database"),
    "40001": ("unavailable", "try again"),
    "40P01": ("unavailable", "try again"),
    "42501": ("unavailable", "grant"),
    "53100": ("unavailable", "full"),
    "53300": ("unavailable", "max_connections"),
    "55P03": ("unavailable", "locked"),
    "57014": ("unavailable", "interrupted"),
    "57P01": ("unavailable", "stopping"),
    "57P03": ("unavailable", "starting"),
    "58030": ("unavailable", "reports an error"),
    "42601": ("internal", "report this"),
    "23502": ("internal", "report this"),
    "XX000": ("internal", "report this"),
}

OTHERS: dict[str, tuple[Exception, str]] = {
    "a connection that is gone": (psycopg.OperationalError(SECRET), "unavailable"),
    "a connection that is closed": (psycopg.InterfaceError(SECRET), "unavailable"),
    "a socket's error": (ConnectionRefusedError(SECRET), "unavailable"),
    "a wait that ended": (TimeoutError(SECRET), "unavailable"),
    "a pool without connections": (exc.TimeoutError(SECRET), "unavailable"),
    "half a surrogate pair": (UnicodeEncodeError("utf-8", SECRET, 0, 1, SECRET), "invalid"),
    "a huge number": (OverflowError(SECRET), "invalid"),
    "a huge text": (sqlite3.DataError(SECRET), "invalid"),
    "SQLAlchemy's own": (exc.ArgumentError(SECRET), "internal"),
}


def judge(error: Exception, explain: Explain) -> tuple[str, str]:
    """What an error becomes, alone and as SQLAlchemy wraps it: nothing of its words is left."""
    wrapped = exc.StatementError(SECRET, SECRET, (SECRET,), error)
    told = [translate(error, explain), translate(wrapped, explain)]
    assert [repr(each) for each in told] == [repr(told[0])] * 2
    assert "hunter2" not in repr(told[0])
    assert isinstance(told[0], PlatformError)
    return told[0].code, told[0].message


@pytest.mark.parametrize("code", SQLITE)
def test_each_error_of_sqlite_has_its_meaning(code: int) -> None:
    """The code, and a sentence that says what to do."""
    error = sqlite3.OperationalError(SECRET)
    error.sqlite_errorcode, error.sqlite_errorname = code, "SQLITE_NAME"
    expected, words = SQLITE[code]
    told, message = judge(error, explain_sqlite)

    assert told == expected
    assert words in message


@pytest.mark.parametrize("state", POSTGRES)
def test_each_error_of_postgresql_has_its_meaning(state: str) -> None:
    """The code, and a sentence that says what to do."""
    expected, words = POSTGRES[state]
    told, message = judge(psycopg.errors.lookup(state)(SECRET), explain_postgres)

    assert told == expected
    assert words in message


@pytest.mark.parametrize("name", OTHERS)
def test_errors_without_a_code_have_a_meaning(name: str) -> None:
    """Of sockets, pools, encodings."""
    error, expected = OTHERS[name]

    explain = explain_sqlite if isinstance(error, sqlite3.Error) else explain_postgres

    assert judge(error, explain)[0] == expected


def test_a_duplicate_names_its_fields_and_no_values() -> None:
    """SQLite's words are read for the columns."""
    error = sqlite3.IntegrityError("UNIQUE constraint failed: services.account_sid, services.unique_name")
    told = translate(error, explain_sqlite)

    assert isinstance(told, PlatformError)
    assert (told.code, told.message) == (
        "conflict",
        "another row of services has the same account_sid and unique_name: choose another",
    )
    assert dict(told.evidence) == {"table": "services", "columns": ("account_sid", "unique_name")}


@pytest.mark.parametrize("error", [TypeError("a slip"), RuntimeError("a slip"), PlatformError("invalid", "ours")])
def test_what_is_no_error_of_a_database_stays_what_it_is(error: Exception) -> None:
    """Slips are not hidden, and our own errors are not made worse."""
    for explain in (explain_sqlite, explain_postgres):
        assert translate(error, explain) is error
        assert translate(exc.StatementError("m", "s", (), error), explain) is error
