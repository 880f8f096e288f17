"""What a handler's result becomes: status, headers, body. Must not know the wire or who called.

Errors and exceptions are not results and never come here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from gettone.handlers.errors import ResultError
from gettone.handlers.response import Response
from gettone.handlers.unsendable import explain

Header = tuple[str, str]

TEXT: Final = (("Content-Type", "text/plain; charset=utf-8"),)
HTML: Final = (("Content-Type", "text/html; charset=utf-8"),)
JSON: Final = (("Content-Type", "application/json; charset=utf-8"),)
XML: Final = (("Content-Type", "text/xml; charset=utf-8"),)
OCTETS: Final = (("Content-Type", "application/octet-stream"),)

STATUS_MIN, STATUS_MAX = 200, 599
# Twilio's bounds for the headers of a request hold for those of an answer.
HEADER_BYTES_MAX = 15 * 1024
HEADERS_MAX = 90

# RFC 9110 5.6.2 and 5.5: a name is a token; a value has no control characters, and is Latin-1 on the wire.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

# Tuples, since a union would be built anew at every call.
_JSON_KINDS = (dict, list, tuple, int, float)
_BYTES_KINDS = (bytes, bytearray, memoryview)

# Handlers set the same few headers at every call: what was checked once is not checked again.
_CHECKED_MAX = 64
_checked: dict[tuple[object, ...], tuple[tuple[Header, ...], bool]] = {}


def _make_encoder() -> Callable[[object], str]:
    """The encoder that `JSONEncoder.encode` makes anew at every call, made once; or else that method itself."""
    encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    try:
        encode = make(None, encoder.default, json.encoder.encode_basestring, None, ":", ",", False, False, False)
        if "".join(encode({"a": ["é", 1.5, None]}, 0)) == encoder.encode({"a": ["é", 1.5, None]}):
            return lambda value: "".join(encode(value, 0))
    except TypeError:  # no public interface: another Python may have none, or another one
        pass
    return encoder.encode


_encode_json: Final = _make_encoder()


class Answer(NamedTuple):
    """What is sent back. Header names keep their case and order.

    A tuple, since one is made for every invocation: a frozen dataclass takes twice as long to make.
    """

    status: int
    headers: tuple[Header, ...]
    body: bytes


NOTHING: Final = Answer(200, (), b"")


def answer(result: object) -> Answer:
    """Make a handler's result an answer. Raises ResultError."""
    kind = type(result)
    if kind is str:
        return Answer(200, TEXT, _text(result))  # type: ignore[arg-type]  # `kind` says that it is text
    if result is None:
        return NOTHING
    if isinstance(result, Response):
        return _response(result)
    headers, body = _content(result, "result")
    return Answer(200, TEXT if headers is HTML else headers, body)


def _response(response: Response) -> Answer:
    status = _status(response.status_code)
    content_type, body = _content(response.body, "body")
    headers, has_type = _headers(response.headers) if response.headers else ((), False)
    return Answer(status, headers if has_type else content_type + headers, body)


def _content(value: object, name: str) -> tuple[tuple[Header, ...], bytes]:
    """The body, and the content type of a Response that sets none."""
    if isinstance(value, str):
        return HTML, _text(value)
    if isinstance(value, _JSON_KINDS):
        return JSON, _json(value, name)
    if value is None:
        return (), b""
    if isinstance(value, _BYTES_KINDS):
        return OCTETS, bytes(value)
    # TwiML: the official library's objects, and any that offer the same.
    to_xml = getattr(value, "to_xml", None)
    if callable(to_xml):
        xml = to_xml()
        return XML, xml if isinstance(xml, bytes) else _text(str(xml))
    raise ResultError(explain(value, name))


def _text(text: str) -> bytes:
    # A lone surrogate has no UTF-8: a question mark is sent in its place.
    return text.encode("utf-8", "replace")


def _json(value: object, name: str) -> bytes:
    try:
        text = _encode_json(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise ResultError(explain(value, name, error)) from None
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def _status(status: object) -> int:
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status[:4])
    if not isinstance(status, int) or isinstance(status, bool) or not STATUS_MIN <= status <= STATUS_MAX:
        shown = status if isinstance(status, int | str) else type(status).__name__
        raise ResultError(f"The status {shown!r} cannot be sent: give a number from {STATUS_MIN} to {STATUS_MAX}.")
    return int(status)


def _headers(given: object) -> tuple[tuple[Header, ...], bool]:
    """Every header as it is sent, and whether one is the content type."""
    if not isinstance(given, dict):
        raise ResultError(f"A response's headers are a dict, not a {type(given).__name__}.")
    key = tuple(given.items())
    try:
        found = _checked.get(key)
    except TypeError:  # a list of values
        return _check(given)
    if found is None:
        found = _check(given)
        if len(_checked) >= _CHECKED_MAX:
            _checked.clear()
        _checked[key] = found
    return found


def _check(given: dict[object, object]) -> tuple[tuple[Header, ...], bool]:
    """Of two names that differ in case alone, the later counts."""
    headers: dict[str, list[Header]] = {}
    for name, value in given.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ResultError(f"{name!r} cannot be the name of a header: use letters, digits and hyphens.")
        headers[name.lower()] = [(name, one) for one in _values(name, value)]
    pairs = tuple([pair for same in headers.values() for pair in same])
    size = sum([len(name) + len(value) for name, value in pairs])
    if size > HEADER_BYTES_MAX or len(pairs) > HEADERS_MAX:
        raise ResultError(
            f"The response has {len(pairs)} headers of {size} bytes together: "
            f"at most {HEADERS_MAX} headers and {HEADER_BYTES_MAX} bytes can be sent."
        )
    return pairs, "content-type" in headers


def _values(name: str, value: object) -> Iterable[str]:
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in _values(name, one)]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ResultError(f"The header {name} cannot be a {type(value).__name__}: give text or a list of texts.")
    if not _VALUE.fullmatch(value):
        # The value itself is not shown: it may be a token.
        raise ResultError(
            f"The header {name} holds a character that HTTP cannot carry, such as a line end: "
            "remove it, or encode the value (urllib.parse.quote)."
        )
    return [value]
