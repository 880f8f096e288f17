"""What every test of the control plane runs on. Must not know a use case."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The product's loop."""
    return "asyncio"
