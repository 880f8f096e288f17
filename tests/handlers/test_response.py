"""`Response` behaves as Twilio's does, in Python's spelling."""

from __future__ import annotations

from typing import Any

import pytest

from gettone.handlers import Response


def test_response_begins_empty() -> None:
    """200, no body, no headers."""
    response = Response()

    assert (response.status_code, response.body, response.headers) == (200, None, {})


def test_response_takes_all_at_once() -> None:
    """What the methods set, the constructor takes."""
    response = Response(404, "no", {"X": "1", "set-cookie": "a=1"})

    assert (response.status_code, response.body) == (404, "no")
    assert response.headers == {"X": "1", "Set-Cookie": ["a=1"]}


def test_every_method_returns_the_response() -> None:
    """So that they can be written in one line."""
    response = Response()
    returned = (
        response.set_status_code(201)
        .set_body("x")
        .set_headers({"A": "1"})
        .append_header("B", "2")
        .set_cookie("c", "3")
        .remove_cookie("d")
    )

    assert returned is response
    assert (response.status_code, response.body) == (201, "x")


def test_set_headers_replaces_every_header() -> None:
    """Cookies too."""
    response = Response(headers={"A": "1"}).set_cookie("c", "3").set_headers({"B": "2"})

    assert response.headers == {"B": "2"}


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (["1"], "1"),
        (["1", "2"], ["1", "2"]),
        ([["1", "2"], "3"], ["1", "2", "3"]),
        ([1, 2.5], ["1", "2.5"]),
        ([("1",)], ["1"]),
    ],
)
def test_append_header_extends_what_is_there(values: list[Any], kept: object) -> None:
    """A name that is set again has a list of values."""
    response = Response()
    for value in values:
        response.append_header("X", value)

    assert response.headers == {"X": kept}


@pytest.mark.parametrize("value", [{"a": 1}, None, True, b"x", object(), [{"a": 1}]])
def test_header_value_must_be_text(value: Any) -> None:
    """An object as a header is an error that names the header."""
    with pytest.raises(TypeError, match="The header X cannot be a"):
        Response().append_header("X", value)


def test_headers_must_be_a_mapping() -> None:
    """A list of pairs is refused, with what was expected."""
    with pytest.raises(TypeError, match="takes a dict"):
        Response().set_headers([("A", "1")])  # type: ignore[arg-type]  # what a beginner may try


def test_cookies_are_joined_as_twilio_joins_them() -> None:
    """Attributes follow without spaces; nothing is encoded."""
    response = Response().set_cookie("a", "1", ["Path=/", "SameSite=Lax"]).set_cookie("b", "2")

    assert response.headers == {"Set-Cookie": ["a=1;Path=/;SameSite=Lax", "b=2"]}


def test_cookies_are_one_header_in_any_case() -> None:
    """`set-cookie` and `Set-Cookie` are the same header."""
    response = Response().append_header("set-cookie", "a=1").append_header("SET-COOKIE", "b=2")

    assert response.headers == {"Set-Cookie": ["a=1", "b=2"]}


def test_removed_cookie_is_dropped_and_expired() -> None:
    """What was set under that name goes, and the browser is told to forget it."""
    response = Response().set_cookie("a", "1").set_cookie("ab", "2").remove_cookie("a")

    assert response.headers == {"Set-Cookie": ["ab=2", "a=;Max-Age=0"]}


def test_printed_response_tells_no_value() -> None:
    """Bodies and cookies hold tokens: neither is shown."""
    assert repr(Response(200, "eyJ", {"Set-Cookie": "a=1"})) == "<Response 200 Set-Cookie>"
