"""`Twilio.Response`: its methods, one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.guests.javascript.guests import Serve, Served, Spares, handler, serving

# Statements on `r`, a new Response, and the headers that are sent.
HEADERS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "set": ("r.setHeaders({ 'X-A': '1', 'X-B': 2, 'X-C': true })", [("X-A", "1"), ("X-B", "2"), ("X-C", "true")]),
    "set replaces all": ("r.setHeaders({ 'X-A': '1' }); r.setHeaders({ 'X-B': '2' })", [("X-B", "2")]),
    "set replaces cookies": ("r.setCookie('a', '1'); r.setHeaders({})", []),
    "set to no object": ("r.appendHeader('X-A', '1'); r.setHeaders('x'); r.setHeaders(null)", [("X-A", "1")]),
    "set a list": ("r.setHeaders({ 'X-A': ['1', '2'] })", [("X-A", "1"), ("X-A", "2")]),
    "append twice": ("r.appendHeader('X-A', '1').appendHeader('X-A', '2')", [("X-A", "1"), ("X-A", "2")]),
    "append a list": (
        "r.appendHeader('X-A', '1').appendHeader('X-A', ['2', '3'])",
        [("X-A", "1"), ("X-A", "2"), ("X-A", "3")],
    ),
    "two spellings: the last": ("r.setHeaders({ 'X-A': '1', 'X-B': '2', 'x-a': '3' })", [("X-B", "2"), ("x-a", "3")]),
    "set-cookie in any case": (
        "r.appendHeader('set-cookie', 'a=1').appendHeader('SET-COOKIE', 'b=2')",
        [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")],
    ),
    "cookie": ("r.setCookie('a', '1')", [("Set-Cookie", "a=1")]),
    "cookie with attributes": ("r.setCookie('a', '1', ['Path=/', 'Secure'])", [("Set-Cookie", "a=1;Path=/;Secure")]),
    "two cookies": ("r.setCookie('a', '1').setCookie('b', '2')", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]),
    "cookie that is removed": (
        "r.setCookie('a', '1').setCookie('ab', '2').removeCookie('a')",
        [("Set-Cookie", "ab=2"), ("Set-Cookie", "a=;Max-Age=0")],
    ),
    "cookie in the constructor": (
        "r = new Twilio.Response({ headers: { 'Set-Cookie': 'a=1' } }); r.setCookie('b', '2')",
        [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")],
    ),
    "name as of every object": ("r.setHeaders({ constructor: '1' })", [("constructor", "1")]),
}


@pytest.fixture(scope="module")
def rows(spares: Spares, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One function for each row of the tables."""
    files = {
        f"functions/{name}.js": handler(f"let r = new Twilio.Response(); {statements}; callback(null, r);")
        for name, (statements, _) in HEADERS.items()
    }
    with serving(spares, tmp_path_factory.mktemp("rows"), files) as served:
        yield served


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_sent_as_the_methods_set_them(rows: Served, name: str) -> None:
    """Names keep their case and order; a list is a header several times."""
    _, headers = HEADERS[name]
    answer = rows.ask(f"/{name}")

    assert list(answer.headers) == headers


def test_every_method_returns_the_response(serve: Serve) -> None:
    """Calls can be chained."""
    source = (
        "const r = new Twilio.Response();"
        "callback(null, [r.setStatusCode(201), r.setBody('x'), r.setHeaders({}), r.appendHeader('a', 'b'),"
        " r.setCookie('a', 'b'), r.removeCookie('a')].map((returned) => returned === r));"
    )

    assert serve({"functions/f.js": handler(source)}).read("/f") == [True] * 6


def test_response_starts_with_twilios_defaults(serve: Serve) -> None:
    """200, no body, no cookies; falsy options are left at them."""
    source = (
        "const { Response } = Twilio;"
        "const shown = ({ statusCode, body, headers }) => ({ statusCode, body, headers });"
        "callback(null, [shown(new Response()), shown(new Response({ statusCode: 0, body: '' }))]);"
    )
    default: dict[str, object] = {"statusCode": 200, "body": None, "headers": {"Set-Cookie": []}}

    assert serve({"functions/f.js": handler(source)}).read("/f") == [default, default]


@pytest.mark.parametrize("value", ["{}", "null", "new Date()"])
def test_header_that_is_an_object_is_refused(serve: Serve, value: str) -> None:
    """In Twilio's words."""
    served = serve({"functions/f.js": handler(f"new Twilio.Response().appendHeader('X', {value});")})

    assert served.fail("/f").message == "Header value cannot be an object"


def test_status_and_body_may_be_set_without_methods(serve: Serve) -> None:
    """They are plain members."""
    source = "const r = new Twilio.Response(); r.statusCode = 301; r.headers.Location = '/b'; callback(null, r);"
    answer = serve({"functions/f.js": handler(source)}).ask("/f")

    assert (answer.status, answer.headers, answer.body) == (301, (("Location", "/b"),), b"")


def test_response_is_sent_as_it_was_when_callback_was_called(serve: Serve) -> None:
    """What comes later changes nothing."""
    source = "const r = new Twilio.Response({ body: 'before' }); callback(null, r); r.setBody('after');"

    assert serve({"functions/f.js": handler(source)}).ask("/f").body == b"before"
