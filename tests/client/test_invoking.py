"""Functions called at a server of a test's own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gettone.client import invoking
from gettone.client.invoking import invoke
from gettone.model.errors import PlatformError


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_POST(self) -> None:
        """Tell host, target and body."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        told = f"{self.headers['Host']} {self.path} ".encode() + body
        self.send_response(404)
        self.send_header("X-Request-Id", "RQ1")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """A server on loopback."""
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(10)


def test_a_name_below_localhost_is_this_machine(port: int) -> None:
    """No resolver is asked; the function sees the name; whatever it answers is told."""
    answer = invoke(f"http://svc-1-dev.localhost:{port}", "POST", "/a?b=1", {}, b"\xff")

    assert answer.body == f"svc-1-dev.localhost:{port} /a?b=1 ".encode() + b"\xff"
    assert (answer.status, answer.reason, answer.request_sid) == (404, "Not Found", "RQ1")
    assert [value for name, value in answer.headers if name.lower() == "set-cookie"] == ["a=1", "b=2"]


def test_an_answer_without_an_end_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before memory is full of it."""
    monkeypatch.setattr(invoking, "BODY_BYTES_MAX", 1000)

    with pytest.raises(PlatformError) as refused:
        invoke(f"http://localhost:{port}", "POST", "/", {}, b"x" * 2000)

    assert refused.value.code == "too_large"


def test_nobody_there_is_told() -> None:
    """With the address."""
    with pytest.raises(PlatformError, match=r"http://svc\.localhost:9") as refused:
        invoke("http://svc.localhost:9", "GET", "/", {}, b"")

    assert refused.value.code == "unavailable"
