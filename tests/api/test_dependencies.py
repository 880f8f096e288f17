"""Packages out of the texts that clients send."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.api.dependencies import read_dependencies, read_requirements
from gettone.model.builds import Dependency
from gettone.model.errors import PlatformError

SAMPLE = '[{"name":"twilio","version":"3.6.3"},{"name":"lodash","version":""}]'

READ = (Dependency("twilio", "3.6.3"), Dependency("lodash", "*"))


def refusal(read: Callable[[str], object], text: str) -> str | None:
    """The code with which a text is refused."""
    try:
        read(text)
    except PlatformError as error:
        return error.code
    return None


@pytest.mark.parametrize("text", [SAMPLE, f'"{SAMPLE}"', json.dumps(SAMPLE), f"  {SAMPLE}\n"])
def test_every_spelling_is_read(text: str) -> None:
    """Plain, in the toolkit's extra quotes, in quotes as JSON wants them; any version where none is named."""
    assert read_dependencies(text) == READ


@pytest.mark.parametrize(("text", "read"), [(None, None), ("", ()), ('""', ()), ("[]", ()), ('"[]"', ())])
def test_nothing_is_no_package(text: str | None, read: tuple[Dependency, ...] | None) -> None:
    """What was not sent is told apart from an empty list."""
    assert read_dependencies(text) == read


@pytest.mark.parametrize("text", ["{", "[1]", '[{"version":"1"}]', '{"lodash":"1"}', '"[{]"', "[" * 5000, "null"])
def test_other_text_is_no_list_of_packages(text: str) -> None:
    """The refusal shows how to write it."""
    with pytest.raises(PlatformError, match="Dependencies must be JSON"):
        read_dependencies(text)


@given(st.text(max_size=100))
def test_any_text_is_a_list_or_invalid(text: str) -> None:
    """Nothing else comes of it."""
    assert refusal(read_dependencies, text) in (None, "invalid")
    assert refusal(read_requirements, text) in (None, "invalid")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (None, ()),
        ("requests>=2\n# why\nnumpy", ("requests>=2", "# why", "numpy")),
        ('["requests>=2", "numpy"]', ("requests>=2", "numpy")),
    ],
)
def test_requirements_are_lines_or_a_list(text: str | None, lines: tuple[str, ...]) -> None:
    """A file's text as it is, or JSON."""
    assert read_requirements(text) == lines
