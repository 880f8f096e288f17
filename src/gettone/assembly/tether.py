"""The socket between the supervisor and a program of its: orders down, reports up, and the end of both at its end.

Orders hold keys, so they travel here and never on a command line or in an environment. A message is its length in four
bytes, big-endian, and JSON. Must not know what is ordered.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from gettone.model.errors import Code
from gettone.settings import Settings

MESSAGE_BYTES_MAX = 1 << 20
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class GatewayOrders:
    """What a gateway is told: its listening sockets (descriptors), and the two keys that snapshots are read with."""

    settings: Settings
    sockets: tuple[int, ...]
    port: int
    snapshot_key: bytes
    public_key: bytes


@dataclass(frozen=True, slots=True)
class ControlOrders:
    """What control is told: its listening sockets, and the ports that addresses are written with."""

    settings: Settings
    sockets: tuple[int, ...]
    port: int
    console_port: int


class Opened(msgspec.Struct, frozen=True, tag=True):
    """Control has its database. `set_up_secret` comes once, when it was made; `quickstart` is the example's domain.

    `notices` are about settings that are of no use any more.
    """

    account_sid: str
    has_owner: bool
    set_up_secret: str | None
    quickstart: str | None
    notices: tuple[str, ...] = ()


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The program does what it is for."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The program cannot go on. What is `unavailable` may be there later; any other code stays as it is."""

    code: Code
    message: str


Report = Opened | Ready | Failed

T = TypeVar("T")


def encode_orders(orders: GatewayOrders | ControlOrders) -> bytes:
    """Orders as bytes."""
    return msgspec.json.encode(orders, enc_hook=str)


def decode_orders(kind: type[T], data: bytes) -> T:
    """Orders of this kind."""
    return msgspec.json.decode(data, type=kind, dec_hook=lambda wanted, value: wanted(value))


class Tether:
    """A program's end. Made before its event loop runs."""

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)
        self._socket = socket.socket(fileno=fd)

    @classmethod
    def pair(cls) -> tuple[Tether, socket.socket]:
        """The supervisor's end, and the socket to start a program with."""
        near, far = socket.socketpair()
        return cls(near.detach()), far

    def send(self, data: bytes) -> None:
        """Say something; nobody may be there to hear it."""
        with contextlib.suppress(OSError):
            self._socket.sendall(_LENGTH.pack(len(data)) + data)

    def report(self, report: Report) -> None:
        """Tell the supervisor."""
        self.send(msgspec.json.encode(report))

    def receive(self) -> bytes | None:
        """The next message, waited for; None when the other end is gone."""
        head = self._exactly(_LENGTH.size)
        if head is None:
            return None
        size = _LENGTH.unpack(head)[0]
        return self._exactly(size) if size <= MESSAGE_BYTES_MAX else None

    async def read(self) -> bytes | None:
        """The next message, for who runs an event loop."""
        return await asyncio.to_thread(self.receive)

    def on_cut(self, loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
        """Do something when the other end is gone. Nothing more is read."""

        def readable() -> None:
            loop.remove_reader(self._socket)
            act()

        loop.add_reader(self._socket, readable)

    def close(self) -> None:
        """Cut it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _exactly(self, size: int) -> bytes | None:
        data = b""
        while len(data) < size:
            try:
                piece = self._socket.recv(size - len(data))
            except OSError:
                return None
            if not piece:
                return None
            data += piece
        return data


def read_report(data: bytes) -> Report:
    """A report as it was sent."""
    report: Report = msgspec.json.decode(data, type=Report)
    return report
