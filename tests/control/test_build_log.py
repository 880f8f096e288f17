"""What is said of a build is kept in whole lines, with an end."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gettone.control.build_log import LOG_BYTES_MAX, BuildLog


def test_lines_are_kept_in_order() -> None:
    """And it is known whether there are new ones."""
    log = BuildLog()
    assert not log.is_new

    log.say("one")
    log.say("two  ")
    assert log.is_new
    assert log.text() == "one\ntwo\n"
    assert not log.is_new


def test_why_it_failed_is_kept_when_much_was_said_before() -> None:
    """A flood is cut off once, and told; the last words still find room."""
    log = BuildLog()
    for number in range(10_000):
        log.say(f"{number} {'x' * 90}")
    log.conclude("the registry does not answer")
    lines = log.text().splitlines()

    assert lines[0].startswith("0 ")
    assert lines[-2:] == ["... more was said than is kept", "the registry does not answer"]
    assert len(log.text().encode()) <= LOG_BYTES_MAX


def test_what_cannot_be_shown_is_blank() -> None:
    """Colours of a terminal, line breaks within a line, half characters: one line stays one line."""
    log = BuildLog()
    log.say("\x1b[31mred\r\nnext\0\ud800")

    assert log.text() == " [31mred  next\n"


LINES = st.tuples(st.booleans(), st.sampled_from(["x", "é", "🔑", "\0", "a\n"]), st.integers(0, 3000))


@settings(deadline=None)
@given(st.lists(LINES, max_size=300))
def test_log_has_an_end_whatever_is_said(said: list[tuple[bool, str, int]]) -> None:
    """In bytes of UTF-8, which the store can keep."""
    log = BuildLog()
    for is_last, letters, count in said:
        (log.conclude if is_last else log.say)(letters * count)
    text = log.text()

    assert len(text.encode()) <= LOG_BYTES_MAX
    assert text.count("\n") <= len(said)
    assert "\0" not in text
