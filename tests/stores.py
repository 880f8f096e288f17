"""Stores for any test, opened as the product opens them and closed at the end. Must not know what is kept in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gettone.store.interface import Store
from gettone.store.sqlite import open_sqlite


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
