"""The proxy before the clients: whatever they ask for, no packet of theirs leaves the machine."""

from __future__ import annotations

import socket

import pytest

from tests.journeys.official_clients.proxy import run_proxy

ANSWER = b"from where it was led"


def ask(port: int, line: str) -> bytes:
    """What a proxy answers to a first line, up to its end."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(f"{line} HTTP/1.1\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


@pytest.mark.parametrize(
    "line",
    [
        "CONNECT example.com:443",
        "CONNECT api.twilio.com.example.com:443",
        "CONNECT twilio.com:443",
        "CONNECT api.twilio.com:80",
        "CONNECT 127.0.0.1:443",
        "GET http://api.twilio.com/",
    ],
)
def test_everything_but_twilios_names_is_refused(line: str) -> None:
    """With 403, and without a connection to anywhere."""
    with socket.create_server(("127.0.0.1", 0)) as nobody, run_proxy(nobody.getsockname()[1]) as proxy:
        answer = ask(int(proxy.url.rpartition(":")[2]), line)
        nobody.setblocking(False)

        assert answer.startswith(b"HTTP/1.1 403 ")
        assert (proxy.hosts, proxy.refused) == (set(), [f"{line} HTTP/1.1"])
        with pytest.raises(BlockingIOError):
            nobody.accept()


def test_twilios_names_are_led_to_loopback() -> None:
    """All of them to the one port, from which the bytes come back."""
    with socket.create_server(("127.0.0.1", 0)) as target, run_proxy(target.getsockname()[1]) as proxy:
        port = int(proxy.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(b"CONNECT serverless.dublin.ie1.twilio.com:443 HTTP/1.1\r\n\r\n")
            led, _ = target.accept()
            with led:
                led.sendall(ANSWER)
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))

    assert answer.endswith(b"\r\n\r\n" + ANSWER)
    assert proxy.hosts == {"serverless.dublin.ie1.twilio.com"}
