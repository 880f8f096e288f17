"""One zygote for all tests of the Python guest, and workers that serve what a test writes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guests.python.zygotes import Serve, Zygote, guest_root, zygote


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that guests start from."""
    return guest_root(tmp_path_factory.mktemp("guest"))


@pytest.fixture(scope="session")
def bare_zygote(root: Path) -> Iterator[Zygote]:
    """A zygote of an interpreter without packages."""
    with zygote(root) as running:
        yield running


@pytest.fixture(scope="session")
def rich_zygote(root: Path) -> Iterator[Zygote]:
    """A zygote of an environment that has packages: this one."""
    with zygote(root, Path(sys.executable)) as running:
        yield running


@pytest.fixture
def serve(bare_zygote: Zygote, tmp_path: Path) -> Iterator[Serve]:
    """Have a worker serve functions: `serve({"a.py": "..."})`."""
    serve = Serve(bare_zygote, tmp_path)
    yield serve
    serve.end()


@pytest.fixture
def serve_with_packages(rich_zygote: Zygote, tmp_path: Path) -> Iterator[Serve]:
    """The same in an environment that has packages."""
    serve = Serve(rich_zygote, tmp_path)
    yield serve
    serve.end()
