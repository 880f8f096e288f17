"""Why a value cannot be sent, and where in it the reason lies. Must not know what would have been sent.

Called only when something is wrong: it takes its time to find the place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

# By name, since most of these modules are not loaded unless a handler loads them.
_ADVICE = {
    "datetime": "send .isoformat()",
    "date": "send .isoformat()",
    "time": "send .isoformat()",
    "timedelta": "send .total_seconds()",
    "Decimal": "send str() or float() of it",
    "Fraction": "send str() or float() of it",
    "UUID": "send str() of it",
    "set": "send list() of it",
    "frozenset": "send list() of it",
    "generator": "send list() of it",
    "dict_keys": "send list() of it",
    "dict_values": "send list() of it",
    "dict_items": "send dict() of it",
    "bytes": "send .decode() of it, or base64",
    "bytearray": "send .decode() of it, or base64",
    "coroutine": "put await before the call that made it",
    "function": "call it: a pair of parentheses is missing",
    "method": "call it: a pair of parentheses is missing",
    "builtin_function_or_method": "call it: a pair of parentheses is missing",
    "Response": "return the Response itself, not a value with it inside",
    "Context": "it holds the environment's secrets; send the members that you mean",
}
DEPTH_MAX = 200
PATH_SHOWN_MAX = 200


def explain(value: object, name: str, error: Exception | None = None) -> str:
    """Say in one sentence what cannot be sent. `name` is what the value is called at the top of the path."""
    found = _find(value, name, ())
    if found is None:
        return f"The {name} cannot be sent as JSON: {error}."
    path, what = found
    if path == name:
        return f"The {name} cannot be sent: it is {what}."
    if len(path) > PATH_SHOWN_MAX:
        path = f"{path[:PATH_SHOWN_MAX]}..."
    return f"The {name} cannot be sent as JSON: {path} is {what}."


def _find(value: object, path: str, above: tuple[int, ...]) -> tuple[str, str] | None:
    """The first place that JSON cannot hold, and what is there."""
    if value is None or isinstance(value, str | int):
        return None
    if isinstance(value, float):
        return None if math.isfinite(value) else (path, f"{value}, which JSON does not have")
    if not isinstance(value, dict | list | tuple):
        return path, _describe(value)
    if id(value) in above:
        return path, "a part of itself, which has no end"
    if len(above) >= DEPTH_MAX:
        return path, f"nested more than {DEPTH_MAX} deep"
    for place, member in _members(value, path):
        found = _find(member, place, (*above, id(value))) if place else (path, str(member))
        if found is not None:
            return found
    return None


def _members(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Each member with its path; a key that JSON cannot hold comes with no path and a description of it."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key is not None and not isinstance(key, str | int | float):
                yield "", f"a dict with a key that is a {type(key).__name__}: make it text"
            yield f"{path}[{key!r}]", member
    elif isinstance(value, list | tuple):
        for index, member in enumerate(value):
            yield f"{path}[{index}]", member


def _describe(value: object) -> str:
    kind = type(value)
    module = kind.__module__
    shown = kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"
    return f"a {shown}; {_advise(value)}"


def _advise(value: object) -> str:
    kind = type(value)
    if hasattr(kind, "to_jwt"):
        return "send .to_jwt() of it"
    if hasattr(kind, "__dataclass_fields__"):
        return "send dataclasses.asdict() of it"
    advice = _ADVICE.get(kind.__name__)
    if advice is not None:
        return advice
    if isinstance(value, Mapping):
        return "send dict() of it"
    return "send text, a number, a list or a dict instead"
