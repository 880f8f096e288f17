"""Variables as a `.env` has them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gettone.cli.env_text import written_env
from gettone.project.variables import parse_variables

VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(VALUES)
def test_what_is_written_reads_as_it_was(value: str) -> None:
    """Quotes, line ends, backslashes, dollars, blanks at the ends."""
    assert dict(parse_variables(written_env({"A": value}), ".env")[0]) == {"A": value}


def test_plain_values_stand_as_they_are_in_order() -> None:
    """So that a file that is kept changes little."""
    assert written_env({"B": "x y", "A": "https://a.example/b?"}) == "A='https://a.example/b?'\nB='x y'\n"
