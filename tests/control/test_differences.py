"""Differences between texts: what is shown of them, and that it has an end."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gettone.control.differences import LINE_CHARACTERS_MAX, Line, differ

TEXTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12).map("\n".join)


def shown(lines: tuple[Line, ...]) -> list[str]:
    """Lines as a person reads them."""
    return [f"{line.sign}{line.text}" for line in lines]


def test_changed_line_stands_between_its_neighbours() -> None:
    """The old one first, then the new one; equal lines far away are left out, and that is said."""
    old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
    new = old.replace("5", "five")

    lines = differ(old, new, context=2)

    assert shown(lines) == ["…", " 3", " 4", "-5", "+five", " 6", " 7", "…"]
    assert [(line.old, line.new) for line in lines] == [
        (None, None),
        (3, 3),
        (4, 4),
        (5, None),
        (None, 5),
        (6, 6),
        (7, 7),
        (None, None),
    ]


def test_equal_texts_have_no_difference() -> None:
    """Nor have those that differ in the ends of their lines."""
    assert differ("a\nb\n", "a\nb\n") == ()
    assert differ("a\r\nb\r\n", "a\nb") == ()


def test_added_and_removed_files_are_shown_whole() -> None:
    """Against nothing, every line is new, or old."""
    assert shown(differ("", "a\nb\n")) == ["+a", "+b"]
    assert shown(differ("a\nb\n", "")) == ["-a", "-b"]


def test_long_difference_is_cut() -> None:
    """Beyond so many lines there is one sign for the rest; a long line is cut, too."""
    lines = differ("", "x\n" * 100, lines_max=10)
    (line,) = differ("", "x" * 10_000)

    assert shown(lines) == ["+x"] * 10 + ["…"]
    assert len(line.text) == LINE_CHARACTERS_MAX + 1


def test_texts_with_nothing_in_common_are_quick() -> None:
    """Twenty thousand lines against as many others are shown whole, not compared one with each."""
    old, new = "\n".join(f"a{n}" for n in range(20_000)), "\n".join(f"b{n}" for n in range(20_000))

    started = time.monotonic()
    lines = differ(old, new, lines_max=50_000)

    assert time.monotonic() - started < 5
    assert [line.sign for line in lines] == ["-"] * 20_000 + ["+"] * 20_000


@given(TEXTS, TEXTS)
def test_difference_leads_from_one_to_the_other(old: str, new: str) -> None:
    """With all lines around it, the old lines are the old text, the new ones the new text, and all are numbered."""
    lines = differ(old, new, context=100)

    if old.splitlines() == new.splitlines():
        assert lines == ()
        return
    assert [line.text for line in lines if line.sign in " -"] == old.splitlines()
    assert [line.text for line in lines if line.sign in " +"] == new.splitlines()
    for side in ("old", "new"):
        numbers = [getattr(line, side) for line in lines if getattr(line, side) is not None]
        assert all(later == earlier + 1 for earlier, later in pairwise(numbers))
