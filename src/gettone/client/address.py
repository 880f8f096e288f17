"""Where a server's products answer: all at one address for a Gettone, each at its own for Twilio. Pure.

Must not know what is asked there.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gettone.model.errors import PlatformError

_UPLOAD = re.compile(r"/v1/Services/[^/]+/(?:Functions|Assets)/[^/]+/Versions")
_EXAMPLE = "write it as http://localhost:8001"


@dataclass(frozen=True, slots=True)
class Address:
    """The origin of each product. `own` is where `/api/v1` is, None for Twilio itself."""

    api: str
    serverless: str
    upload: str
    iam: str
    own: str | None

    def of(self, path: str, method: str = "GET") -> str:
        """The origin that a path belongs to. Raises PlatformError `invalid` for a path of ours at Twilio."""
        if path.startswith("/2010-04-01/"):
            return self.api
        if path == "/v1/Keys" or path.startswith("/v1/Keys/"):
            return self.iam
        if path.startswith("/v1/"):
            return self.upload if method == "POST" and _UPLOAD.fullmatch(path) else self.serverless
        if self.own is None:
            raise PlatformError("invalid", f"{self.api} is no Gettone: it has nothing at {path}")
        return self.own

    @property
    def name(self) -> str:
        """What people call this server."""
        return self.own or self.api

    @property
    def is_loopback(self) -> bool:
        """Whether nothing that is sent there leaves this machine."""
        return all(_is_loopback(origin) for origin in self._origins)

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can read what is sent there."""
        return all(origin.startswith("https:") or _is_loopback(origin) for origin in self._origins)

    @property
    def uses_tls(self) -> bool:
        """Whether anything of it is asked by TLS."""
        return any(origin.startswith("https:") for origin in self._origins)

    @property
    def _origins(self) -> tuple[str, ...]:
        return (self.api, self.serverless, self.upload, self.iam)


def gettone_at(url: str) -> Address:
    """The address of a Gettone: the origin of any URL of its console or API. Raises PlatformError `invalid`."""
    origin = origin_of(url)
    return Address(origin, origin, origin, origin, origin)


def twilio_at(url: str | None = None, region: str | None = None, edge: str | None = None) -> Address:
    """Twilio's own address; or that of who plays it at a URL, with Twilio's paths alone. Raises PlatformError."""
    if url is not None:
        origin = origin_of(url)
        return Address(origin, origin, origin, origin, None)
    # An edge alone goes with the first region, as Twilio's clients have it.
    place = ".".join(part for part in (edge, region or ("us1" if edge else None)) if part)
    api, serverless, upload, iam = (
        f"https://{'.'.join(part for part in (product, place, 'twilio.com') if part)}"
        for product in ("api", "serverless", "serverless-upload", "iam")
    )
    return Address(api, serverless, upload, iam, None)


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL. Raises PlatformError `invalid`, without the URL where it may hold a password."""
    text = url.strip()
    if "://" not in text:
        host = text.partition("/")[0].rpartition(":")[0] or text.partition("/")[0]
        text = f"{'http' if _is_loopback('http://' + host) else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise PlatformError("invalid", f"this is no URL of a server: {_EXAMPLE}") from None
    if parts.username is not None or parts.password is not None:
        raise PlatformError(
            "invalid", "the URL has a user name or a password in it, which others could read: leave them out of it"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PlatformError("invalid", f"this is no URL of a server: {_EXAMPLE}")
    if not parts.hostname.isascii() or not parts.hostname.isprintable() or " " in parts.hostname:
        raise PlatformError("invalid", f"the URL has a host name that is none: {_EXAMPLE}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")


def _is_loopback(origin: str) -> bool:
    host = urlsplit(origin).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
