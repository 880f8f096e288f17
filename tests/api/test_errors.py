"""Errors in the shape of the path, with a code for programs, and without secrets."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from gettone.api.errors import Problem, TwilioError, answer, describe, fault_of, refusal
from gettone.model.errors import Code, PlatformError

ID = "RQ" + "0" * 32
TWILIO, OWN = "/v1/Services", "/api/v1/users"
STATUSES = {
    "invalid": (400, 20001),
    "denied": (403, 70051),
    "not_found": (404, 20404),
    "conflict": (409, 20409),
    "too_large": (413, 20001),
    "unavailable": (503, 20503),
    "internal": (500, 20500),
}
SECRET = "hunter2"


class Sample(BaseModel):
    """Something to get wrong."""

    count: int


def body_of(error: Exception, path: str) -> dict[str, object]:
    """What a caller reads."""
    body: dict[str, object] = json.loads(bytes(answer(fault_of(error, path, ID), path, ID).body))
    return body


@pytest.mark.parametrize("code", get_args(Code))
def test_every_code_has_its_status(code: Code) -> None:
    """Twilio's number where Twilio has one."""
    fault = fault_of(PlatformError(code, "why"), TWILIO, ID)

    assert (fault.status, fault.twilio_code) == STATUSES[code]


def test_error_may_bring_twilios_code() -> None:
    """Where Twilio's own is known it is said where the rule is."""
    assert fault_of(PlatformError("conflict", "why", twilio_code=20009), TWILIO, ID).twilio_code == 20009


def test_twilios_path_has_twilios_body() -> None:
    """Four keys, and never the four that make a client take it for another kind of error."""
    body = body_of(PlatformError("conflict", "It is there already"), TWILIO)

    assert body == {
        "code": 20409,
        "message": "It is there already",
        "more_info": "https://www.twilio.com/docs/errors/20409",
        "status": 409,
    }
    assert not {"type", "title", "status", "code"} <= body.keys()
    TwilioError.model_validate(body)


def test_own_path_has_a_problem() -> None:
    """RFC 9457, with the code from which a client makes the error again."""
    told = answer(fault_of(PlatformError("too_large", "Too much"), OWN, ID), OWN, ID)
    body = json.loads(bytes(told.body))

    assert told.headers["content-type"] == "application/problem+json"
    assert body == {
        "type": "about:blank",
        "title": HTTPStatus(413).phrase,
        "status": 413,
        "detail": "Too much",
        "code": "too_large",
        "request": ID,
    }
    Problem.model_validate(body)


@pytest.mark.parametrize("error", [RuntimeError(SECRET), PlatformError("internal", SECRET)])
@pytest.mark.parametrize("path", [TWILIO, OWN])
def test_inner_trouble_is_an_id(error: Exception, path: str) -> None:
    """What went wrong inside stands in the log."""
    text = json.dumps(body_of(error, path))

    assert SECRET not in text
    assert ID in text


def test_foreign_refusal_keeps_its_status() -> None:
    """What the framework refuses has the same shape."""
    assert body_of(HTTPException(400, "There was an error"), TWILIO)["message"] == "There was an error"
    assert body_of(HTTPException(404), TWILIO)["message"] == "The requested resource /v1/Services was not found"


def test_what_is_wrong_is_named_without_its_value() -> None:
    """People paste secrets into the wrong field."""
    with pytest.raises(ValidationError) as wrong:
        Sample.model_validate({"count": SECRET})
    with pytest.raises(ValidationError) as missing:
        Sample.model_validate({})

    assert describe(wrong.value.errors()).startswith("count: ")
    assert SECRET not in describe(wrong.value.errors())
    assert describe(missing.value.errors()) == "Missing required parameter count"


def test_long_path_is_cut() -> None:
    """Whoever asks for a megabyte is not answered with one."""
    assert len(json.dumps(body_of(HTTPException(404), "/v1/" + "a" * 10_000))) < 600


def test_headers_of_a_refusal_are_sent() -> None:
    """Underscores stand for hyphens."""
    assert answer(refusal(503, "later", retry_after="1"), TWILIO, ID).headers["retry-after"] == "1"
