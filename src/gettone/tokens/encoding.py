"""How bytes and JSON are written into a token and read back, strictly. Must not know what the members mean.

Reading is for hostile input: a value has one encoding, so that nobody can change a character of a token and have it
still pass.
"""

from __future__ import annotations

import json
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from math import isfinite
from typing import NoReturn

from gettone.tokens.bounds import MAX_DEPTH
from gettone.tokens.errors import JsonValue, kind

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

#: Text as a JSON string, ASCII only. This is the function json.dumps itself uses.
quote = encode_basestring_ascii


class EncodingError(ValueError):
    """The value or the bytes cannot be encoded or decoded; the message says why, without repeating them."""


def encode_base64url(data: bytes) -> bytes:
    """Encode as in RFC 7515: the URL alphabet, no padding."""
    # replace() leaves at once when the character is absent, as it mostly is for ASCII JSON; translate() never does.
    return b2a_base64(data).replace(b"+", b"-").replace(b"/", b"_").rstrip(b"=\n")


def decode_base64url(text: str) -> bytes:
    """Decode the one canonical encoding; EncodingError for every other spelling of the same bytes."""
    if _BASE64URL.fullmatch(text) is None or len(text) % 4 == 1:
        raise EncodingError("it is not base64url without padding")
    data = a2b_base64(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))
    # The last character may carry bits that belong to no byte: two spellings of one value.
    if encode_base64url(data) != text.encode("ascii"):
        raise EncodingError("its last character is not canonical base64url")
    return data


def plain(value: object, depth: int = 0) -> JsonValue:
    """Copy a value into what JSON can say: text, finite numbers, booleans, null, lists, objects with text as names."""
    if depth > MAX_DEPTH:
        raise EncodingError(f"more than {MAX_DEPTH} levels, or a value that holds itself")
    match value:
        case None | bool() | str():
            return value
        case int():
            return value
        case float():
            if not isfinite(value):
                raise EncodingError(kind(value))
            return value
        case list() | tuple():
            return [plain(item, depth + 1) for item in value]
        case Mapping():
            members: dict[str, JsonValue] = {}
            for name, member in value.items():
                # json.dumps would write 1 and "1" as the same name, and readers disagree about which of the two counts.
                if not isinstance(name, str):
                    raise EncodingError(f"an object whose names are not text but {kind(name)}")
                members[name] = plain(member, depth + 1)
            return members
        case _:
            raise EncodingError(kind(value))


def write_json(value: object) -> str:
    """Write a value as compact ASCII JSON; EncodingError for what JSON cannot say."""
    try:
        return _encode(plain(value))
    except EncodingError:
        raise
    except ValueError as error:  # An integer of more digits than the interpreter converts.
        raise EncodingError("a number of too many digits") from error


def holds_lone_surrogate(text: str) -> bool:
    """Tell whether JSON text names half of a surrogate pair, which is no character and which strict readers refuse."""
    # Nearly every text ends here: only characters beyond the basic plane are written as surrogates.
    if "\\ud" not in text and "\\uD" not in text:
        return False
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def read_json_object(data: bytes) -> dict[str, JsonValue]:
    """Read UTF-8 bytes that are exactly one JSON object, no name twice; EncodingError for anything else."""
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_read_members,
            parse_float=_read_fraction,
            parse_constant=_refuse_constant,
        )
        if not isinstance(value, dict):
            raise EncodingError("it is not a JSON object")
        if text.count("{") + text.count("[") > MAX_DEPTH:
            plain(value)
        if holds_lone_surrogate(text):
            raise EncodingError("a text in it is not valid Unicode")
    except EncodingError:
        raise
    except UnicodeDecodeError as error:
        raise EncodingError("it is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise EncodingError("it is not JSON") from error
    return value


def _read_members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    # RFC 8725 section 2.6 and 7519 section 4: two readers could believe two different members.
    if len(members) != len(pairs):
        raise EncodingError("it has the same name twice")
    return members


def _read_fraction(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise EncodingError("a number in it is out of range")
    return number


def _refuse_constant(text: str) -> NoReturn:
    raise EncodingError(f"{text} is not JSON")
