"""Whether a version lies in an npm range: enough to know when what comes with Gettone will do. Pure.

Ranges of plain versions, as people write them in package.json: `1.2.3`, `^1.2`, `~1`, `1.x`, `>=1 <3`, `1 || 2`, `*`.
What else npm reads (tags, pre-releases, `1 - 2`) counts as not known here, and whoever asks installs. The meaning of
each form: https://docs.npmjs.com/cli/v6/using-npm/semver#ranges
"""

from __future__ import annotations

import re

Version = tuple[int, int, int]

_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_VERSION = re.compile(rf"v?({_NUMBER})\.({_NUMBER})\.({_NUMBER})")
_COMPARATOR = re.compile(
    rf"(\^|~>?|>=|<=|>|<|=)?[ \t]*v?({_NUMBER}|[xX*])(?:\.({_NUMBER}|[xX*])(?:\.({_NUMBER}|[xX*]))?)?(?=[ \t]|$)"
)
_END: Version = (10**9, 0, 0)


def parse_version(text: str) -> Version | None:
    """The three numbers of a plain version; None for any other text."""
    match = _VERSION.fullmatch(text)
    return None if match is None else (int(match[1]), int(match[2]), int(match[3]))


def satisfies(version: str, wanted: str) -> bool:
    """Whether the version surely lies in the range. False for what is not known here."""
    number = parse_version(version)
    return number is not None and any(_within(number, part.strip()) for part in wanted.split("||"))


def _within(version: Version, comparators: str) -> bool:
    """Whether the version passes all comparators, which white space separates. None at all lets everything pass."""
    at = 0
    while at < len(comparators):
        match = _COMPARATOR.match(comparators, at)
        if match is None:
            return False
        low, high = _bounds(match[1] or "", [part for part in match.groups()[1:] if part is not None])
        if not low <= version < high:
            return False
        at = match.end()
        while at < len(comparators) and comparators[at] in " \t":
            at += 1
    return True


def _bounds(operator: str, parts: list[str]) -> tuple[Version, Version]:
    """The first version that passes a comparator, and the first above those that do."""
    numbers: list[int] = []
    for part in parts:
        if not part.isdigit():
            break
        numbers.append(int(part))
    if not numbers:
        # `<*` and `>*` let nothing pass.
        return (_END, _END) if operator in ("<", ">") else ((0, 0, 0), _END)
    low = _padded(numbers)
    # The numbers that are given, the last one raised: 1.2 stands for all of 1.2.
    above = _padded([*numbers[:-1], numbers[-1] + 1])
    match operator:
        case ">=":
            return low, _END
        case ">":
            return above, _END
        case "<":
            return (0, 0, 0), low
        case "<=":
            return (0, 0, 0), above
        case "^":
            return low, _above_caret(numbers)
        case "~" | "~>":
            return low, _padded([numbers[0], numbers[1] + 1]) if len(numbers) > 1 else above
    return low, above


def _above_caret(numbers: list[int]) -> Version:
    """The first number that is not zero may not change; where all are, the last that is given."""
    fixed = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
    return _padded([*numbers[:fixed], numbers[fixed] + 1])


def _padded(numbers: list[int]) -> Version:
    first, second, third = (*numbers, 0, 0)[:3]
    return first, second, third
