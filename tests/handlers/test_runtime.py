"""`Runtime` shows a deployment while there is one, and says so when there is none."""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from gettone.handlers import Asset, Function, Runtime
from gettone.handlers.runtime import provide

MODULE = types.ModuleType("check")


@pytest.fixture
def provided(tmp_path: Path) -> Iterator[Path]:
    """A deployment with a function and an asset."""
    file = tmp_path / "a.txt"
    file.write_text("grüezi", encoding="utf-8")
    provide(lambda: {"a/check": Function("/x/check.py", lambda: MODULE)}, lambda: {"/a.txt": Asset(str(file))})
    yield file
    provide(None, None)


def test_functions_and_assets_are_found_by_name(provided: Path) -> None:
    """Functions have no slash in front, assets have one."""
    assert Runtime.get_functions()["a/check"].path == "/x/check.py"
    assert Runtime.get_functions()["a/check"].load() is MODULE
    assert Runtime.get_assets()["/a.txt"].path == str(provided)
    assert Runtime.get_assets()["/a.txt"].open() == "grüezi"


@pytest.mark.parametrize("ask", [Runtime.get_functions, Runtime.get_assets])
def test_outside_of_a_function_it_says_what_to_use(ask: types.MethodType) -> None:
    """A test that imports a handler directly is told of `gettone.testing`."""
    with pytest.raises(RuntimeError, match=r"gettone\.testing\.call"):
        ask()
