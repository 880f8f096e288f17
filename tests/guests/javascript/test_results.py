"""What handlers hand to callback, and what is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.guests.javascript.guests import Serve, Served, Spares, handler, serving

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
XML = "text/xml; charset=utf-8"
BYTES = "application/octet-stream"

# The expression that is handed to callback, and the content type and body of the answer.
RESULTS: dict[str, tuple[str, str | None, bytes]] = {
    "text": ("'zwölf'", TEXT, "zwölf".encode()),
    "empty text": ("''", TEXT, b""),
    "object": ("{ a: [1, null], b: 'ü' }", JSON, '{"a":[1,null],"b":"ü"}'.encode()),
    "array": ("[1, 'b']", JSON, b'[1,"b"]'),
    "number": ("404", JSON, b"404"),
    "zero": ("0", JSON, b"0"),
    "no number": ("NaN", JSON, b"null"),
    "true": ("true", JSON, b"true"),
    "false": ("false", JSON, b"false"),
    "date": ("new Date(0)", JSON, b'"1970-01-01T00:00:00.000Z"'),
    "URL": ("new URL('https://example.com/')", JSON, b'"https://example.com/"'),
    "undefined": ("undefined", None, b""),
    "null": ("null", None, b""),
    "Buffer": ("Buffer.from([0, 255])", BYTES, b"\x00\xff"),
    "part of a Buffer": ("Buffer.from('abcdef').subarray(2, 4)", BYTES, b"cd"),
    "Uint8Array": ("new Uint8Array([1, 2])", BYTES, b"\x01\x02"),
    "ArrayBuffer": ("new Uint8Array([1, 2]).buffer", BYTES, b"\x01\x02"),
    "TwiML of any class": ("new (class V { toString() { return '<Response/>'; } })()", XML, b"<Response/>"),
    "TwiML with its own toString": ("{ toString: () => '<Response/>' }", XML, b"<Response/>"),
    "object without prototype": ("Object.assign(Object.create(null), { a: 1 })", JSON, b'{"a":1}'),
    "text object": ("{ toString: () => 'no markup', a: 1 }", JSON, b'{"a":1}'),
    "object with toJSON": ("{ toJSON: () => ({ b: 2 }), toString: () => '<x/>' }", JSON, b'{"b":2}'),
}

# The same for what is the body of a Response without a content type.
BODIES: dict[str, tuple[str, str | None, bytes]] = {
    "text": ("'<b>'", HTML, b"<b>"),
    "object": ("{ a: 1 }", JSON, b'{"a":1}'),
    "Buffer": ("Buffer.from('x')", BYTES, b"x"),
    "number": ("5", JSON, b"5"),
    "TwiML": ("{ toString: () => '<Response/>' }", XML, b"<Response/>"),
    "nothing": ("undefined", None, b""),
}

# What cannot be sent, and a word of the message.
REFUSED = {
    "BigInt": ("{ a: 10n }", "BigInt"),
    "circle": ("(() => { const a = {}; a.a = a; return a; })()", "circular"),
    "function": ("function later() {}", "later"),
    "symbol": ("Symbol('x')", "symbol"),
    "promise": ("Promise.resolve(1)", "await"),
    "token that is not written out": (
        "new Twilio.jwt.AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, { identity: 'a' })",
        "toJwt()",
    ),
    "toJSON that throws": ("{ toJSON() { throw new Error('mine'); } }", "mine"),
    "status that is none": ("new Twilio.Response({ statusCode: 42 })", "200 to 599"),
    "status that is text": ("new Twilio.Response().setStatusCode('ok')", '"ok"'),
    "status that is a fraction": ("new Twilio.Response().setStatusCode(200.5)", "200.5"),
    "header's name with a space": ("new Twilio.Response({ headers: { 'a b': 'c' } })", '"a b"'),
    "header's name with a line feed": ("new Twilio.Response({ headers: { 'a\\nb': 'c' } })", "name of a header"),
    "header with a line feed": (
        "new Twilio.Response({ headers: { X: 'a\\r\\nSet-Cookie: b=1' } })",
        "X holds a character",
    ),
    "header beyond Latin-1": ("new Twilio.Response({ headers: { X: '日' } })", "X holds a character"),
    "header that is undefined": ("new Twilio.Response({ headers: { X: undefined } })", "X has no value"),
}


@pytest.fixture(scope="module")
def rows(spares: Spares, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One function for each row of the tables."""
    files = {f"functions/result/{name}.js": handler(f"callback(null, {row[0]});") for name, row in RESULTS.items()}
    for name, (expression, *_) in BODIES.items():
        source = handler(f"callback(null, new Twilio.Response().setBody({expression}));")
        files[f"functions/body/{name}.js"] = source
    for name, (expression, _) in REFUSED.items():
        files[f"functions/refused/{name}.js"] = handler(f"callback(null, {expression});")
    files["functions/on.js"] = handler("callback(null, 'on');")
    with serving(spares, tmp_path_factory.mktemp("rows"), files) as served:
        yield served


@pytest.mark.parametrize("name", RESULTS)
def test_result_is_answered_by_its_kind(rows: Served, name: str) -> None:
    """Content type and body follow from what was handed to callback; the status is 200."""
    _, content_type, body = RESULTS[name]
    answer = rows.ask(f"/result/{name}")

    assert (answer.status, answer.body) == (200, body)
    assert answer.headers == ((("content-type", content_type),) if content_type else ())


def test_callback_without_arguments_is_an_empty_answer(serve: Serve) -> None:
    """Nothing is 200 without a body."""
    answer = serve({"functions/f.js": handler("callback();")}).ask("/f")

    assert (answer.status, answer.headers, answer.body) == (200, (), b"")


@pytest.mark.parametrize("falsy", ["0", "''", "false", "null", "undefined", "NaN"])
def test_falsy_error_counts_as_none(serve: Serve, falsy: str) -> None:
    """The result is sent."""
    assert serve({"functions/f.js": handler(f"callback({falsy}, 'sent');")}).ask("/f").body == b"sent"


@pytest.mark.parametrize("name", ["VoiceResponse", "MessagingResponse", "FaxResponse"])
def test_twiml_of_the_twilio_package_is_xml(serve: Serve, name: str) -> None:
    """The package's own documents, made with the global Twilio."""
    answer = serve({"functions/f.js": handler(f"callback(null, new Twilio.twiml.{name}());")}).ask("/f")

    assert answer.headers == (("content-type", XML),)
    assert answer.body == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


@pytest.mark.parametrize("name", BODIES)
def test_body_of_a_response_decides_a_content_type_that_is_missing(rows: Served, name: str) -> None:
    """A text is HTML here; everything else is as it would be without a Response."""
    _, content_type, body = BODIES[name]
    answer = rows.ask(f"/body/{name}")

    assert (answer.status, answer.body) == (200, body)
    assert answer.headers == ((("content-type", content_type),) if content_type else ())


@pytest.mark.parametrize("name", ["Content-Type", "content-type", "CONTENT-TYPE"])
def test_text_body_is_sent_as_it_is_whatever_its_content_type(serve: Serve, name: str) -> None:
    """A bare token under application/json stays a bare token."""
    source = f"callback(null, new Twilio.Response({{ body: 'eyJ', headers: {{ '{name}': 'application/json' }} }}));"
    answer = serve({"functions/f.js": handler(source)}).ask("/f")

    assert (answer.headers, answer.body) == (((name, "application/json"),), b"eyJ")


def test_response_of_another_copy_of_the_class_is_a_response(serve: Serve) -> None:
    """What a Response is, is told by its methods."""
    source = (
        "class Response { statusCode = 418; body = 'tea'; headers = { 'X-A': 1 };"
        " setStatusCode() {} setBody() {} }\n"
        "exports.handler = (context, event, callback) => callback(null, new Response());"
    )
    answer = serve({"functions/f.js": source}).ask("/f")

    assert (answer.status, answer.body) == (418, b"tea")
    assert answer.headers == (("X-A", "1"), ("content-type", HTML))


@pytest.mark.parametrize("name", REFUSED)
def test_result_that_cannot_be_sent_is_a_failure_that_says_why(rows: Served, name: str) -> None:
    """The guest goes on."""
    _, word = REFUSED[name]

    assert word in rows.fail(f"/refused/{name}").message
    assert rows.ask("/on").body == b"on"


@pytest.mark.parametrize(
    "result",
    ["'x'.repeat(1001)", "'é'.repeat(501)", "Buffer.alloc(1001)", "new Twilio.Response({ body: 'x'.repeat(1001) })"],
)
def test_body_over_the_bound_is_refused_with_the_bound(serve: Serve, result: str) -> None:
    """The message names how much it was and how much it may be."""
    failed = serve({"functions/f.js": handler(f"callback(null, {result});")}, response_bytes=1000).fail("/f")

    assert re.search(r"100[12] bytes", failed.message)
    assert "1000" in failed.message


@pytest.mark.parametrize("result", ["'x'.repeat(1000)", "'é'.repeat(500)", "Buffer.alloc(1000)"])
def test_body_at_the_bound_is_sent(serve: Serve, result: str) -> None:
    """A bound is the most that may be."""
    served = serve({"functions/f.js": handler(f"callback(null, {result});")}, response_bytes=1000)

    assert len(served.ask("/f").body) == 1000
