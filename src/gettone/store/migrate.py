"""Bring a database to the schema that this code knows, all of it or nothing. Must not know what the tables are for.

The steps stand in `migrations/`, one folder for the store and one for the logs, which have a database of their own.
Alembic is asked only when there is something to do: nearly every start finds its schema as it should be, and is quick.
Steps only go up: who wants to go back restores the backup from before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, MetaData, inspect, text

from gettone.model.errors import PlatformError
from gettone.store.columns import NAMES
from gettone.store.database import Database

_FOLDER = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of migrations: where its steps stand, the table that says how far a database is, and the last step."""

    folder: Path
    table: str
    head: str


STORE_LINE = Line(_FOLDER / "store", "store_version", "0003")
LOGS_LINE = Line(_FOLDER / "logs", "logs_version", "0002")


async def migrate(database: Database, line: Line) -> None:
    """Do every step that is missing, in one transaction that only one process at a time is in.

    Raises PlatformError `unavailable` when a newer Gettone has been here.
    """
    async with database.reading() as session:
        if await session.call(partial(_version, line)) == line.head:
            return
    async with database.migrating() as session:
        await session.call(partial(_upgrade, line))


def _version(line: Line, connection: Connection) -> str | None:
    """The last step that was done; None in a new database."""
    if not inspect(connection).has_table(line.table):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {line.table}"))  # noqa: S608 our own name
    return found


def _upgrade(line: Line, connection: Connection) -> None:
    # Importing Alembic takes longer than opening a database.
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(line.folder, version_locations=[line.folder])
    current = _version(line, connection)
    if current is not None and current not in {step.revision for step in script.walk_revisions()}:
        raise PlatformError(
            "unavailable",
            f"the database was written by a newer Gettone (its schema is {current}, this one knows up to {line.head}): "
            "install that version, or restore the backup from before",
            schema=current,
        )
    named = MetaData(naming_convention=NAMES)  # steps name their constraints as the tables do
    context = MigrationContext.configure(connection, opts={"version_table": line.table, "target_metadata": named})
    for step in reversed(list(script.iterate_revisions(line.head, current or "base"))):
        with Operations.context(context):
            step.module.upgrade()
        context.stamp(script, step.revision)
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise PlatformError("internal", "the migration left rows that refer to nothing, and was undone: report this")
