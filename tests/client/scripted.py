"""A server on loopback that answers what it was told to, one answer after the other. Must not know what is tested."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `cut` breaks the connection after so many bytes of the body; None with `hang_up` before any."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    hang_up: bool = False


@dataclass(slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Scripted:
    """The server. `replies` is what is answered next, the last one again and again; `asked` what was asked."""

    url: str
    replies: list[Reply]
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def scripted(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """Serve these answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    told = Scripted(f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}", list(replies))

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
            told.asked.append(asked)
            reply = told.replies.pop(0) if len(told.replies) > 1 else told.replies[0]
            self.close_connection = True
            if reply.hang_up:
                self._hang_up()
                return
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body if reply.cut is None else reply.body[: reply.cut])
            self.wfile.flush()

        def _hang_up(self) -> None:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        do_GET: Callable[[Handler], None] = answer  # noqa: N815 - http.server calls it so
        do_POST: Callable[[Handler], None] = answer  # noqa: N815 - as above
        do_PUT: Callable[[Handler], None] = answer  # noqa: N815 - as above
        do_DELETE: Callable[[Handler], None] = answer  # noqa: N815 - as above

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server calls it so
            """Say nothing."""

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="scripted server")
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
