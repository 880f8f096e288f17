"""Calls as they are sent: where parameters go, and what a signature is made of."""

from __future__ import annotations

import json

import pytest

from gettone.control.call_requests import BODY_BYTES_MAX, Call, Encoding, prepare
from gettone.model.errors import PlatformError
from gettone.policy.signature import is_signed_by

ORIGIN = "http://rooms-1234.localhost:8000"
TOKEN = "0123456789abcdef" * 2
PARAMETERS = (("identity", "Zoë & co"), ("tag", "1"), ("tag", "2"), ("empty", ""))
QUERY = "identity=Zo%C3%AB+%26+co&tag=1&tag=2&empty="


@pytest.mark.parametrize(
    ("call", "target", "content_type", "content"),
    [
        (Call("/a", "GET", Encoding.FORM, PARAMETERS), f"/a?{QUERY}", None, b""),
        (Call("/a", "POST", Encoding.QUERY, PARAMETERS), f"/a?{QUERY}", None, b""),
        (Call("/a", "POST", Encoding.FORM, PARAMETERS), "/a", "application/x-www-form-urlencoded", QUERY.encode()),
        (
            Call("/a", "POST", Encoding.JSON, PARAMETERS),
            "/a",
            "application/json",
            '{"identity": "Zoë & co", "tag": ["1", "2"], "empty": ""}'.encode(),
        ),
        (Call("/a", "POST", Encoding.JSON, body='{"a": [1]}'), "/a", "application/json", b'{"a": [1]}'),
        (Call("/a", "POST", Encoding.TEXT, body="Zoë"), "/a", "text/plain; charset=utf-8", "Zoë".encode()),
        (Call("a b/ü"), "/a%20b/%C3%BC", "application/x-www-form-urlencoded", b""),
        (Call("/a%20b", "GET"), "/a%20b", None, b""),
    ],
    ids=["get", "query", "form", "json", "json-body", "text", "path", "encoded-path"],
)
def test_call_is_sent_as_asked(call: Call, target: str, content_type: str | None, content: bytes) -> None:
    """A GET has its parameters in the query, whatever the encoding says."""
    request = prepare(call, ORIGIN, None)

    assert (request.method, request.target, request.content) == (call.method, target, content)
    assert request.headers.get("content-type") == content_type
    assert "x-twilio-signature" not in request.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("encoding", Encoding)
def test_signature_is_accepted(method: str, encoding: Encoding) -> None:
    """By the check that gateways make; with another token it is not."""
    call = Call("/a", "GET" if method == "GET" else "POST", encoding, PARAMETERS, signed=True)
    if encoding is Encoding.TEXT:
        call = Call("/a", call.method, encoding, body="hello", signed=True)
    request = prepare(call, ORIGIN, TOKEN)
    signature = request.headers["x-twilio-signature"]
    is_form = method == "POST" and encoding is Encoding.FORM
    form = PARAMETERS if is_form else None

    assert is_signed_by(TOKEN, signature, ORIGIN + request.target, form, request.content)
    assert not is_signed_by("f" * 32, signature, ORIGIN + request.target, form, request.content)


@pytest.mark.parametrize(
    ("call", "code", "parameter"),
    [
        (Call("/a?b=c"), "invalid", "Path"),
        (Call("/a#b"), "invalid", "Path"),
        (Call("/a\r\nb"), "invalid", "Path"),
        (Call("/a", encoding=Encoding.JSON, body='{"a": }'), "invalid", "Body"),
        (Call("/a", encoding=Encoding.JSON, body="[" * 100_000), "invalid", "Body"),
        (Call("/a", encoding=Encoding.TEXT, body="x" * (BODY_BYTES_MAX + 1)), "too_large", "Body"),
    ],
    ids=["query", "fragment", "line-break", "no-json", "nested", "long"],
)
def test_what_cannot_be_sent_is_refused(call: Call, code: str, parameter: str) -> None:
    """The field is named."""
    with pytest.raises(PlatformError) as caught:
        prepare(call, ORIGIN, None)

    assert (caught.value.code, caught.value.evidence["parameter"]) == (code, parameter)


def test_json_error_says_where() -> None:
    """Line and column, for whoever wrote it."""
    with pytest.raises(PlatformError, match="line 2, column 5") as caught:
        prepare(Call("/a", encoding=Encoding.JSON, body='{\n"a":}'), ORIGIN, None)

    assert caught.value.evidence["line"] == 2


def test_secrets_do_not_show() -> None:
    """Parameters, bodies and signatures stand in no repr."""
    request = prepare(Call("/a", parameters=(("password", "geheim"),), body="geheim", signed=True), ORIGIN, TOKEN)

    assert "geheim" not in repr(request)
    assert request.headers["x-twilio-signature"] not in repr(request)
    assert json.dumps(dict(request.headers))
