"""A guest's life on its wire: greeting, loading, its end."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
from pathlib import Path

import pytest

from gettone.sandbox.node import node_binary
from gettone.wire.frames import encode_frame
from gettone.wire.messages import Completed, encode_invoke
from tests.guests.javascript.guests import GUEST, Guest, Serve, handler, start_guest

VECTORS = json.loads((Path(__file__).parents[2] / "contracts" / "wire" / "frames.json").read_text(encoding="utf-8"))

# Reads frames on standard input, in pieces of argv[1] bytes, and writes each again: as JSON lines of head, body, frame.
READ_AND_REPEAT = """
const { FrameReader, FrameBuilder } = require(process.argv[1] + '/frames.js');
const builder = new FrameBuilder();
const reader = new FrameReader((head, body) => {
  builder.build(head, body);
  console.log(JSON.stringify([head, body, builder.buffer.toString('hex', 0, builder.size)]));
});
const input = require('node:fs').readFileSync(0);
const size = Number(process.argv[2]);
for (let at = 0; at < input.length; at += size) {
  const piece = Buffer.alloc(65536);
  reader.feed(piece, input.copy(piece, 0, at, at + size));
}
"""


def test_guest_greets_with_version_runtime_and_pid() -> None:
    """The first frame is the guest's, and says who it is."""
    guest = start_guest()
    try:
        hello = guest.conversation.hello()

        assert (hello.version, hello.runtime, hello.pid) == (1, "node24", guest.pid)
    finally:
        guest.close()


def test_spare_guest_warms_up_in_silence() -> None:
    """What it runs while it waits prints nothing and fails nowhere."""
    script = "require(process.argv[1] + '/warming.js').warm(); console.log(Object.keys(require.cache).join())"
    done = subprocess.run([node_binary(), "-e", script, str(GUEST)], capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert "/tokens.js" in done.stdout


def test_guest_ends_when_its_wire_closes(guest: Guest) -> None:
    """A guest has no reason to outlive its host."""
    guest.conversation.wire.shutdown(socket.SHUT_RDWR)

    assert guest.wait() == 0


def test_guest_ends_when_its_wire_closes_under_a_handler_that_waits(serve: Serve) -> None:
    """Timers and open sockets of user code keep nothing alive."""
    served = serve({"functions/wait.js": handler("setInterval(() => {}, 1000); console.log('waiting');")})
    served.guest.conversation.send_invoke("/wait")
    served.guest.conversation.hear()
    served.guest.conversation.wire.shutdown(socket.SHUT_RDWR)

    assert served.guest.wait() == 0


def test_load_that_asks_no_check_reports_no_problems(guest: Guest, tmp_path: Path) -> None:
    """Code is loaded when it is invoked: what does not parse is nobody's problem before."""
    loaded = guest.load(tmp_path, {"functions/broken.js": "this is no JavaScript"})

    assert loaded.problems == ()


@pytest.mark.parametrize(
    "frame",
    [
        encode_frame(b'{"type":"dance"}'),
        encode_frame(b"not JSON"),
        encode_invoke(1, "/a", "RQ" + "0" * 32, b"{}"),
        struct.pack(">II", 1 << 30, 0),
    ],
    ids=["unknown type", "no JSON", "invocation before load", "head over its bound"],
)
def test_frame_that_the_host_may_not_say_ends_the_guest(guest: Guest, frame: bytes) -> None:
    """It says why on standard error, and goes."""
    guest.conversation.say(frame)

    assert guest.wait() == 70
    assert b"broke the protocol" in guest.printed(guest.stderr)


@pytest.mark.parametrize("size", [1, 7, 65536])
def test_vectors_are_read_and_written_to_the_byte(size: int) -> None:
    """The frames that all sides agree on, whole and in the smallest pieces."""
    vectors = [vector for vector in VECTORS if not _is_bytes(vector["body"])]
    done = subprocess.run(
        [node_binary(), "-e", READ_AND_REPEAT, str(GUEST), str(size)],
        input=bytes.fromhex("".join(vector["frame"] for vector in vectors)),
        capture_output=True,
        check=True,
    )
    repeated = [json.loads(line) for line in done.stdout.splitlines()]

    assert len(repeated) == len(vectors)
    for vector, (head, body, frame) in zip(vectors, repeated, strict=True):
        assert json.loads(head) == vector["head"], vector["name"]
        assert body.encode() == bytes.fromhex(vector["body"]), vector["name"]
        assert frame == vector["frame"], vector["name"]


def test_event_of_a_megabyte_and_answer_of_four_travel_whole(serve: Serve) -> None:
    """Frames larger than the socket's buffer, in both directions, with text that is not ASCII."""
    served = serve(
        {
            "functions/large.js": handler(
                "callback(null, Buffer.from(event.text.slice(0, 1000) + '日'.repeat(1 << 20)));"
            )
        },
        response_bytes=4 << 20,
    )
    text = "é" * (512 << 10)

    assert served.ask("/large", text=text).body == (text[:1000] + "日" * (1 << 20)).encode()


def test_frames_that_arrive_together_are_answered_in_order(serve: Serve) -> None:
    """One read may hold many frames."""
    served = serve({"functions/echo.js": handler("callback(null, event.n);")})
    conversation = served.guest.conversation
    frames = [encode_invoke(n, "/echo", "RQ" + "0" * 32, b'{"n":%d}' % n) for n in range(1, 51)]
    conversation.say(b"".join(frames))
    answers = [conversation.hear() for _ in frames]

    assert [(answer.id, answer.body) for answer in answers if isinstance(answer, Completed)] == [
        (n, b"%d" % n) for n in range(1, 51)
    ]


def test_head_in_an_unusual_spelling_is_read_too(serve: Serve) -> None:
    """White space, other order, unknown members, escapes: it is JSON."""
    served = serve({"functions/a.js": handler("callback(null, 'read');")})
    conversation = served.guest.conversation
    conversation.say(encode_frame(b'{"later": 1, "function": "/\\u0061", "id": 5, "type": "invoke"}', b"{}"))
    answer = conversation.hear()

    assert isinstance(answer, Completed)
    assert (answer.id, answer.body) == (5, b"read")


def test_child_process_does_not_inherit_the_wire_or_the_tickets(serve: Serve) -> None:
    """A child cannot speak for its parent."""
    served = serve(
        {
            "functions/child.js": handler(
                "const { spawnSync } = require('node:child_process');"
                "callback(null, [3, 4].map((fd) => spawnSync('/bin/sh', ['-c', `echo x >&${fd}`]).status !== 0));"
            )
        }
    )

    assert served.read("/child") == [True, True]


def test_function_that_is_not_there_fails_and_the_guest_goes_on(serve: Serve) -> None:
    """A route without a function is a failure of one invocation."""
    served = serve({"functions/a.js": handler("callback(null, 'still here');"), "functions/b.py": "x = 1\n"})

    assert "/nothing" in served.fail("/nothing").message
    assert "/b" in served.fail("/b").message
    assert served.ask("/a").body == b"still here"


def _is_bytes(body: str) -> bool:
    try:
        bytes.fromhex(body).decode()
    except UnicodeDecodeError:
        return True
    return False
