"""Names and proxies: what is answered, under which name, to whom."""

from __future__ import annotations

import pytest

from gettone.policy.hosts import Asked, Headers, Hosts, read_caller, read_networks

HOSTS = Hosts(frozenset({"console.example.com"}), read_networks(["10.0.0.0/8", "::1"]))
ACCEPTED = {
    "localhost:8001": Asked("http", "localhost", "8001"),
    "LOCALHOST": Asked("http", "localhost"),
    "127.0.0.1:80": Asked("http", "127.0.0.1"),
    "[::1]:8001": Asked("http", "[::1]", "8001"),
    "Console.Example.com": Asked("http", "console.example.com"),
    "api.twilio.com": Asked("http", "api.twilio.com", None, ".twilio.com"),
    "serverless.dublin.ie1.twilio.com:443": Asked(
        "http", "serverless.dublin.ie1.twilio.com", None, ".dublin.ie1.twilio.com"
    ),
    "serverless-upload.au1.twilio.com": Asked("http", "serverless-upload.au1.twilio.com", None, ".au1.twilio.com"),
}
REFUSED = (
    "",
    "example.com",
    "evil.console.example.com",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "twilio.com",
    "video.twilio.com",
    "api.a.b.c.twilio.com",
    "api.twilio.com.evil.com",
    "evilapi.twilio.com",
    "localhost:port",
    "localhost:8001/path",
    "local host",
    "localhost@evil.com",
    "[::1",
)


def headers(host: str, **others: str) -> Headers:
    """Headers as a server hands them on."""
    named = {"host": host, **{name.replace("_", "-"): value for name, value in others.items()}}
    return [(name.encode(), value.encode()) for name, value in named.items()]


@pytest.mark.parametrize("host", ACCEPTED)
def test_name_is_answered(host: str) -> None:
    """Loopback's names, configured ones, and Twilio's with edge and region; case and the usual port do not matter."""
    assert read_caller(HOSTS, "http", "127.0.0.1", headers(host)).asked == ACCEPTED[host]


@pytest.mark.parametrize("host", REFUSED)
def test_other_name_is_not_answered(host: str) -> None:
    """A name that only looks like an accepted one is none."""
    assert read_caller(HOSTS, "http", "127.0.0.1", headers(host)).asked is None


def test_two_hosts_are_none() -> None:
    """A request that names two hosts could mean either (RFC 9112, 3.2)."""
    twice = [*headers("localhost"), *headers("localhost")]

    assert read_caller(HOSTS, "http", "127.0.0.1", twice).asked is None


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("localhost:8001", "http://localhost:8001"),
        ("console.example.com", "http://console.example.com"),
        ("serverless.twilio.com", "https://serverless.twilio.com"),
        ("serverless-upload.dublin.ie1.twilio.com", "https://serverless.dublin.ie1.twilio.com"),
        ("api.twilio.com:8443", "https://serverless.twilio.com:8443"),
    ],
)
def test_urls_begin_as_the_client_asked(host: str, base: str) -> None:
    """Twilio's names speak TLS, and each product is found under its own."""
    asked = read_caller(HOSTS, "http", "127.0.0.1", headers(host)).asked

    assert asked is not None
    assert asked.base("serverless") == base


def test_trusted_proxy_is_believed() -> None:
    """Scheme, host and address are what the nearest proxy says; before it, a client may have written anything."""
    said = headers(
        "inner:8001",
        x_forwarded_host="evil.com, console.example.com",
        x_forwarded_proto="http, https",
        x_forwarded_for="6.6.6.6, 192.0.2.7, 10.0.0.9",
    )
    caller = read_caller(HOSTS, "http", "10.0.0.1", said)

    assert caller.asked == Asked("https", "console.example.com")
    assert caller.address == "192.0.2.7"


def test_other_peer_is_not_believed() -> None:
    """Forwarded headers of anybody else change nothing."""
    said = headers("localhost", x_forwarded_host="console.example.com", x_forwarded_for="6.6.6.6")
    caller = read_caller(HOSTS, "http", "192.0.2.7", said)

    assert caller.asked == Asked("http", "localhost")
    assert caller.address == "192.0.2.7"


@pytest.mark.parametrize("said", ["", "unknown", "_hidden, 10.0.0.9", "10.0.0.8"])
def test_chain_without_an_address_ends_at_the_proxy(said: str) -> None:
    """What is no address ends the chain."""
    caller = read_caller(HOSTS, "http", "10.0.0.1", headers("localhost", x_forwarded_for=said))

    assert caller.address in ("10.0.0.1", "10.0.0.8", "10.0.0.9")


def test_peer_without_an_address_is_not_believed() -> None:
    """Whoever comes over a Unix socket has none."""
    caller = read_caller(HOSTS, "http", None, headers("localhost", x_forwarded_host="console.example.com"))

    assert caller.asked == Asked("http", "localhost")
    assert caller.address is None


@pytest.mark.parametrize(
    ("asked", "is_private"),
    [
        (Asked("http", "localhost", "8001"), True),
        (Asked("http", "[::1]", "8001"), True),
        (Asked("https", "console.example.com"), True),
        (Asked("http", "console.example.com"), False),
    ],
)
def test_private_is_tls_or_loopback(asked: Asked, is_private: bool) -> None:
    """Nobody on the way reads what is typed there."""
    assert asked.is_private is is_private
