"""Variables as a `.env` has them, so that reading it gives the same values again. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,-]+")


def written_env(values: Mapping[str, str]) -> str:
    """A line each, by name; a value in quotes where it needs them."""
    return "".join(f"{key}={_quoted(values[key])}\n" for key in sorted(values))


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    if "'" not in value and "\\" not in value:
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for character, name in (("\n", "n"), ("\r", "r"), ("\t", "t"), ("\b", "b"), ("\f", "f"), ("\v", "v"), ("\a", "a")):
        escaped = escaped.replace(character, f"\\{name}")
    return f'"{escaped}"'
