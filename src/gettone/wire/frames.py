"""Where a frame ends: bytes to (head, body) pairs and back. Knows neither messages nor sockets.

A frame is two unsigned big-endian lengths, a JSON head and a raw body (docs/wire.md).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from gettone.wire.errors import GuestError

LENGTHS = struct.Struct(">II")
HEAD_BYTES_MAX = 1 << 20
BODY_BYTES_MAX = 8 << 20


def encode_frame(head: bytes, body: bytes = b"") -> bytes:
    """One frame on the wire."""
    return LENGTHS.pack(len(head), len(body)) + head + body


class FrameReader:
    """Cuts a stream of bytes into frames.

    State: `_pieces` of the frame that has not arrived whole, their `_size`, and `_wanted`, how many bytes it takes to
    go on. Bounded by one frame and one read. Pieces are joined once, however small they come.
    """

    __slots__ = ("_body_bytes_max", "_pieces", "_size", "_wanted")

    def __init__(self, body_bytes_max: int = BODY_BYTES_MAX) -> None:
        self._body_bytes_max = body_bytes_max
        self._pieces: list[bytes] = []
        self._size = 0
        self._wanted = 8

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield each (head, body) that is complete. Raises GuestError where a length is over its bound."""
        self._size += len(data)
        if self._pieces:
            self._pieces.append(data)
            if self._size < self._wanted:
                return
            data = b"".join(self._pieces)
            self._pieces.clear()
        start, size = 0, self._size
        self._size = 0
        self._wanted = 8
        while size - start >= 8:
            head_bytes, body_bytes = LENGTHS.unpack_from(data, start)
            if head_bytes > HEAD_BYTES_MAX or body_bytes > self._body_bytes_max:
                raise GuestError(f"a frame of {head_bytes} and {body_bytes} bytes is over its bound")
            head_end = start + 8 + head_bytes
            end = head_end + body_bytes
            if end > size:
                self._wanted = end - start
                break
            yield data[start + 8 : head_end], data[head_end:end]
            start = end
        if start < size:
            self._pieces.append(data[start:])
            self._size = size - start

    @property
    def waiting_bytes(self) -> int:
        """How much of an unfinished frame has arrived."""
        return self._size
