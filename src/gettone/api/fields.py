"""What fields of bodies and queries are made of: text that every database takes, booleans as clients write them.

Must not know which parameter means what.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field


def _storable(text: str) -> str:
    """The text, unless it holds what UTF-8 or PostgreSQL cannot."""
    if "\0" in text:
        raise ValueError("holds the character U+0000: leave it out")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair: send the whole character") from None
    return text


def _read_flag(value: object) -> object:
    """`true` and `false` as every client writes them; Python's own `True`, too, which reaches the wire as it is."""
    if isinstance(value, str):
        known = {"true": True, "false": False}.get(value.lower())
        if known is None:
            raise ValueError("must be true or false")
        return known
    return value


Text = Annotated[str, AfterValidator(_storable)]
"""Any text that can be kept."""

Flag = Annotated[bool, BeforeValidator(_read_flag, json_schema_input_type=bool)]
"""`true` or `false` in a form."""


def sid_of(prefix: str) -> object:
    """The form of a SID, for the shapes that hold one."""
    return Field(pattern=f"^{prefix}[0-9a-f]{{32}}$")
