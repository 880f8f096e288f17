"""Stores for any test, opened as the product opens them and closed at the end. Must not know what is kept in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gettone.store.interface import LogStore, Store
from gettone.store.postgres import open_postgres, open_postgres_logs
from gettone.store.sqlite import open_sqlite, open_sqlite_logs
from tests.postgres import server

_templates: list[str] = []


@asynccontextmanager
async def sqlite_memory() -> AsyncIterator[Store]:
    """A store in memory."""
    store = await open_sqlite(None)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def sqlite_file(folder: Path) -> AsyncIterator[Store]:
    """A store in a file of this folder; what is there already is kept."""
    store = await open_sqlite(folder / "gettone.db")
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def postgres() -> AsyncIterator[Store]:
    """A store in a new database of this process's server. The test needs("postgres")."""
    async with postgres_url() as url:
        store = await open_postgres(url)
        try:
            yield store
        finally:
            await store.close()


@asynccontextmanager
async def postgres_url() -> AsyncIterator[str]:
    """Address of a new database with all tables in it, for who opens stores by address."""
    template = await _template()
    name = await asyncio.to_thread(server().create_database, template)
    try:
        yield server().url(name)
    finally:
        await asyncio.to_thread(server().drop_database, name)


@asynccontextmanager
async def sqlite_memory_logs() -> AsyncIterator[LogStore]:
    """A log store in memory."""
    logs = await open_sqlite_logs(None)
    try:
        yield logs
    finally:
        await logs.close()


@asynccontextmanager
async def sqlite_file_logs(folder: Path) -> AsyncIterator[LogStore]:
    """A log store in a file of this folder; what is there already is kept."""
    logs = await open_sqlite_logs(folder / "logs.db")
    try:
        yield logs
    finally:
        await logs.close()


@asynccontextmanager
async def postgres_logs() -> AsyncIterator[LogStore]:
    """A log store in a new database of this process's server. The test needs("postgres")."""
    async with postgres_url() as url:
        logs = await open_postgres_logs(url)
        try:
            yield logs
        finally:
            await logs.close()


async def _template() -> str:
    """A migrated database that others are copied from: that is quicker than migrating each."""
    if not _templates:
        name = await asyncio.to_thread(server().create_database)
        for opened in (await open_postgres(server().url(name)), await open_postgres_logs(server().url(name))):
            await opened.close()
        _templates.append(name)
    return _templates[0]
