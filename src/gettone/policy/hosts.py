"""Which host names the control plane answers, and what a client's own view of the address is. Pure.

Official clients come with Twilio's names, through a proxy or a changed hosts file. Must not know paths.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Headers = Sequence[tuple[bytes, bytes]]
Network = IPv4Network | IPv6Network

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
# product[.edge][.region].twilio.com, as the official clients put it together.
_OFFICIAL = re.compile(r"(api|serverless|serverless-upload|iam|accounts)((?:\.[a-z0-9-]{1,63}){0,2}\.twilio\.com)")
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names that are answered beside loopback's and Twilio's, in lower case, and the proxies that are believed."""

    names: frozenset[str] = frozenset()
    trusted_proxies: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How a client sees us. `official` is what follows the product in a name of Twilio's, None for all other names."""

    scheme: str
    host: str
    port: str | None = None
    official: str | None = field(default=None)

    def base(self, product: str) -> str:
        """Scheme and host under which this client finds a product of Twilio's."""
        name = self.host if self.official is None else product + self.official
        # Twilio speaks TLS alone, so a client that came by its name does too, whatever the last hop was.
        scheme = self.scheme if self.official is None else "https"
        return f"{scheme}://{name}" if self.port is None else f"{scheme}://{name}:{self.port}"

    @property
    def is_private(self) -> bool:
        """Whether what is typed here is read by nobody on the way: over TLS, or without leaving the machine."""
        return self.scheme == "https" or self.host in LOOPBACK_NAMES


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request came from, and how it was asked; `asked` is None where the name is none that is answered."""

    address: str | None
    asked: Asked | None


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks in the usual notation; a lone address is a network of one. Raises ValueError."""
    return tuple(ip_network(text, strict=False) for text in texts)


def read_caller(hosts: Hosts, scheme: str, peer: str | None, headers: Headers) -> Caller:
    """Where a request came from and which address it asked for; proxies that are not trusted are not believed."""
    host = _one(headers, b"host")
    address = peer
    if peer is not None and _is_within(peer, hosts.trusted_proxies):
        # The nearest proxy's word is the last one: what stands before it, a client may have written.
        host = _last(headers, b"x-forwarded-host") or host
        said = _last(headers, b"x-forwarded-proto")
        scheme = said if said in ("http", "https") else scheme
        address = _client_address(hosts, peer, headers)
    return Caller(address, _accept(hosts, scheme, host.lower()))


def _accept(hosts: Hosts, scheme: str, host: str) -> Asked | None:
    found = _HOST.fullmatch(host)
    if found is None:
        return None
    name, port = found.groups()
    official = _OFFICIAL.fullmatch(name)
    if official is not None:
        return Asked(scheme, name, None if port == "443" else port, official[2])
    if name in LOOPBACK_NAMES or name in hosts.names:
        usual = port == ("443" if scheme == "https" else "80")
        return Asked(scheme, name, None if usual else port)
    return None


def _client_address(hosts: Hosts, peer: str, headers: Headers) -> str:
    """The last address in the chain that is no trusted proxy of ours."""
    chain = ",".join(value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for").split(",")
    address = peer
    for said in reversed([part.strip() for part in chain if part.strip()]):
        if not _is_within(address, hosts.trusted_proxies):
            break
        try:
            address = str(ip_address(said))
        except ValueError:
            break
    return address


def _is_within(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def _one(headers: Headers, name: bytes) -> str:
    """The value of a header that has to be there once; nothing else counts."""
    values = [value for key, value in headers if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def _last(headers: Headers, name: bytes) -> str:
    values = [value for key, value in headers if key == name]
    return values[-1].decode("latin-1").rpartition(",")[2].strip().lower() if values else ""
