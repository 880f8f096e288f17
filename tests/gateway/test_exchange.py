"""Events: what a handler is given of a request."""

from __future__ import annotations

import contextlib
import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.gateway.exchange import BadRequest, encode_event, parse_cookies, parse_query

JSON_TYPE = [(b"content-type", b"application/json")]
FORM_TYPE = [(b"content-type", b"application/x-www-form-urlencoded; charset=utf-8")]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def event(query: bytes = b"", headers: list[tuple[bytes, bytes]] | None = None, body: bytes = b"") -> dict[str, object]:
    """The event of a request, read back."""
    value = json.loads(encode_event(query, headers or [], body))
    assert isinstance(value, dict)
    return value


@given(st.dictionaries(TEXT, TEXT, max_size=4), st.dictionaries(TEXT, VALUES, max_size=4))
def test_json_body_is_laid_over_the_query(query: dict[str, str], body: dict[str, object]) -> None:
    """Whatever was sent: the body's members win, nothing is lost, nothing is changed."""
    flat = {name: value for name, value in query.items() if name and "[" not in name}
    text = json.dumps(body, indent=1).encode()
    seen = event(urlencode(flat).encode(), JSON_TYPE, text)

    request = {"headers": {"content-type": "application/json"}, "cookies": {}}
    assert seen == {"request": request, **flat, **body}


@given(st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=6))
def test_form_names_stay_as_they_are_and_repeats_make_lists(pairs: list[tuple[str, str]]) -> None:
    """Every value arrives, in order, under its own name."""
    expected: dict[str, object] = {}
    for name, value in pairs:
        earlier = expected.get(name)
        if name not in expected:
            expected[name] = value
        else:
            expected[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
    seen = event(b"", FORM_TYPE, urlencode(pairs).encode())

    assert {name: seen[name] for name in expected if name != "request"} == {
        name: value for name, value in expected.items() if name != "request"
    }


@given(st.binary(max_size=60), st.binary(max_size=60), st.sampled_from([JSON_TYPE, FORM_TYPE, []]))
def test_any_bytes_make_an_event_or_a_bad_request(
    query: bytes, body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    """Nothing that a caller sends raises anything else."""
    with contextlib.suppress(BadRequest):
        assert isinstance(event(query, headers, body), dict)


@pytest.mark.parametrize(
    "body",
    [
        b'{"n": 12345678901234567890123}',
        b'\xef\xbb\xbf {"a": 1} \r\n',
        b'{"a": "\\ud83d\\ude00 \\ud800"}',
        b"{}",
        b"",
        b'{"a": 1, "a": 2}',
    ],
)
def test_json_that_javascript_reads_is_read(body: bytes) -> None:
    """Long numbers, a byte order mark, half a surrogate pair, nothing at all, a name twice."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip() or b"{}"

    seen = event(b"", JSON_TYPE, body)

    assert {name: value for name, value in seen.items() if name != "request"} == json.loads(text)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 50_000, b'"text"', b"1", b"nul", b"\xff\xfe{\x00}\x00"])
def test_other_bodies_are_refused_with_a_reason(body: bytes) -> None:
    """Too deep, no object, not UTF-8: 400."""
    with pytest.raises(BadRequest, match="JSON"):
        event(b"", JSON_TYPE, body)


def test_compressed_body_is_refused() -> None:
    """A bomb is not unpacked."""
    with pytest.raises(BadRequest) as refusal:
        event(b"", [*JSON_TYPE, (b"content-encoding", b"gzip")], b"\x1f\x8b")

    assert refusal.value.status == 415


def test_other_content_types_give_no_parameters() -> None:
    """The cloud reads forms and JSON."""
    assert event(b"a=1", [(b"content-type", b"text/plain")], b"b=2") == {
        "request": {"headers": {"content-type": "text/plain"}, "cookies": {}},
        "a": "1",
    }


def test_repeated_headers_are_lists_in_their_order() -> None:
    """And some are kept back."""
    seen = event(b"", [(b"x", b"1"), (b"x", b"2"), (b"x", b"3"), (b"host", b"h"), (b"x-accel-a", b"b")])

    assert seen == {"request": {"headers": {"x": ["1", "2", "3"]}, "cookies": {}}}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"a=1&a=2", {"a": ["1", "2"]}),
        (b"y[]=3", {"y": ["3"]}),
        (b"z[k]=4&z[l]=5", {"z": {"k": "4", "l": "5"}}),
        (b"a%5Bb%5D=1", {"a": {"b": "1"}}),
        (b"a=&b", {"a": "", "b": ""}),
        (b"a=%F0%9F%98%80+b", {"a": "😀 b"}),
    ],
)
def test_queries_nest_as_in_qs(query: bytes, expected: dict[str, object]) -> None:
    """Lists, brackets, empty values."""
    assert parse_query(query) == expected


def test_query_of_a_thousand_and_one_parameters_is_refused() -> None:
    """With and without brackets."""
    with pytest.raises(BadRequest):
        parse_query(b"&".join(b"a%d=1" % number for number in range(1001)))


def test_cookies_keep_their_case_and_the_first_wins() -> None:
    """Quotes and percent signs are taken off."""
    assert parse_cookies(b'Ab=1; ab=2; Ab=3; q="x%20y"; broken; =z') == {"Ab": "1", "ab": "2", "q": "x y"}
