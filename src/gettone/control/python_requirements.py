"""What a requirement of a build may say: a name, extras, versions, a marker, hashes. Pure.

Must not know pip; that nothing else gets as far as pip is the point.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from gettone.control.bundles import Say
from gettone.control.npm_ranges import invalid

REQUIREMENTS_MAX = 100
REQUIREMENT_CHARACTERS_MAX = 1000
# What a Python guest holds already.
_HERE = "gettone"

_HASH = re.compile(r"\s+--hash=(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})(?=\s|$)")
_COMMENT = re.compile(r"(^|\s)#.*$")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requirement that may be installed: the name that was asked for, and the line for pip."""

    name: str
    line: str


def read_requirements(lines: Sequence[str], say: Say) -> tuple[Wanted, ...]:
    """Check requirements, and leave out what needs no index. Raises PlatformError `invalid`, which quotes the line."""
    if len(lines) > REQUIREMENTS_MAX:
        raise invalid(f"There are {len(lines)} requirements, {REQUIREMENTS_MAX} are allowed: leave some out")
    found = [_read(text) for line in lines if (text := _COMMENT.sub("", line).strip())]
    left = tuple(each for each in found if canonicalize_name(each.name) != _HERE)
    if len(left) < len(found):
        say(f"{_HERE} is in every Python function: it is not installed")
    return left


def _read(text: str) -> Wanted:
    shown = repr(text[:100])
    if len(text) > REQUIREMENT_CHARACTERS_MAX + 200 * text.count("--hash="):
        raise invalid(f"The requirement {shown} is too long")
    if not text.isprintable():
        raise invalid(f"The requirement {shown} holds a control character")
    if text.startswith("-"):
        raise invalid(f"The requirement {shown} is an option for pip: only packages are installed, by name")
    hashes = [found[1] for found in _HASH.finditer(text)]
    bare = _HASH.sub("", text).strip()
    try:
        requirement = Requirement(bare)
    except InvalidRequirement:
        raise invalid(f"The requirement {shown} is none: write a name and versions, such as requests>=2.31") from None
    if requirement.url is not None:
        raise invalid(f"The requirement {shown} is an address: only packages of an index are installed, by name")
    # Written anew, so that pip reads what was checked. `$` begins a variable for pip, and is in no requirement.
    line = " ".join([str(requirement), *(f"--hash={each}" for each in hashes)])
    if "$" in line:
        raise invalid(f"The requirement {shown} holds a $")
    return Wanted(requirement.name, line)
