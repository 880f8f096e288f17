"""How one text differs from another, line by line, as a person reads it. Pure; must not know what the texts are.

Bounded: comparing takes as long as the product of the lines that differ, so beyond a bound what differs is shown whole,
first the old lines, then the new ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

CONTEXT_LINES = 3
LINES_MAX = 2000
LINE_CHARACTERS_MAX = 500
# About a tenth of a second.
PRODUCT_MAX = 2_000_000

Sign = Literal[" ", "-", "+", "…"]
_Span = tuple[int, int, int, int]  # old lines from and to, new lines from and to


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference: equal, only in the old text, only in the new one, or `…` where lines are left out.

    `old` and `new` are its numbers in the two texts, from 1.
    """

    sign: Sign
    text: str
    old: int | None = None
    new: int | None = None


def differ(old: str, new: str, context: int = CONTEXT_LINES, lines_max: int = LINES_MAX) -> tuple[Line, ...]:
    """What differs, with so many equal lines around it; nothing where the texts have equal lines.

    What is left out, between two places or beyond `lines_max`, is one `…`.
    """
    before, after = old.splitlines(), new.splitlines()
    shown: list[Line] = []
    for line in _around(list(_lines(before, after)), context):
        if len(shown) >= lines_max:
            shown.append(Line("…", ""))
            break
        shown.append(line)
    return tuple(shown)


def _lines(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    for is_equal, (old_from, old_to, new_from, new_to) in _spans(old, new):
        if is_equal:
            for at in range(old_to - old_from):
                yield Line(" ", _cut(old[old_from + at]), old_from + at + 1, new_from + at + 1)
            continue
        for at in range(old_from, old_to):
            yield Line("-", _cut(old[at]), old=at + 1)
        for at in range(new_from, new_to):
            yield Line("+", _cut(new[at]), new=at + 1)


def _spans(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, _Span]]:
    """Stretches of both texts that are equal or not, in order."""
    head = _count_equal(old, new)
    tail = _count_equal(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    if head:
        yield True, (0, head, 0, head)
    if (old_end - head) * (new_end - head) > PRODUCT_MAX:
        yield False, (head, old_end, head, new_end)
    else:
        matcher = SequenceMatcher(None, old[head:old_end], new[head:new_end], autojunk=False)
        for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
            yield tag == "equal", (head + old_from, head + old_to, head + new_from, head + new_to)
    if tail:
        yield True, (old_end, len(old), new_end, len(new))


def _count_equal(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    for at, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return at
    return min(len(one), len(other))


def _around(lines: Sequence[Line], context: int) -> Iterator[Line]:
    """What differs, and the lines near it."""
    near: set[int] = set()
    for at, line in enumerate(lines):
        if line.sign != " ":
            near.update(range(max(0, at - context), min(len(lines), at + context + 1)))
    if not near:
        return
    last = -1
    for at in sorted(near):
        if at != last + 1:
            yield Line("…", "")
        yield lines[at]
        last = at
    if last != len(lines) - 1:
        yield Line("…", "")


def _cut(text: str) -> str:
    return text if len(text) <= LINE_CHARACTERS_MAX else f"{text[:LINE_CHARACTERS_MAX]}…"
