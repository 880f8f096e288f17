"""What a driver's error means to whoever asked: one of our codes, and a sentence that says what to do.

Nothing of the statement and none of its values goes into a message: they hold secrets and other people's names.
What is an engine's own stands in `sqlite_errors` and `postgres_errors`. Must not know what was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import exc

from gettone.model.errors import PlatformError

Explain = Callable[[Exception, bool], PlatformError | None]
"""What an engine's error means; None for one that is not the engine's. True: while only reading."""


def translate(error: Exception, explain: Explain, *, reading: bool = False) -> Exception:
    """The error to raise instead of one that came out of SQLAlchemy or a driver. A slip of ours stays what it is."""
    cause = error
    if isinstance(error, exc.StatementError) and isinstance(error.orig, Exception):
        cause = error.orig
    explained = explain(cause, reading)
    if explained is not None:
        return explained
    match cause:
        case UnicodeError():
            return PlatformError("invalid", "a text holds a character that cannot be kept: leave it out")
        case OverflowError():
            return PlatformError("invalid", "a number is too large to be kept: use a smaller one")
        case exc.TimeoutError():
            return PlatformError("unavailable", "too many ask the database at once: try again in a moment")
        case exc.DBAPIError(connection_invalidated=True):
            return PlatformError("unavailable", "the connection to the database is gone: try again")
        case exc.SQLAlchemyError():
            name = type(cause).__name__
            return PlatformError("internal", f"the database answered with something unexpected ({name}): report this")
    return cause


def refused(reason: str) -> PlatformError:
    """A statement that should never have been sent."""
    return PlatformError("internal", f"the database refused a statement ({reason}): report this")


def duplicate(table: str, columns: Sequence[str]) -> PlatformError:
    """A row that must be unique is there already."""
    what = " and ".join(columns) or "key"
    return PlatformError(
        "conflict",
        f"another row of {table} has the same {what}: choose another",
        table=table,
        columns=tuple(columns),
    )


def in_use() -> PlatformError:
    """A foreign key does not hold."""
    return PlatformError(
        "conflict", "something refers to this, or this refers to something that is gone: see what uses it first"
    )


def must_not_write() -> PlatformError:
    """A reading transaction wanted to write."""
    return PlatformError("internal", "a reading transaction wanted to write: report this")
