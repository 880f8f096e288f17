"""Differences of control's as the table on a page has them: kind, number of the line, text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gettone.control.differences import Line, Sign

_KINDS: Mapping[Sign, str] = {" ": "same", "-": "removed", "+": "added", "…": "gap"}


def diff_rows(lines: Iterable[Line]) -> tuple[tuple[str, str, str], ...]:
    """One row for each line; what is left out is one row of dots."""
    return tuple(
        (_KINDS[each.sign], str(each.new or each.old or ""), "…" if each.sign == "…" else each.text) for each in lines
    )
