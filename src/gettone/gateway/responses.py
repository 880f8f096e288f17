"""What a caller is told: an outcome, or the platform's own word, as status, headers and body. Sends nothing.

A function's answer goes out as the function made it, but for cookies and caching, where the cloud has rules of its own.
The platform's own answers are JSON and may be read by any page.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime

import msgspec

from gettone.gateway.cookies import is_console
from gettone.wire.messages import Completed, Failed, Problem
from gettone.workers.outcome import Outcome, OutOfMemory, Refused, TimedOut

Headers = list[tuple[bytes, bytes]]

HEADER_BYTES_MAX = 15 * 1024  # as the cloud bounds both directions
HEADERS_MAX = 90
COOKIE_AGE_SECONDS_MAX = 86_400  # the cloud's rule for cookies
CONNECTION_HEADERS = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "upgrade", "trailer"}
)

_CORS: Headers = [(b"access-control-allow-origin", b"*")]
_JSON: Headers = [(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store")]
# What the cloud answers to every preflight, without its allow-credentials: browsers refuse that beside `*`.
PREFLIGHT: Headers = [
    *_CORS,
    (
        b"access-control-allow-headers",
        (
            b"Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since,"
            b" User-Agent"
        ),
    ),
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-expose-headers", b"ETag"),
    (b"access-control-max-age", b"86400"),
    (b"content-type", b"text/plain; charset=UTF-8"),
]


class Answer(msgspec.Struct, frozen=True):
    """A response that is ready to be sent."""

    status: int
    headers: Headers
    body: bytes


def complete(answer: Answer, request: str) -> tuple[Headers, bytes]:
    """The headers and the body as they are sent."""
    headers = [*answer.headers, (b"x-request-id", request.encode())]
    if answer.status in (204, 304):
        # These have no body (RFC 9110 section 6.4.1): it would be read as the next answer.
        return headers, b""
    headers.append((b"content-length", b"%d" % len(answer.body)))
    return headers, answer.body


def platform_answer(status: int, message: str, name: str, request: str, **more: object) -> Answer:
    """The platform's own word, in the one shape that all its errors have."""
    body = {"message": message, "name": name, "code": None, "request": request, **more}
    return Answer(status, [*_JSON, *_CORS], json.dumps(body).encode())


def preflight_answer() -> Answer:
    """What a browser is told before it asks another origin."""
    return Answer(204, PREFLIGHT, b"")


def answer_outcome(outcome: Outcome, request: str, detailed: bool) -> Answer:
    """What the caller of a function is told. `detailed` puts stack and place of an error into the body."""
    if isinstance(outcome, Completed):
        return _completed(outcome, request)
    if isinstance(outcome, Failed):
        return _failed(outcome, request, detailed)
    if isinstance(outcome, TimedOut):
        message = f"The function did not answer within {outcome.seconds:g} seconds."
        return platform_answer(504, message, "TimeoutError", request)
    if isinstance(outcome, Refused):
        answer = platform_answer(429, f"Try again: {outcome.reason}.", "TooManyRequests", request)
        answer.headers.append((b"retry-after", str(outcome.retry_after_seconds).encode()))
        return answer
    name = "OutOfMemory" if isinstance(outcome, OutOfMemory) else "Crashed"
    message = (
        f"The function did not answer: {outcome.reason}." if detailed else "The function ended before it answered."
    )
    return platform_answer(502, message, name, request)


def _completed(outcome: Completed, request: str) -> Answer:
    headers: Headers = []
    cached = False
    size = 0
    try:
        for name, value in outcome.headers:
            key = name.lower()
            if key in CONNECTION_HEADERS:
                continue
            cached = cached or key == "cache-control"
            if key == "set-cookie" and is_console(value):
                continue
            sent = restrict_cookie(value) if key == "set-cookie" else value
            pair = (key.encode("latin-1"), sent.encode("latin-1"))
            size += len(pair[0]) + len(pair[1])
            headers.append(pair)
    except UnicodeEncodeError:
        return platform_answer(
            502, "A response header holds a character that HTTP cannot carry.", "BadResponse", request
        )
    except CookieAgeError as error:
        return platform_answer(400, str(error), "BadResponse", request)
    if size > HEADER_BYTES_MAX or len(headers) > HEADERS_MAX:
        return platform_answer(502, "Response headers or cookies too long", "BadResponse", request)
    if not cached:
        headers.append((b"cache-control", b"no-store"))
    return Answer(outcome.status, headers, outcome.body)


def _failed(outcome: Failed, request: str, detailed: bool) -> Answer:
    body: dict[str, object] = {
        "message": outcome.message,
        "name": outcome.name,
        "code": outcome.code,
        "request": request,
    }
    if detailed:
        if outcome.problem is not None:
            body |= describe_problem(outcome.problem)
        if outcome.stack is not None:
            body["stack"] = outcome.stack
    return Answer(500, [*_JSON, *_CORS], json.dumps(body).encode())


def describe_problem(problem: Problem) -> dict[str, object]:
    """Where it happened, as members of an error's body."""
    place = {"file": problem.file, "line": problem.line, "column": problem.column, "text": problem.text}
    return {name: value for name, value in {**place, "hint": problem.hint}.items() if value is not None}


class CookieAgeError(ValueError):
    """A cookie asks for more than a day."""

    def __init__(self) -> None:
        super().__init__("Cookies max-age cannot be greater than a day")


def restrict_cookie(cookie: str) -> str:
    """A cookie as the cloud lets it out: HttpOnly, Secure, no Domain, at most a day. Raises CookieAgeError."""
    pair, *attributes = cookie.split(";")
    kept = list(_allowed(attributes))
    return ";".join([pair.strip(), *kept, "HttpOnly", "Secure"])


def _allowed(attributes: Iterable[str]) -> Iterable[str]:
    for attribute in attributes:
        name, _, value = attribute.partition("=")
        key = name.strip().lower()
        if key in ("domain", "httponly", "secure", ""):
            continue
        if key == "max-age" and _is_over_a_day(value.strip()):
            raise CookieAgeError
        if key == "expires" and _expires_after_a_day(value.strip()):
            raise CookieAgeError
        yield attribute.strip()


def _is_over_a_day(value: str) -> bool:
    return value.isdigit() and (len(value) > 9 or int(value) > COOKIE_AGE_SECONDS_MAX)


def _expires_after_a_day(value: str) -> bool:
    try:
        return parsedate_to_datetime(value).timestamp() - time.time() > COOKIE_AGE_SECONDS_MAX
    except (ValueError, TypeError, OverflowError):
        return False
