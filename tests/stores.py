"""Stores for any test, opened as the product opens them and closed at the end. Must not know what is kept in them.

`created` ones got their tables from the schema's description at once; the others from migrations, as users do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import create_engine, make_url, text

# These fill METADATA.
from gettone.store import accounts_schema, content_schema, services_schema  # noqa: F401
from gettone.store.columns import METADATA
from gettone.store.interface import LogStore, Store
from gettone.store.logs_schema import LOGS_METADATA
from gettone.store.migrate import LOGS_LINE, STORE_LINE
from gettone.store.postgres import open_postgres, open_postgres_logs
from gettone.store.sqlite import open_sqlite, open_sqlite_logs
from tests.postgres import server


class Closing(Protocol):
    async def close(self) -> None: ...


C = TypeVar("C", bound=Closing)

_templates: dict[bool, str] = {}


@asynccontextmanager
async def closing(opened: C) -> AsyncIterator[C]:
    """Close it at the end."""
    try:
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def sqlite_memory() -> AsyncIterator[Store]:
    """A store in memory."""
    async with closing(await open_sqlite(None)) as store:
        yield store


@asynccontextmanager
async def sqlite_file(folder: Path, *, created: bool = False) -> AsyncIterator[Store]:
    """A store in a file of this folder; what is there already is kept."""
    file = folder / "gettone.db"
    if created:
        create_tables(f"sqlite:///{file}")
    async with closing(await open_sqlite(file)) as store:
        yield store


@asynccontextmanager
async def postgres(*, created: bool = False) -> AsyncIterator[Store]:
    """A store in a new database of this process's server. The test needs("postgres")."""
    async with postgres_url(created=created) as url, closing(await open_postgres(url)) as store:
        yield store


@asynccontextmanager
async def postgres_url(*, created: bool = False) -> AsyncIterator[str]:
    """Address of a new database with all tables in it, for who opens stores by address."""
    template = await _template(created)
    name = await asyncio.to_thread(server().create_database, template)
    try:
        yield server().url(name)
    finally:
        await asyncio.to_thread(server().drop_database, name)


@asynccontextmanager
async def sqlite_memory_logs() -> AsyncIterator[LogStore]:
    """A log store in memory."""
    async with closing(await open_sqlite_logs(None)) as logs:
        yield logs


@asynccontextmanager
async def sqlite_file_logs(folder: Path, *, created: bool = False) -> AsyncIterator[LogStore]:
    """A log store in a file of this folder; what is there already is kept."""
    file = folder / "logs.db"
    if created:
        create_tables(f"sqlite:///{file}")
    async with closing(await open_sqlite_logs(file)) as logs:
        yield logs


@asynccontextmanager
async def postgres_logs(*, created: bool = False) -> AsyncIterator[LogStore]:
    """A log store in a new database of this process's server. The test needs("postgres")."""
    async with postgres_url(created=created) as url, closing(await open_postgres_logs(url)) as logs:
        yield logs


def create_tables(url: str) -> None:
    """Make every table as the schema describes it, and say that no migration is missing."""
    address = make_url(url)
    engine = create_engine(address.set(drivername=address.drivername.replace("postgresql", "postgresql+psycopg")))
    with engine.begin() as connection:
        for metadata, line in ((METADATA, STORE_LINE), (LOGS_METADATA, LOGS_LINE)):
            metadata.create_all(connection)
            connection.execute(text(f"CREATE TABLE {line.table} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            connection.execute(text(f"INSERT INTO {line.table} VALUES ('{line.head}')"))
    engine.dispose()


async def _template(created: bool) -> str:
    """A database with all tables, which others are copied from: that is quicker than making them anew."""
    if created not in _templates:
        name = await asyncio.to_thread(server().create_database)
        url = server().url(name)
        if created:
            await asyncio.to_thread(create_tables, url)
        else:
            for opened in (await open_postgres(url), await open_postgres_logs(url)):
                await opened.close()
        _templates[created] = name
    return _templates[created]
