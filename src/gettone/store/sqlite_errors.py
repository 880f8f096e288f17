"""What SQLite's errors mean. Must not know what was asked."""

from __future__ import annotations

import re
import sqlite3

from gettone.model.errors import PlatformError
from gettone.store.errors import duplicate, in_use, must_not_write, refused

# By primary result code (https://www.sqlite.org/rescode.html).
_SENTENCES = {
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


_DUPLICATE = re.compile(r"UNIQUE constraint failed: (.+)")


def explain(error: Exception, reading: bool) -> PlatformError | None:
    """What an error of SQLite means; None for any other."""
    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", 0)  # errors of the module itself have none
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    found = _DUPLICATE.match(str(error))
    if found:
        names = [name.split(".") for name in found[1].split(", ")]
        return duplicate(names[0][0], [name[-1] for name in names])
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return in_use()
    if reading and code & 0xFF == sqlite3.SQLITE_READONLY:
        return must_not_write()
    if isinstance(error, sqlite3.DataError):
        return PlatformError("invalid", "a value is too large to be kept: use a smaller one", sqlite=name)
    sentence = _SENTENCES.get(code & 0xFF)
    return refused(name) if sentence is None else PlatformError("unavailable", sentence, sqlite=name)
