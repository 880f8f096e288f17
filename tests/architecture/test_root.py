"""`from gettone import ...` gives what handlers need, and costs nothing until then."""

import subprocess
import sys

import pytest

import gettone
from gettone import handlers, tokens

LOADED = "import sys; before = set(sys.modules); import gettone; print(*sorted(set(sys.modules) - before))"


def test_importing_the_root_loads_nothing_else() -> None:
    """The root alone comes in, without a single other module."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["gettone"]


def test_root_offers_the_names_of_tokens_and_handlers() -> None:
    """Every public name of the two rooms, and no other, is a name of the root."""
    assert sorted(gettone.__all__) == sorted([*tokens.__all__, *handlers.__all__])
    assert set(gettone.__all__) <= set(dir(gettone))


def test_names_are_the_rooms_own() -> None:
    """A name of the root is the same object as in its room."""
    rooms = {name: room for room in (tokens, handlers) for name in room.__all__}

    assert all(getattr(gettone, name) is getattr(room, name) for name, room in rooms.items())


def test_unknown_name_is_an_attribute_error() -> None:
    """A misspelt name fails as it would in any module."""
    with pytest.raises(AttributeError, match="module 'gettone' has no attribute 'AcessToken'"):
        getattr(gettone, "AcessToken")  # noqa: B009 - a plain attribute would not pass the type check
