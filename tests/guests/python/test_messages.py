"""The guest's side of the protocol: what it says, what it can hear, and what it does with anything else."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from pathlib import Path
from typing import Any

import pytest

from gettone.guests.python import messages
from gettone.guests.python.failures import Failure, Problem
from gettone.guests.python.frames import ClosedError, Wire
from gettone.handlers.results import Answer
from gettone.wire.frames import encode_frame
from gettone.wire.messages import encode_invoke
from tests.guests.python.zygotes import Serve, Zygote, load_of

CONTRACTS = Path(__file__).parents[2] / "contracts" / "wire"
VECTORS = {vector["name"]: vector for vector in json.loads((CONTRACTS / "frames.json").read_text("utf-8"))}
FROM_GUEST = [name for name, vector in VECTORS.items() if vector["from"] == "guest"]


def say(head: dict[str, Any], body: bytes) -> bytes:
    """The head that the guest makes of a vector's."""
    match head["type"]:
        case "hello":
            return messages.hello(head["runtime"], head["pid"])
        case "loaded":
            return messages.loaded([Problem(**problem) for problem in head["problems"]])
        case "log":
            return messages.log(head["id"], head["level"])
        case "completed":
            pairs = tuple((name, value) for name, value in head["headers"])
            return messages.completed(head["id"], Answer(head["status"], pairs, body), head["log_bytes_dropped"])
        case "failed":
            problem = Problem(**head["problem"]) if head["problem"] else None
            failure = Failure(**head["error"], stack=head["stack"], problem=problem)
            return messages.failed(head["id"], failure, head["log_bytes_dropped"])
    raise AssertionError(f"a vector of an unknown type {head['type']}")


@pytest.mark.parametrize("name", FROM_GUEST)
def test_guest_says_what_the_vectors_say(name: str) -> None:
    """Each of the guest's messages has the head that the contract has."""
    vector = VECTORS[name]
    body = bytes.fromhex(vector["body"])

    assert json.loads(say(vector["head"], body)) == vector["head"]


@pytest.mark.parametrize("name", VECTORS)
def test_frames_of_the_vectors_are_read_however_they_arrive(name: str) -> None:
    """Head and body come out whole, be the bytes together or one by one."""
    vector = VECTORS[name]
    frame = bytes.fromhex(vector["frame"])
    near, far = socket.socketpair()
    with near, far:
        wire = Wire(near, contextlib.nullcontext())
        far.sendall(frame)
        together = wire.receive()
        far.sendall(frame[:11])
        assert wire.receive_ready() == []
        far.sendall(frame[11:])
        apart = wire.receive()
        far.close()
        with pytest.raises(ClosedError):
            wire.receive()

    assert together == apart
    assert json.loads(together[0]) == vector["head"]
    assert together[1].hex() == vector["body"]


def test_frames_that_arrive_together_are_told_apart() -> None:
    """Three frames in one read are three frames, in order."""
    near, far = socket.socketpair()
    with near, far:
        far.sendall(encode_frame(b"{}", b"a") + encode_frame(b"{}") + encode_frame(b"[]", b"c" * 100_000))
        wire = Wire(near, contextlib.nullcontext())
        frames = [wire.receive() for _ in range(3)]

    assert frames == [(b"{}", b"a"), (b"{}", b""), (b"[]", b"c" * 100_000)]


@pytest.mark.parametrize("ticket", [False, True])
@pytest.mark.parametrize("function", ["/token", "/日本", '/"quoted"', "/back\\slash"])
def test_invocation_of_the_host_is_read(function: str, ticket: bool) -> None:
    """Whatever the function is called, and whether it was sent ahead or not."""
    frame = encode_invoke(7, function, "RQ" + "0" * 32, b"{}", ticket)

    assert messages.read_invoke(frame[8:-2]) == (7, function, ticket)


def test_invocation_with_members_unknown_is_read() -> None:
    """Later hosts may say more."""
    head = b'{"type": "invoke", "more": 1, "id": 7, "function": "/f", "request": "RQ"}'

    assert messages.read_invoke(head) == (7, "/f", False)


def test_deployment_of_the_host_is_read(tmp_path: Path) -> None:
    """Every member of `load` arrives."""
    load = load_of(tmp_path, {"a/b.py": "", "c.js": ""})
    read = messages.read_load(load.encode()[8:])

    assert [(one["path"], one["file"], one["language"]) for one in read.functions] == [
        ("/a/b", "handlers/a/b.py", "python"),
        ("/c", "handlers/c.js", "javascript"),
    ]
    assert (read.root, read.log_bytes, read.response_bytes) == (load.root, load.log_bytes, load.response_bytes)
    assert "variables" not in repr(read)


@pytest.mark.parametrize("said", [b'{"type":"stop"}', b'{"type":"load"}', b"[]", b"not JSON", b"\xff", b"{}"])
def test_message_that_may_not_be_said_ends_the_worker(serve: Serve, said: bytes) -> None:
    """A worker that cannot understand its host ends, and says why on stderr."""
    worker = serve("def handler(context, event):\n    return 'ok'\n")
    worker.conversation.say(encode_frame(said))

    assert serve.zygote.exit_status(worker) == 70
    assert b"the host said what a worker cannot read" in worker.printed(worker.stderr, b"\n")


def test_first_message_must_be_the_deployment(bare_zygote: Zygote) -> None:
    """An invocation before `load` ends the worker."""
    worker = bare_zygote.start()
    worker.conversation.hello()
    worker.conversation.send_invoke("/f")

    assert bare_zygote.exit_status(worker) == 70
    worker.close()


def test_wire_that_closes_within_a_frame_ends_the_worker(bare_zygote: Zygote) -> None:
    """Half a frame is no reason to wait."""
    worker = bare_zygote.start()
    worker.conversation.hello()
    worker.conversation.wire.sendall(struct.pack(">II", 100, 0) + b"{")
    worker.conversation.wire.close()

    assert bare_zygote.exit_status(worker) == 0
    worker.close()
