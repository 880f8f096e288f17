"""Every kind of store, one after the other, for the contracts that all of them keep."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from gettone.store.interface import LogStore, Store
from tests import stores
from tests.postgres import MEMORY

NEEDS_POSTGRES = pytest.mark.needs("postgres", "initdb")
KINDS = [
    "memory",
    "file, migrated",
    "file, created",
    pytest.param("postgres, migrated", marks=NEEDS_POSTGRES),
    pytest.param("postgres, created", marks=NEEDS_POSTGRES),
]
# Where only the engine matters: equal tables are compared in tests/store/test_migrate.py.
ENGINES = ["memory", "file, migrated", pytest.param("postgres, migrated", marks=NEEDS_POSTGRES)]


@pytest.fixture
def anyio_backend() -> str:
    """The store runs on asyncio."""
    return "asyncio"


def open_store(kind: str, folder: Path) -> AbstractAsyncContextManager[Store]:
    """Open a store of a kind."""
    engine, _, made = kind.partition(", ")
    if engine == "postgres":
        return stores.postgres(created=made == "created")
    return stores.sqlite_memory() if engine == "memory" else stores.sqlite_file(folder, created=made == "created")


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder in memory, where there is some: nothing here asks a disk how durable it is."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, quick_folder: Path) -> AsyncIterator[Store]:
    """A store of every kind."""
    async with open_store(request.param, quick_folder) as opened:
        yield opened


@pytest.fixture(params=ENGINES)
async def engine_store(request: pytest.FixtureRequest, quick_folder: Path) -> AsyncIterator[Store]:
    """A store on every engine."""
    async with open_store(request.param, quick_folder) as opened:
        yield opened


@pytest.fixture(params=ENGINES)
async def logs(request: pytest.FixtureRequest, quick_folder: Path) -> AsyncIterator[LogStore]:
    """A log store on every engine."""
    if request.param == "memory":
        opening = stores.sqlite_memory_logs()
    else:
        opening = stores.sqlite_file_logs(quick_folder) if "file" in request.param else stores.postgres_logs()
    async with opening as opened:
        yield opened
