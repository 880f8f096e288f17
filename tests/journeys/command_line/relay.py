"""A network that drops: bytes go to a server and back until enough of them were seen, then nothing goes any more.

Must not know what is said over it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Relay:
    """Ends when `needle` was seen so many times on the way to the server."""

    port: int
    needle: bytes
    times: int
    seen: int = 0
    sockets: list[socket.socket] = field(default_factory=list)

    def carry(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        """Carry one direction."""
        with suppress(OSError):
            while data := source.recv(65536):
                self.seen += data.count(self.needle) if counts else 0
                if self.seen >= self.times:
                    self.drop()
                    return
                target.sendall(data)

    def drop(self) -> None:
        """End everything."""
        for each in self.sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def relay(target: int, needle: bytes, times: int) -> Iterator[Relay]:
    """Stand before a port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    made = Relay(listener.getsockname()[1], needle, times, sockets=[listener])
    threads: list[threading.Thread] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", target))
                made.sockets += [near, far]
                for one, other, counts in ((near, far, True), (far, near, False)):
                    threads.append(threading.Thread(target=made.carry, args=(one, other, counts)))
                    threads[-1].start()

    accepting = threading.Thread(target=serve)
    accepting.start()
    try:
        yield made
    finally:
        made.drop()
        accepting.join(10)
        for thread in threads:
            thread.join(10)
