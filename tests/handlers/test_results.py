"""The table of results: what each becomes, and what cannot be sent."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse  # type: ignore[import-untyped]
from twilio.twiml.voice_response import VoiceResponse  # type: ignore[import-untyped]

from gettone import AccessToken
from gettone.handlers import Context, Event, Response, ResultError
from gettone.handlers.results import Answer, answer

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
XML = "text/xml; charset=utf-8"
OCTETS = "application/octet-stream"


class Point(NamedTuple):
    x: int
    y: int


class Colour(enum.StrEnum):
    RED = "red"


class Text(str):
    __slots__ = ()


@dataclass
class Record:
    a: int


class Twiml:
    def to_xml(self) -> str:
        return "<Response/>"


def kinds(rows: Sequence[tuple[object, ...]]) -> list[str]:
    """Names for the rows of a table: number and type of what stands first."""
    return [f"{number} {type(row[0]).__name__}" for number, row in enumerate(rows)]


RESULTS: list[tuple[object, str | None, bytes]] = [
    ("text", TEXT, b"text"),
    ("", TEXT, b""),
    ("grüezi", TEXT, "grüezi".encode()),
    ("half \ud800", TEXT, b"half ?"),
    (Text("text"), TEXT, b"text"),
    (Colour.RED, TEXT, b"red"),
    ({"token": "x"}, JSON, b'{"token":"x"}'),
    ({"é": "\u2028"}, JSON, '{"é":"\u2028"}'.encode()),
    ({"a": "\ud800"}, JSON, b'{"a": "\\ud800"}'),
    (OrderedDict(a=1), JSON, b'{"a":1}'),
    ({1: 2, None: 3}, JSON, b'{"1":2,"null":3}'),
    ([1, None, 2.5], JSON, b"[1,null,2.5]"),
    ((1, 2), JSON, b"[1,2]"),
    (Point(1, 2), JSON, b"[1,2]"),
    (Event({"a": 1}), JSON, b'{"a":1}'),
    (42, JSON, b"42"),
    (0, JSON, b"0"),
    (404, JSON, b"404"),
    (2.5, JSON, b"2.5"),
    (True, JSON, b"true"),
    (False, JSON, b"false"),
    (b"\x00\xff", OCTETS, b"\x00\xff"),
    (bytearray(b"a"), OCTETS, b"a"),
    (memoryview(b"a"), OCTETS, b"a"),
    (Twiml(), XML, b"<Response/>"),
    (None, None, b""),
]

UNSENDABLE: list[tuple[object, str]] = [
    ({"a": [{"b": dt.datetime(2000, 1, 1)}]}, r"result\['a'\]\[0\]\['b'\] is a datetime.datetime; .*isoformat"),  # noqa: DTZ001
    (dt.date(2000, 1, 1), "it is a datetime.date"),
    ([Decimal(1)], r"result\[0\] is a decimal.Decimal; .*str\(\)"),
    ({"id": uuid.UUID(int=0)}, r"result\['id'\] is a uuid.UUID"),
    ({"a": {1, 2}}, r"result\['a'\] is a set; .*list\(\)"),
    ([Record(1)], r"result\[0\] is a .*Record; .*asdict"),
    ([b"x"], r"result\[0\] is a bytes; .*decode"),
    ({(1, 2): 3}, "a key that is a tuple"),
    ([float("nan")], r"result\[0\] is nan"),
    (float("inf"), "it is inf"),
    ([print], r"result\[0\] is a builtin_function_or_method; call it"),
    (Context({"API_SECRET": "very secret"}), "Context; it holds the environment's secrets"),
    ([Response()], "return the Response itself"),
    ((x for x in "ab"), "a generator"),
    (object(), "a object"),
    ({"token": AccessToken("AC", "SK", "s" * 32)}, r"AccessToken; send .to_jwt\(\)"),
]


@pytest.mark.parametrize(("result", "content_type", "body"), RESULTS, ids=kinds(RESULTS))
def test_result_becomes_this_answer(result: object, content_type: str | None, body: bytes) -> None:
    """Status 200, the content type of its kind, and the body."""
    headers = () if content_type is None else (("Content-Type", content_type),)

    assert answer(result) == Answer(200, headers, body)


@pytest.mark.parametrize("twiml", [VoiceResponse(), MessagingResponse()])
def test_official_twiml_becomes_xml(twiml: Any) -> None:
    """What Twilio's own library builds is sent as XML."""
    made = answer(twiml)

    assert made.headers == (("Content-Type", XML),)
    assert made.body.decode() == str(twiml)


@pytest.mark.parametrize(("result", "told"), UNSENDABLE, ids=kinds(UNSENDABLE))
def test_unsendable_result_is_told_by_place_and_kind(result: object, told: str) -> None:
    """The message says where in the result, what is there, and what to send instead."""
    with pytest.raises(ResultError, match=told) as caught:
        answer(result)
    assert "very secret" not in str(caught.value)


def test_result_without_an_end_is_told() -> None:
    """Something that holds itself is refused, not walked for ever."""
    endless: list[Any] = [1]
    endless.append({"again": endless})

    with pytest.raises(ResultError, match=r"result\[1\]\['again'\] is a part of itself"):
        answer(endless)


def test_result_nested_too_deeply_is_told() -> None:
    """Beyond what JSON readers take."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(ResultError, match="nested more than") as caught:
        answer(deep)
    assert len(str(caught.value)) < 500


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    )
)
def test_json_is_read_back_as_it_was(value: object) -> None:
    """Whatever JSON can hold arrives unchanged."""
    body = answer([value]).body

    assert json.loads(body) == [value]


RESPONSES: list[tuple[Response, int, str | None, bytes]] = [
    (Response(), 200, None, b""),
    (Response(204), 204, None, b""),
    (Response(body="text"), 200, HTML, b"text"),
    (Response(body={"a": 1}), 200, JSON, b'{"a":1}'),
    (Response(body=[1]), 200, JSON, b"[1]"),
    (Response(body=5), 200, JSON, b"5"),
    (Response(body=b"\xff"), 200, OCTETS, b"\xff"),
    (Response(body=Twiml()), 200, XML, b"<Response/>"),
    (Response(body="eyJ", headers={"Content-Type": "application/json"}), 200, "application/json", b"eyJ"),
    (Response(body={"a": 1}, headers={"content-type": "text/x"}), 200, "text/x", b'{"a":1}'),
    (Response(status_code="404"), 404, None, b""),  # type: ignore[arg-type]  # JavaScript's habit
]


@pytest.mark.parametrize(("response", "status", "content_type", "body"), RESPONSES, ids=kinds(RESPONSES))
def test_response_is_sent_as_set(response: Response, status: int, content_type: str | None, body: bytes) -> None:
    """Its status, its own content type or that of its body's kind; a text body as it is."""
    made = answer(response)

    assert (made.status, made.body) == (status, body)
    assert [value for name, value in made.headers if name.lower() == "content-type"] == (
        [] if content_type is None else [content_type]
    )


def test_response_keeps_the_order_of_its_headers() -> None:
    """Names keep their case, lists become several headers."""
    made = answer(Response(headers={"B": "1", "a": ["2", "3"]}).set_cookie("c", "4"))

    assert made.headers == (("B", "1"), ("a", "2"), ("a", "3"), ("Set-Cookie", "c=4"))


def test_of_two_spellings_of_a_header_the_later_counts() -> None:
    """`content-type` after `Content-Type` replaces it."""
    made = answer(Response(headers={"Content-Type": "a/b", "content-type": "c/d"}))

    assert made.headers == (("content-type", "c/d"),)


def test_headers_set_by_hand_are_sent() -> None:
    """A handler may write into `headers` itself."""
    response = Response()
    response.headers["X-Count"] = 5  # type: ignore[assignment]  # as one would

    assert answer(response).headers == (("X-Count", "5"),)


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (Response(99), "status 99"),
        (Response(199), "status 199"),
        (Response(600), "status 600"),
        (Response(True), "status True"),
        (Response("abc"), "status 'abc'"),  # type: ignore[arg-type]
        (Response(headers={"": "x"}), "name of a header"),
        (Response(headers={"a b": "x"}), "name of a header"),
        (Response(headers={"a\n": "x"}), "name of a header"),
        (Response(headers={"X": "a\r\nSet-Cookie: b=1"}), "The header X holds a character"),
        (Response(headers={"X": "snow ☃"}), "The header X holds a character"),
        (Response(headers={"X": "x" * 16_000}), "at most 90 headers and 15360 bytes"),
        (Response(headers={"X": ["x"] * 91}), "91 headers"),
        (Response(body=object()), "The body cannot be sent: it is a object"),
    ],
)
def test_response_that_cannot_be_sent_is_told(response: Response, told: str) -> None:
    """Bad status, bad headers and bad bodies each say what is wrong."""
    for _ in range(2):
        with pytest.raises(ResultError, match=told):
            answer(response)


def test_value_of_a_bad_header_is_not_repeated() -> None:
    """It may be a secret."""
    with pytest.raises(ResultError) as caught:
        answer(Response(headers={"X": "secret\n"}))
    assert "secret" not in str(caught.value)
