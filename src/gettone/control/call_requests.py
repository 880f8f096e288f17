"""A call as it is sent: target, headers and body, signed as Twilio signs. Pure; must not know who sends it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from urllib.parse import quote, urlencode

from gettone.model.errors import PlatformError
from gettone.policy.signature import sign, with_body_hash

BODY_BYTES_MAX = 1 << 20

_PATH_SAFE = "/-._~!$&'()*+,;=:@%"


class Encoding(StrEnum):
    """How parameters are sent."""

    QUERY = "query"
    FORM = "form"
    JSON = "json"
    TEXT = "text"


_CONTENT_TYPES = {
    Encoding.FORM: "application/x-www-form-urlencoded",
    Encoding.JSON: "application/json",
    Encoding.TEXT: "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A call to be made. `body` is sent in the place of parameters, as JSON or as text. A GET sends its query alone."""

    path: str
    method: Literal["GET", "POST"] = "POST"
    encoding: Encoding = Encoding.FORM
    parameters: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: str | None = field(default=None, repr=False)
    signed: bool = False


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A call as it goes out: the target is what stands in the request's first line."""

    method: str
    target: str
    headers: dict[str, str] = field(repr=False)
    content: bytes = field(repr=False)


def prepare(call: Call, origin: str, token: str | None) -> CallRequest:
    """A call as it is sent to an origin, signed where there is a token. Pure. Raises PlatformError `invalid`."""
    target = _target(call)
    content = b"" if call.method == "GET" else _content(call)
    headers = {"accept-encoding": "identity", "user-agent": "Gettone console"}
    if call.method == "POST" and call.encoding is not Encoding.QUERY:
        headers["content-type"] = _CONTENT_TYPES[call.encoding]
    if len(content) > BODY_BYTES_MAX:
        raise PlatformError("too_large", "a body may have 1 MB: send less", parameter="Body")
    if token is not None:
        is_form = call.method == "POST" and call.encoding is Encoding.FORM
        if content and not is_form:
            target = with_body_hash(target, content)
        headers["x-twilio-signature"] = sign(token, origin + target, call.parameters if is_form else ())
    return CallRequest(call.method, target, headers, content)


def _target(call: Call) -> str:
    path = call.path if call.path.startswith("/") else f"/{call.path}"
    if any(character in path for character in "?#") or not path.isprintable():
        raise PlatformError(
            "invalid", "a path has no ? and no #: write parameters into their own fields", parameter="Path"
        )
    target = quote(path, safe=_PATH_SAFE)
    in_query = call.method == "GET" or call.encoding is Encoding.QUERY
    return f"{target}?{urlencode(call.parameters)}" if in_query and call.parameters else target


def _content(call: Call) -> bytes:
    match call.encoding:
        case Encoding.QUERY:
            return b""
        case Encoding.FORM:
            return urlencode(call.parameters).encode()
        case Encoding.TEXT:
            return (call.body or "").encode("utf-8", "replace")
        case Encoding.JSON if call.body is None:
            return json.dumps(_members(call.parameters), ensure_ascii=False).encode("utf-8", "replace")
        case Encoding.JSON:
            return _checked_json(call.body or "")


def _members(parameters: tuple[tuple[str, str], ...]) -> dict[str, str | list[str]]:
    """Parameters as a JSON object: what is named more than once becomes a list."""
    by_name: dict[str, list[str]] = {}
    for name, value in parameters:
        by_name.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in by_name.items()}


def _checked_json(text: str) -> bytes:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise PlatformError(
            "invalid",
            f"this is no JSON: {error.msg} (line {error.lineno}, column {error.colno})",
            parameter="Body",
            line=error.lineno,
            column=error.colno,
        ) from None
    except RecursionError:
        raise PlatformError("invalid", "this JSON is nested too deeply: send less", parameter="Body") from None
    return text.encode("utf-8", "replace")
