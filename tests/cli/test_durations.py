"""Spans of time as people type them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gettone.cli.durations import read_duration
from gettone.model.errors import PlatformError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("90", 90), ("30s", 30), ("10m", 600), ("1.5h", 5400), ("7d", 604800), (" 2W ", 1209600)],
)
def test_a_number_and_a_letter_are_a_span(text: str, seconds: float) -> None:
    """A number alone is seconds."""
    assert read_duration(text, "--since") == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "m", "-1m", "ten", "1y", "1e9", "1" * 30])
def test_what_is_none_names_the_option(text: str) -> None:
    """With how to write it."""
    with pytest.raises(PlatformError, match="--since is no span of time: write it as 30s"):
        read_duration(text, "--since")
