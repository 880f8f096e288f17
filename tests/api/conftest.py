"""What every test of the REST API runs on. Must not know a path."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The product's loop."""
    return "asyncio"
