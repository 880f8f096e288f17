"""The guest's end of the wire: frames in, frames out (docs/wire.md). Must not know what they say.

State: the bytes that arrived after the last whole frame. Reading is one thread's; sending is locked.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
from contextlib import AbstractContextManager

_LENGTHS = struct.Struct(">II")
_lengths_of = _LENGTHS.unpack_from
READ_BYTES = 1 << 16


class ClosedError(Exception):
    """The host closed the wire: the worker's time is over."""


class Wire:
    """A blocking socket that carries frames. `lock` makes a frame and what belongs to it one step."""

    __slots__ = ("_poll", "_unread", "lock", "socket")

    def __init__(self, connected: socket.socket, lock: AbstractContextManager[object]) -> None:
        self.socket = connected
        self.lock = lock
        self._unread = b""
        self._poll = select.poll()
        self._poll.register(connected, select.POLLIN)

    def receive(self) -> tuple[bytes, bytes]:
        """Wait for the next frame; its head and body. Raises ClosedError."""
        unread = self._unread or self._read(b"", 0)
        while (frame := self._cut(unread)) is None:
            unread = self._read(unread, 0)
        return frame

    def receive_ready(self) -> list[tuple[bytes, bytes]]:
        """Every frame that has arrived, without waiting. Raises ClosedError."""
        frames = []
        with contextlib.suppress(BlockingIOError):
            self._unread = self._read(self._unread, socket.MSG_DONTWAIT)
        while (frame := self._cut(self._unread)) is not None:
            frames.append(frame)
        return frames

    def send(self, head: bytes, body: bytes = b"") -> None:
        """Write a frame whole. Raises OSError when the host is gone."""
        with self.lock:
            self.socket.sendall(_LENGTHS.pack(len(head), len(body)) + head + body)

    def _cut(self, unread: bytes) -> tuple[bytes, bytes] | None:
        """Take a whole frame off what has arrived."""
        size = len(unread)
        if size >= 8:
            head_bytes, body_bytes = _lengths_of(unread)
            head_end = 8 + head_bytes
            end = head_end + body_bytes
            if size >= end:
                self._unread = unread[end:] if size > end else b""
                return unread[8:head_end], unread[head_end:end]
        return None

    def _read(self, unread: bytes, flags: int) -> bytes:
        if not flags:
            # A reader that sleeps in recv(2) on a Unix socket is woken each time the host takes what was sent to it:
            # room to write counts as news there. One that sleeps in poll(2) for input is not.
            self._poll.poll()
        try:
            data = self.socket.recv(READ_BYTES, flags)
        except ConnectionError:
            data = b""
        if not data:
            raise ClosedError
        return unread + data if unread else data
