"""The JavaScript twin, for the tests that compare."""

from pathlib import Path

import pytest

from tests.tokens.specs import Twin


@pytest.fixture(scope="session")
def twin(repository: Path) -> Twin:
    """The JavaScript side of this room, run by the Node that Gettone installs."""
    return Twin(repository)
