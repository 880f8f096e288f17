"""Variables as they are typed, where nobody can be asked."""

from __future__ import annotations

import io

import pytest

from gettone.cli.env_values import read_values
from gettone.model.errors import PlatformError


def test_pairs_and_a_key_with_its_value() -> None:
    """A value may be empty, and may hold an equals sign."""
    assert read_values(["A=1", "B=", "C=x=y"], "D", "4") == {"A": "1", "B": "", "C": "x=y", "D": "4"}


def test_a_name_alone_takes_its_value_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, without its end."""
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))

    assert read_values(["A=1", "SECRET"], None, None) == {"A": "1", "SECRET": "s3cret"}


@pytest.mark.parametrize(
    ("pairs", "key", "value", "told"),
    [
        ([], None, None, "which variable"),
        (["=1"], None, None, "write NAME=value"),
        ([], None, "1", "give --key"),
        (["A", "B"], None, None, "A, B have none"),
        (["A"], "B", None, "A, B have none"),
    ],
)
def test_what_cannot_be_meant_is_told(
    monkeypatch: pytest.MonkeyPatch, pairs: list[str], key: str | None, value: str | None, told: str
) -> None:
    """With what to type."""
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))

    with pytest.raises(PlatformError) as refused:
        read_values(pairs, key, value)

    assert told in refused.value.message
    assert "s3cret" not in refused.value.message
