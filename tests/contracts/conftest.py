"""Every kind of store, one after the other, for the contracts that all of them keep."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
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


@pytest.fixture
def anyio_backend() -> str:
    """The store runs on asyncio."""
    return "asyncio"


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder in memory, where there is some: nothing here asks a disk how durable it is."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, quick_folder: Path) -> AsyncIterator[Store]:
    """A store of every kind."""
    engine, _, made = str(request.param).partition(", ")
    created = made == "created"
    if engine == "postgres":
        opening = stores.postgres(created=created)
    else:
        opening = stores.sqlite_file(quick_folder, created=created) if engine == "file" else stores.sqlite_memory()
    async with opening as opened:
        yield opened


@pytest.fixture(params=KINDS)
async def logs(request: pytest.FixtureRequest, quick_folder: Path) -> AsyncIterator[LogStore]:
    """A log store of every kind."""
    engine, _, made = str(request.param).partition(", ")
    created = made == "created"
    if engine == "postgres":
        opening = stores.postgres_logs(created=created)
    elif engine == "file":
        opening = stores.sqlite_file_logs(quick_folder, created=created)
    else:
        opening = stores.sqlite_memory_logs()
    async with opening as opened:
        yield opened
