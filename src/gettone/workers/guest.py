"""One guest process, as the pool holds it: frames out, messages in, what it prints, its end. Decides nothing.

State: `_unsent` (frames of this turn of the loop, and what the socket has not taken), `_blocked`,
`_tickets`, `_closed`. Changed on the event loop only.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable

from gettone.wire.errors import GuestError
from gettone.wire.frames import FrameReader
from gettone.wire.messages import GuestMessage, decode_guest
from gettone.workers.runtimes import Started

READ_BYTES = 1 << 18
EXIT_SECONDS = 2.0
TICKET = b"t"


class Guest:
    """The host's end of a worker. `on_message`, `on_print` and `on_gone` are set by who holds it."""

    __slots__ = (
        "_blocked",
        "_closed",
        "_fds",
        "_is_silent",
        "_loop",
        "_reader",
        "_tickets",
        "_unsent",
        "_unsent_tickets",
        "_wire",
        "cell",
        "ended_by_host",
        "on_gone",
        "on_message",
        "on_print",
        "process",
    )

    def __init__(self, started: Started) -> None:
        self.process = started.process
        self.cell = started.cell
        self.on_message: Callable[[GuestMessage], None] = lambda message: None
        self.on_print: Callable[[str, bytes], None] = lambda level, data: None
        self.on_gone: Callable[[str | None], None] = lambda fault: None
        self.ended_by_host = False
        self._loop = asyncio.get_running_loop()
        self._wire = started.wire
        self._wire.setblocking(False)
        self._reader = FrameReader()
        self._unsent: list[bytes] = []
        self._blocked = False
        self._unsent_tickets = 0
        self._tickets = started.tickets
        self._closed = False
        self._is_silent = False
        self._fds = {started.stdout: "info", started.stderr: "error"}
        self._loop.add_reader(self._wire, self._readable)
        for fd in self._fds:
            os.set_blocking(fd, False)
            self._loop.add_reader(fd, self._printed, fd)

    def send(self, frame: bytes, ticket: bool = False) -> None:
        """Write a frame at the end of this turn of the loop, or as the socket takes it.

        Frames of one turn go out together: waking the guest costs more than all else. What has a ticket can be taken
        back.
        """
        if ticket:
            self._unsent_tickets += 1
        if not self._unsent and not self._blocked:
            self._loop.call_soon(self._flush)
        self._unsent.append(frame)

    def take_back(self, calls: int) -> int:
        """Take back as many of the last calls that were sent with a ticket: how many had not started."""
        if calls == 0 or self._closed:
            return 0
        self._flush()
        try:
            return len(os.read(self._tickets[0], calls))
        except BlockingIOError:
            return 0

    def silence(self) -> None:
        """Hear nothing more of it, though it may still live."""
        if not self._closed:
            self._loop.remove_reader(self._wire)
        self._is_silent = True

    def kill(self) -> None:
        """End it with all that it started. Nothing is heard of it any more."""
        self.ended_by_host = True
        self.process.kill()
        self.close()

    def close(self) -> None:
        """Let go of every descriptor. A guest ends when its wire closes."""
        if self._closed:
            return
        self._closed = self._is_silent = True
        self._loop.remove_reader(self._wire)
        self._loop.remove_writer(self._wire)
        self._wire.close()
        for fd in self._fds:
            self._loop.remove_reader(fd)
            os.close(fd)
        self._fds = {}
        for fd in self._tickets:
            os.close(fd)
        if self.cell is not None:
            self.cell.remove()

    async def exit_status(self) -> int | None:
        """How it ended: an exit code, or a negative signal number. None when it does not end by itself."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXIT_SECONDS):
                return await asyncio.shield(self.process.exited)
        return None

    def drain_prints(self) -> None:
        """Read what is left in the pipes, before they are closed."""
        for fd in list(self._fds):
            self._printed(fd)

    def _readable(self) -> None:
        try:
            data = self._wire.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.silence()
            self.on_gone(None)
            return
        try:
            for head, body in self._reader.feed(data):
                self.on_message(decode_guest(head, body))
                if self._is_silent:
                    return
        except GuestError as error:
            self.silence()
            self.on_gone(str(error))

    def _flush(self) -> None:
        if self._closed or not self._unsent:
            return
        if self._unsent_tickets:
            # Before the frames: a guest that has a frame finds its ticket.
            os.write(self._tickets[1], TICKET * self._unsent_tickets)
            self._unsent_tickets = 0
        data = self._unsent[0] if len(self._unsent) == 1 else b"".join(self._unsent)
        try:
            sent = self._wire.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = len(data)  # it has ended: reading says so
        self._unsent = [data[sent:]] if sent < len(data) else []
        if bool(self._unsent) is not self._blocked:
            self._blocked = not self._blocked
            if self._blocked:
                self._loop.add_writer(self._wire, self._flush)
            else:
                self._loop.remove_writer(self._wire)

    def _printed(self, fd: int) -> None:
        try:
            data = os.read(fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(fd)
            return
        self.on_print(self._fds[fd], data)
