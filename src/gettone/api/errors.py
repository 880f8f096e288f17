"""What a caller is told when it does not work: the one map from errors to statuses, codes and bodies.

Twilio's paths have Twilio's body, all others have RFC 9457's. Official Python clients take a body with all of `type`,
`title`, `status` and `code` for RFC 9457's, so Twilio's never has these four. Must not know who raises what.
"""

from __future__ import annotations

import http
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from gettone.api.products import is_classic
from gettone.model.errors import Code, PlatformError

PROBLEM = "application/problem+json"
INTERNAL = "something went wrong here; it stands in the log under {id}"
PATH_CHARACTERS = 300  # of a path that is repeated to whoever asked for it

STATUSES: Mapping[Code, int] = MappingProxyType(
    {
        "invalid": 400,
        "denied": 403,
        "not_found": 404,
        "conflict": 409,
        "too_large": 413,
        "unavailable": 503,
        "internal": 500,
    }
)
# Twilio's own where one is known (https://www.twilio.com/docs/api/errors); its way of counting for the rest.
TWILIO_CODES: Mapping[int, int] = MappingProxyType(
    {400: 20001, 401: 20003, 403: 70051, 404: 20404, 405: 20004, 409: 20409, 413: 20001, 503: 20503}
)
_CODES: Mapping[int, Code] = MappingProxyType(
    {
        400: "invalid",
        401: "denied",
        403: "denied",
        404: "not_found",
        409: "conflict",
        413: "too_large",
        503: "unavailable",
    }
)


class TwilioError(BaseModel):
    """Twilio's error body."""

    model_config = ConfigDict(extra="forbid")

    code: int = Field(description="Twilio's error code")
    message: str
    more_info: str
    status: int = Field(description="The HTTP status")


class Problem(BaseModel):
    """RFC 9457's error body."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int = Field(description="The HTTP status")
    detail: str
    code: str = Field(description="invalid, denied, not_found, conflict, too_large, unavailable or internal")
    request: str = Field(description="The request's id, as in the log")


@dataclass(frozen=True, slots=True)
class Fault:
    """What a caller is told, before it has a shape."""

    status: int
    message: str
    twilio_code: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(status: int, message: str, **headers: str) -> Fault:
    """A fault with the code that its status has at Twilio. Underscores in names of headers stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status, message, TWILIO_CODES.get(status, 20000 + status), named)


def fault_of(error: Exception, path: str, request_sid: str) -> Fault:
    """The fault that an error is to a caller. What nobody foresaw is an id, and no more."""
    match error:
        case PlatformError(code="internal"):
            return refusal(500, INTERNAL.format(id=request_sid))
        case PlatformError(code="unavailable"):
            return refusal(503, error.message, retry_after="1")
        case PlatformError():
            status = STATUSES[error.code]
            said = error.evidence.get("twilio_code")
            return Fault(status, error.message, said if isinstance(said, int) else TWILIO_CODES[status])
        case RequestValidationError():
            return refusal(400, describe(error.errors()))
        case HTTPException(status_code=404):
            return not_found(path)
        case HTTPException():
            return refusal(error.status_code, str(error.detail))
    return refusal(500, INTERNAL.format(id=request_sid))


def not_found(path: str) -> Fault:
    """What is said of a path that leads nowhere."""
    return refusal(404, f"The requested resource {path[:PATH_CHARACTERS]} was not found")


def describe(errors: Sequence[Mapping[str, object]]) -> str:
    """A sentence about the first thing that is wrong with parameters. Never a value: it may be a secret."""
    first = errors[0] if errors else {}
    place = first.get("loc")
    parts = [str(part) for part in place] if isinstance(place, tuple) else []
    name = ".".join(parts[1:] if parts[:1] in (["query"], ["path"], ["body"], ["header"]) else parts)
    if first.get("type") == "missing":
        return f"Missing required parameter {name}"
    # Pydantic's word before ours.
    said = str(first.get("msg", "is not valid")).removeprefix("Value error, ")
    return f"{name or 'The body'}: {said}"


def answer(fault: Fault, path: str, request_sid: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The fault as a response, in the shape of the path that was asked for."""
    sent = {**fault.headers, **(headers or {})}
    if is_classic(path):
        body: dict[str, object] = {
            "code": fault.twilio_code,
            "message": fault.message,
            "more_info": f"https://www.twilio.com/docs/errors/{fault.twilio_code}",
            "status": fault.status,
        }
        return JSONResponse(body, fault.status, sent)
    title = http.HTTPStatus(fault.status).phrase
    problem = {
        "type": "about:blank",
        "title": title,
        "status": fault.status,
        "detail": fault.message,
        "code": _CODES.get(fault.status, "internal" if fault.status >= 500 else "invalid"),
        "request": request_sid,
    }
    return JSONResponse(problem, fault.status, sent, media_type=PROBLEM)
