"""Every row of one database into another that has none, between any two engines. Must not know what rows mean."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Identity, Table, func, insert, select, tuple_

from gettone.model.errors import PlatformError
from gettone.store import accounts_schema, content_schema, people_schema, services_schema
from gettone.store.columns import METADATA
from gettone.store.database import Database
from gettone.store.migrate import STORE_LINE
from gettone.store.session import Session
from gettone.store.sqlite import open_database

ROWS_AT_ONCE = 200
# A piece of a content has up to a mebibyte.
PIECES_AT_ONCE = 8
_LARGE = {content_schema.BLOB_PIECES.name, content_schema.SEGMENTS.name}
# Imported for the tables that they put into METADATA.
_SCHEMAS = (accounts_schema, content_schema, people_schema, services_schema)


async def copy_rows(source: Database, target: Database) -> None:
    """Copy one state of the source into the target, all of it or nothing. Both have the newest schema.

    Raises PlatformError `conflict` when the target holds anything.
    """
    async with source.reading() as reading, target.writing() as writing:
        for table in METADATA.sorted_tables:
            if await writing.value(select(func.count()).select_from(table)):
                raise PlatformError("conflict", "the database is not empty: restore into a new one")
        for table in METADATA.sorted_tables:
            await _copy_table(reading, writing, table)
            await _count_on(writing, table)


async def copy_to_new_file(source: Database, file: Path) -> None:
    """Copy everything into a new SQLite file. Raises PlatformError `conflict` when it is there."""
    if await asyncio.to_thread(file.exists):
        raise PlatformError("conflict", f"{file} is there already: name a new file")
    target = await open_database(file, STORE_LINE)
    done = False
    try:
        await copy_rows(source, target)
        done = True
    finally:
        await target.close()
        if not done:
            await asyncio.to_thread(remove_file, file)


def remove_file(file: Path) -> None:
    """Remove a SQLite database, with what SQLite keeps beside it."""
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


async def _copy_table(reading: Session, writing: Session, table: Table) -> None:
    keys: list[Column[Any]] = list(table.primary_key.columns)
    at_once = PIECES_AT_ONCE if table.name in _LARGE else ROWS_AT_ONCE
    statement = select(table).order_by(*keys).limit(at_once)
    names = [column.name for column in table.columns]
    places = [names.index(key.name) for key in keys]
    rows = await reading.rows(statement)
    while rows:
        await writing.change(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        last = [rows[-1][place] for place in places]
        rows = await reading.rows(statement.where(tuple_(*keys) > tuple_(*last)))


async def _count_on(writing: Session, table: Table) -> None:
    """Let a counting column go on after the highest number that was copied. SQLite does so by itself."""
    if await writing.call(lambda connection: connection.dialect.name) != "postgresql":
        return
    for column in table.columns:
        if isinstance(column.identity, Identity):
            highest = await writing.value(select(func.max(column)))
            if highest is not None:
                sequence = func.pg_get_serial_sequence(table.name, column.name)
                await writing.rows(select(func.setval(sequence, highest)))
