"""Messages: what a guest says is read strictly, what the host says can be read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.wire.errors import GuestError
from gettone.wire.frames import FrameReader
from gettone.wire.messages import (
    AssetFile,
    Completed,
    Failed,
    FunctionFile,
    Hello,
    Load,
    Loaded,
    Log,
    decode_guest,
    encode_invoke,
)

VECTORS = json.loads((Path(__file__).parents[1] / "contracts" / "wire" / "frames.json").read_text("utf-8"))
KINDS = {"hello": Hello, "loaded": Loaded, "log": Log, "completed": Completed, "failed": Failed}

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS if vector["from"] == "guest"], ids=lambda vector: str(vector["name"])
)
def test_guest_vector_is_read(vector: dict[str, dict[str, str]]) -> None:
    """Each kind of message of the page is read as that kind."""
    ((head, body),) = FrameReader().feed(bytes.fromhex(str(vector["frame"])))

    assert isinstance(decode_guest(head, body), KINDS[vector["head"]["type"]])


def test_invoke_vector_is_what_the_host_writes() -> None:
    """The host's frame equals the page's, byte for byte."""
    (vector,) = [vector for vector in VECTORS if vector["name"] == "invoke"]
    frame = encode_invoke(7, "/token", "RQ" + "0" * 32, bytes.fromhex(vector["body"]))

    assert frame.hex() == vector["frame"]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"[]",
        b"{}",
        b'{"type":"load"}',
        b'{"type":"completed","id":"7","status":200,"headers":[]}',
        b'{"type":"completed","id":true,"status":200,"headers":[]}',
        b'{"type":"completed","id":7,"status":99,"headers":[]}',
        b'{"type":"completed","id":7,"status":700,"headers":[]}',
        b'{"type":"completed","id":7,"status":200,"headers":{"a":"b"}}',
        b'{"type":"completed","id":7,"status":200,"headers":[["a",1]]}',
        b'{"type":"log","id":7,"level":"fatal"}',
        b'{"type":"failed","id":7,"error":"text"}',
        b'{"type":"loaded","problems":[1]}',
        b"[" * 100_000,
    ],
)
def test_malformed_message_is_the_guests_fault(head: bytes) -> None:
    """Whatever a guest sends, the host gets a message or a GuestError, never another exception."""
    with pytest.raises(GuestError):
        decode_guest(head, b"")


@given(ANY_JSON, st.binary(max_size=20), st.sampled_from(sorted(KINDS)))
def test_hostile_heads_never_escape_as_other_errors(value: object, body: bytes, kind: str) -> None:
    """Random members under every known type are read or refused."""
    said = {**value, "type": kind} if isinstance(value, dict) else value

    try:
        message = decode_guest(json.dumps(said).encode(), body)
    except GuestError:
        return

    assert isinstance(message, KINDS[kind])


def test_load_never_shows_variables() -> None:
    """A Load may end up in a log; the values in it must not."""
    load = Load(
        root="/var/task",
        functions=(FunctionFile("/a", "a", "handlers/a.py", "functions/a.py", "python"),),
        assets=(AssetFile("/b.txt", "files/b.private.txt"),),
        variables={"API_SECRET": "hunter2hunter2"},
        context={},
        twilio=None,
        log_bytes=1,
        response_bytes=1,
    )

    assert "hunter2" not in repr(load)
    assert b"hunter2" in load.encode()
