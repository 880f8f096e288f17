"""Under which addresses a running Gettone is reached: what is printed, written into letters, and called from pages."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from gettone.settings import Settings

EVERYWHERE = ("127.0.0.1", "::1", "0.0.0.0", "::")  # listening there, one is reached as localhost from here


@dataclass(frozen=True, slots=True)
class Addresses:
    """Of the functions, and of console and API; without a slash at the end."""

    functions: str
    console: str


def addresses(settings: Settings, port: int, console_port: int) -> Addresses:
    """What people and callers are told."""
    scheme = "https" if settings.tls_cert is not None else "http"
    name = "localhost" if settings.host in EVERYWHERE else settings.host
    functions = settings.public_url or f"{scheme}://{name}:{port}"
    console = settings.console_url or f"{scheme}://{name}:{console_port}"
    return Addresses(functions.rstrip("/"), console.rstrip("/"))


def public_port(public_url: str | None, listening: int) -> int:
    """The port that callers of functions use: where a proxy stands before the gateway, the proxy's."""
    if public_url is None:
        return listening
    address = urlsplit(public_url)
    return address.port or (443 if address.scheme == "https" else 80)
