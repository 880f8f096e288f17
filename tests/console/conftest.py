"""What every test of the console runs on. Must not know a page."""

from collections.abc import AsyncIterator

import pytest

from tests.console.serving import Served, open_console


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The product's loop."""
    return "asyncio"


@pytest.fixture(scope="module")
async def shared(anyio_backend: str) -> AsyncIterator[Served]:
    """One console for tests that change nothing in it."""
    async with open_console() as served:
        yield served
