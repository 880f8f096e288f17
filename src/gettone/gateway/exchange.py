"""An HTTP request as a handler sees it: parameters, headers, cookies, as one JSON text. Must not know workers.

The rules are the cloud's (https://www.twilio.com/docs/serverless/functions-assets/functions/invocation): the body wins
over the query, names as they come, some headers are kept back.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

import msgspec
import qs_codec

from gettone.gateway.cookies import without_console

PARAMETERS_MAX = 1000  # as `qs` and body-parser have it
NESTED_PARAMETERS_MAX = 100  # with brackets: reading these takes time that grows with the square of their number
ITEMS_MAX = 10_000  # of a list as a body
# Kept back as in the cloud: "Accessing headers and cookies", Twilio's documentation.
WITHHELD = frozenset(
    b"connection proxy-connection expect host proxy-authorization proxy-authenticate referer trailer transfer-encoding"
    b" upgrade via x-real-ip".split()
)
HEADER_NAMES_KEPT = 256  # requests have the same few again and again
JSON_SPACE = b" \t\r\n"
WITHHELD_PREFIXES = (b"x-accel-", b"x-forwarded-")

_to_json = msgspec.json.Encoder().encode
_read_json = msgspec.json.Decoder().decode

Parameters = dict[str, object]
Headers = Iterable[tuple[bytes, bytes]]


class BadRequest(Exception):
    """A request that no handler can be given. The text is for its sender."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def encode_event(query: bytes, headers: Headers, body: bytes) -> bytes:
    """The event of a request, as JSON. Raises BadRequest."""
    seen: Parameters = {}
    content_type = content_encoding = b""
    cookie = b""
    for name, came in headers:
        value = came
        if name == b"cookie":
            value = without_console(came)
            if not value:
                continue
            cookie = cookie + b"; " + value if cookie else value
        elif name == b"content-type":
            content_type = value
        elif name == b"content-encoding":
            content_encoding = value
        key = _key_of(name)
        if key is None:
            continue
        text = value.decode("latin-1")
        if key in seen:
            _repeat(seen, key, text)
        else:
            seen[key] = text
    request = {"headers": seen, "cookies": parse_cookies(cookie) if cookie else {}}
    event: Parameters = {"request": request}
    if query:
        event |= parse_query(query)
    if not body:
        return _to_json(event)
    if content_encoding and content_encoding.strip().lower() not in (b"", b"identity"):
        raise BadRequest(415, "A compressed body is not read. Send it without Content-Encoding.")
    kind = content_type.partition(b";")[0].strip().lower()
    if kind == b"application/json":
        members = _json_members(body)
        return b"%b,%b}" % (_to_json(event)[:-1], members) if members else _to_json(event)
    if kind == b"application/x-www-form-urlencoded":
        event |= parse_form(body)
    return _to_json(event)


@lru_cache(maxsize=HEADER_NAMES_KEPT)
def _key_of(name: bytes) -> str | None:
    """What handlers know a header by. None: it is kept back."""
    return None if name in WITHHELD or name.startswith(WITHHELD_PREFIXES) else name.decode("latin-1")


def parse_query(query: bytes) -> Parameters:
    """The parameters of a query string: repeated names are lists, brackets nest as in `qs`. Leaves are texts."""
    text = query.decode("latin-1")
    if "[" in text or "%5B" in text or "%5b" in text:
        if text.count("[") + text.count("%5B") + text.count("%5b") > NESTED_PARAMETERS_MAX:
            raise BadRequest(400, f"More than {NESTED_PARAMETERS_MAX} parameters with brackets were sent.")
        try:
            return dict(qs_codec.decode(text, qs_codec.DecodeOptions(parameter_limit=PARAMETERS_MAX)))
        except (ValueError, IndexError, RecursionError) as error:
            raise BadRequest(400, f"The query cannot be read: {error}.") from error
    return _gather(text)


def parse_form(body: bytes) -> Parameters:
    """The parameters of a form: repeated names are lists, brackets stay part of the name. Values are texts."""
    return _gather(body.decode("latin-1"))


def form_pairs(body: bytes) -> list[tuple[str, str]]:
    """The names and values of a form in their order, as a signature needs them. Raises BadRequest."""
    return _pairs(body.decode("latin-1"))


def parse_cookies(header: bytes) -> dict[str, str]:
    """The cookies of a request: names keep their case, the first of a name wins, values are percent-decoded."""
    cookies: dict[str, str] = {}
    for part in header.decode("latin-1").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if equals and name and name not in cookies:
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] == '"':
                value = value[1:-1]
            cookies[name] = unquote(value)
    return cookies


def _gather(text: str) -> Parameters:
    gathered: Parameters = {}
    for name, value in _pairs(text):
        if name in gathered:
            _repeat(gathered, name, value)
        else:
            gathered[name] = value
    return gathered


def _repeat(gathered: Parameters, name: str, value: str) -> None:
    """A name that comes again: its values make a list, in their order."""
    earlier = gathered[name]
    if isinstance(earlier, list):
        earlier.append(value)
    else:
        gathered[name] = [earlier, value]


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=PARAMETERS_MAX)
    except ValueError as error:
        raise BadRequest(400, f"More than {PARAMETERS_MAX} parameters were sent.") from error


def _json_members(body: bytes) -> bytes:
    """The members of a JSON body's object, as JSON without its braces. A list's members are named 0, 1, 2.

    The text is passed on as it came, not written anew: numbers keep every digit.
    """
    text = body.removeprefix(codecs.BOM_UTF8).strip(JSON_SPACE)
    if not text:
        return b""
    try:
        value = _read_json(text)
    except (ValueError, RecursionError):
        value = _read_json_leniently(text)
    if isinstance(value, dict):
        return text[1:-1].strip(JSON_SPACE)
    if isinstance(value, list):
        if len(value) > ITEMS_MAX:
            raise BadRequest(400, f"The body is a JSON list of more than {ITEMS_MAX} items.")
        return json.dumps({str(place): item for place, item in enumerate(value)})[1:-1].encode()
    raise BadRequest(400, "The body is JSON, but neither an object nor a list.")


def _read_json_leniently(text: bytes) -> object:
    """What the fast reader refuses and JavaScript does not (a lone surrogate). Raises BadRequest that says where."""
    try:
        return json.loads(text.decode(), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise BadRequest(400, f"The body is not valid JSON: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise BadRequest(400, "The body is not valid JSON, or nested too deep.") from error


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON value")
