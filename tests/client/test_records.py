"""One JSON object of an answer, read name by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gettone.client.records import Record
from gettone.model.errors import PlatformError

MOMENT = datetime(2026, 7, 30, 20, 0, tzinfo=UTC)
WHOLE = Record(
    {
        "text": "a",
        "none": None,
        "flag": False,
        "number": 2,
        "iso": "2026-07-30T20:00:00Z",
        "precise": "2026-07-30T20:00:00.000000Z",
        "rfc": "Thu, 30 Jul 2026 20:00:00 +0000",
        "texts": ["a", "b"],
        "records": [{"text": "inner"}],
        "record": {"text": "inner"},
    },
    "http://x",
)

OTHER: dict[str, Callable[[], object]] = {
    "number as text": lambda: WHOLE.text("number"),
    "missing text": lambda: WHOLE.text("missing"),
    "flag as text or none": lambda: WHOLE.find_text("flag"),
    "text as flag": lambda: WHOLE.flag("text"),
    "flag as number": lambda: WHOLE.number("flag"),
    "text as moment": lambda: WHOLE.moment("text"),
    "records as texts": lambda: WHOLE.texts("records"),
    "text as texts": lambda: WHOLE.texts("text"),
    "texts as records": lambda: list(WHOLE.records("texts")),
    "list as record": lambda: WHOLE.record("texts"),
    "a list": lambda: Record([], "http://x"),
    "null": lambda: Record(None, "http://x"),
}


def test_every_type_is_read_as_what_it_is() -> None:
    """An empty list, `false` and 0 are values; null and what is not there are None where that may be."""
    assert WHOLE.text("text") == "a"
    assert WHOLE.flag("flag") is False
    assert WHOLE.number("number") == 2
    assert WHOLE.texts("texts") == ("a", "b")
    assert [each.text("text") for each in WHOLE.records("records")] == ["inner"]
    assert WHOLE.record("record").text("text") == "inner"
    for name in ("none", "missing"):
        found = (
            WHOLE.find_text(name),
            WHOLE.find_flag(name),
            WHOLE.find_number(name),
            WHOLE.find_moment(name),
            WHOLE.find_texts(name),
            WHOLE.find_record(name),
        )
        assert set(found) == {None}


@pytest.mark.parametrize("name", ["iso", "precise", "rfc"])
def test_a_moment_is_one_in_all_ways_to_write_it(name: str) -> None:
    """Twilio has two, and we have one more."""
    assert WHOLE.moment(name) == MOMENT
    assert WHOLE.find_moment(name) == MOMENT


@pytest.mark.parametrize("read", OTHER.values(), ids=OTHER)
def test_what_is_another_type_is_told_without_the_value(read: Callable[[], object]) -> None:
    """It is some other program's answer, and could be anything."""
    with pytest.raises(PlatformError, match="http://x does not answer as a Gettone does"):
        read()


def test_nothing_shows_the_values() -> None:
    """A secret is among them, where one was made."""
    assert "inner" not in repr(WHOLE)
    assert "texts" in repr(WHOLE)
