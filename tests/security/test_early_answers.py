"""Answers that are known before a body has come: they reach a caller who is still sending."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.start_server import StartServer, start_server

PIECE = b"x" * 1000
PIECES = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """A `gettone start` of its own."""
    with start_server(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.mark.parametrize(
    ("part", "line", "status"),
    [
        ("gateway", b"POST /nothing", 404),
        ("gateway", b"OPTIONS /create-room-token", 204),
        ("gateway", b"DELETE /create-room-token", 405),
        ("api", b"POST /v1/Services", 401),
        ("api", b"PATCH /v1/Services", 405),
        ("api", b"POST /api/v1/nothing", 404),
        ("api", b"POST /sign-in", 403),
    ],
)
def test_early_answer_waits_for_the_body(server: StartServer, part: str, line: bytes, status: int) -> None:
    """A connection that ends in the middle of a body would be a reset, and not an answer."""
    port, host = (
        (server.port, f"{server.quickstart}.localhost")
        if part == "gateway"
        else (server.console_port, f"localhost:{server.console_port}")
    )
    head = line + b" HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (
        host.encode(),
        len(PIECE) * PIECES,
    )
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(head)
        for _ in range(PIECES):
            connection.sendall(PIECE)
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))

    assert int(answer.split(b" ", 2)[1]) == status
