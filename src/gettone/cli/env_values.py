"""Variables as they are typed: names with values, and names whose value is a secret, asked for or read from stdin."""

from __future__ import annotations

from collections.abc import Sequence

from gettone.cli.asking import ask_secret, can_ask, read_secret
from gettone.model.errors import PlatformError


def read_values(pairs: Sequence[str], key: str | None, value: str | None) -> dict[str, str]:
    """What was typed, and what was asked for. Raises PlatformError `invalid`."""
    values: dict[str, str] = {}
    unsaid: list[str] = []
    for pair in pairs:
        name, equals, said = pair.partition("=")
        if not name:
            raise PlatformError("invalid", "a variable has a name: write NAME=value")
        if equals:
            values[name] = said
        else:
            unsaid.append(name)
    if key is not None:
        if value is None:
            unsaid.append(key)
        else:
            values[key] = value
    elif value is not None:
        raise PlatformError("invalid", "--value is given without a name: give --key, too")
    if not can_ask() and len(unsaid) > 1:
        raise PlatformError("invalid", f"stdin has one value, and {', '.join(unsaid)} have none: set one at a time")
    for name in unsaid:
        values[name] = ask_secret(f"Value of {name}") if can_ask() else read_secret()
    if not values:
        raise PlatformError("invalid", "which variable? Write gettone env set NAME=value, or NAME alone for a secret")
    return values
