"""The file of a SQLite database: made, put into WAL mode, copied. These wait for the disk, so they run in threads.

Must not know tables.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from gettone.model.errors import PlatformError
from gettone.store.database import LOCK_SECONDS
from gettone.store.sqlite_errors import explain

RETRY_SECONDS = 0.01


def prepare(file: Path) -> None:
    """Make the file if it is not there, and put it into WAL mode, in which it stays. Raises PlatformError."""
    if not file.exists():
        with contextlib.suppress(FileExistsError):  # another process was first
            make_new(file)
    with _translated(), contextlib.closing(sqlite3.connect(file, timeout=LOCK_SECONDS)) as connection:
        end = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                # While others are at it, SQLite does not wait for this pragma as it does for a statement.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(RETRY_SECONDS)
            else:
                return


def make_new(file: Path) -> None:
    """Make an empty file that only its owner may read; SQLite's own files beside it take its mode.

    Raises FileExistsError when it is there, PlatformError when it cannot be made.
    """
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


def copy(file: Path, target: Path) -> None:
    """Copy a database while others write to it: one state of it, whole and on the disk, or nothing.

    Raises PlatformError `conflict` when the target is there.
    """
    try:
        make_new(target)
    except FileExistsError:
        raise PlatformError("conflict", f"{target} is there already: name a new file") from None
    try:
        source = f"{file.absolute().as_uri()}?mode=ro"
        with _translated(), contextlib.closing(sqlite3.connect(source, uri=True)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        with open(target, "rb") as copied:
            os.fsync(copied.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, False) or error from None
