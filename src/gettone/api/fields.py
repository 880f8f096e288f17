"""What fields of bodies and queries are made of: text that every database takes, booleans as clients write them.

Must not know which parameter means what.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue
from pydantic.fields import FieldInfo


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


def _read_whole(value: object) -> object:
    """The number, as JSON sees it: there 3.0 is as whole as 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# What control takes for one line of text, in the words of JSON Schema.
_PRINTABLE = r"[^\u0000-\u001f\u007f-\u009f]"
_VISIBLE = r"[^\u0000-\u001f\u007f-\u009f\s]"
_PORT = r":(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
_NAME = r"[!-\"$-.0-9;->A-Z\\^-~]+"
_IPV6 = r"\[([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\]|\[::1\]"
_URL = rf"^([Hh][Tt][Tt][Pp][Ss]?://([!-\"$-.0-:;->A-Z\\^-~]*@)?({_IPV6}|{_NAME})({_PORT})?([/?#][!-~]*)?)?$"

Text = Annotated[str, AfterValidator(_storable), Field(json_schema_extra={"pattern": r"^[^\u0000]*$"})]
"""Any text that can be kept."""


def line(most: int, least: int = 0) -> FieldInfo:
    """What OpenAPI says of one line of so many characters; one that may not be empty may not be blank either."""
    pattern = f"^{_PRINTABLE}*{_VISIBLE}{_PRINTABLE}*$" if least else f"^{_PRINTABLE}*$"
    return said(pattern=pattern, minLength=least, maxLength=most)


def address() -> FieldInfo:
    """What OpenAPI says of the address of a web page, or none."""
    return said(pattern=_URL, maxLength=1024)


def said(**schema: JsonValue) -> FieldInfo:
    """What OpenAPI says of a field whose rule is control's: it describes, and checks nothing."""
    made: FieldInfo = Field(json_schema_extra=schema)
    return made


Flag = Annotated[bool, BeforeValidator(_read_flag, json_schema_input_type=bool)]
"""`true` or `false` in a form."""


Whole = Annotated[int, BeforeValidator(_read_whole, json_schema_input_type=int)]
"""A whole number in a JSON body."""


def sid_of(prefix: str) -> object:
    """The form of a SID, for the shapes that hold one."""
    return Field(pattern=f"^{prefix}[0-9a-f]{{32}}$")
