"""Bytes and JSON have one spelling each, and hostile ones raise nothing but EncodingError."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gettone.tokens.encoding import (
    EncodingError,
    decode_base64url,
    encode_base64url,
    read_json_object,
    write_json,
)


@given(st.binary())
def test_base64url_round_trip(data: bytes) -> None:
    """Any bytes come back, in the alphabet and without padding, as the standard library spells them."""
    text = encode_base64url(data)

    assert text == base64.urlsafe_b64encode(data).rstrip(b"=")
    if data:
        assert decode_base64url(text.decode()) == data


@pytest.mark.parametrize(
    "text", ["", "A", "AAAAA", "AA==", "AA=", "A A", "AA\n", " AA", "A+A", "A/A", "AB", "AAB", "ÄA", "٠٠"]
)
def test_other_spellings_are_refused(text: str) -> None:
    """Padding, space, the other alphabet, impossible lengths and spare bits are all refused."""
    with pytest.raises(EncodingError):
        decode_base64url(text)


@given(st.text())
def test_any_text_decodes_or_is_refused(text: str) -> None:
    """What decodes encodes to the same text; nothing else is raised."""
    try:
        data = decode_base64url(text)
    except EncodingError:
        return

    assert encode_base64url(data).decode() == text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'"a"',
        b"1",
        b"null",
        b"{} ",
        b" {}",
        b"{}",
        b'{"a":1}\n',
    ],
)
def test_only_an_object_is_an_object(data: bytes) -> None:
    """Other JSON values are refused; white space, which JSON allows, is not a value."""
    if data.strip().startswith(b"{"):
        assert read_json_object(data) == json.loads(data)
    else:
        with pytest.raises(EncodingError):
            read_json_object(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":' + b"1" * 5000 + b"}",
        b'{"a":"\\ud800"}',
        b'{"a":"\\uDFFFx"}',
        b'{"\\udabc":1}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        "{}".encode("utf-16"),
        b"{'a':1}",
        b'{"a":1}{"b":2}',
        b'{"a":1} x',
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"a":' + b"[" * 5000,
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_hostile_json_is_refused(data: bytes) -> None:
    """Double names, numbers that are none, broken Unicode, deep nesting and trailing data are refused."""
    with pytest.raises(EncodingError):
        read_json_object(data)


def test_pair_of_surrogates_is_a_character() -> None:
    """An escaped emoji is read, and so is a backslash before what only looks like half a pair."""
    assert read_json_object(b'{"a":"\\ud83d\\ude00","b":"\\\\ud800"}') == {"a": "😀", "b": "\\ud800"}


@given(st.binary())
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing but EncodingError is raised."""
    try:
        value = read_json_object(data)
    except EncodingError:
        return

    assert value == json.loads(data)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | st.none()))
def test_written_json_is_read_back(value: dict[str, str | int | bool | None]) -> None:
    """What is written is compact ASCII and reads back equal."""
    text = write_json(value)

    assert text == json.dumps(value, separators=(",", ":"))
    assert read_json_object(text.encode("ascii")) == value
