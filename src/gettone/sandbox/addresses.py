"""Which addresses a function may call: the public ones, and those that were opened for it. Pure.

Loopback, private, link-local, carrier-grade, multicast and reserved ranges are closed, also where an IPv6 address only
stands for one of them. Standard library only: the nursery runs it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# What they stand for is reached through a gateway that we know nothing of (RFC 6052, 8215, 3056, 4380).
_TRANSLATED = tuple(ipaddress.ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
# Carrier-grade NAT (RFC 6598), benchmarking (RFC 2544), IETF protocols (RFC 6890), old anycast relays (RFC 7526).
_RESERVED = tuple(
    ipaddress.ip_network(each) for each in ("100.64.0.0/10", "198.18.0.0/15", "192.0.0.0/24", "192.88.99.0/24")
)


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A host address and a port, as `[network] allow` has them: `127.0.0.1:5432`, `[::1]:5432`."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def read_target(text: str) -> Target:
    """A target out of its text. Raises ValueError that says what it should look like."""
    address, colon, port = text.strip().rpartition(":")
    try:
        if not colon or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("no port")
        return Target(str(plain(ipaddress.ip_address(address.removeprefix("[").removesuffix("]")))), int(port))
    except ValueError:
        message = f"{text!r} is no address and port: write it as 127.0.0.1:5432 or [::1]:5432"
        raise ValueError(message) from None


def plain(address: IPAddress) -> IPAddress:
    """The address that an IPv4-mapped one means, else itself, without a zone."""
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is not None:
            return mapped
        if address.scope_id is not None:
            return ipaddress.IPv6Address(int(address))
    return address


def is_public(address: IPAddress) -> bool:
    """Whether an address is one of the public internet's."""
    address = plain(address)
    if any(address in network for network in (*_TRANSLATED, *_RESERVED) if network.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv6Address) and int(address) >> 32 == 0:
        return False  # IPv4-compatible, long out of use (RFC 4291)
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_open(address: IPAddress, port: int, opened: Collection[Target], closed: Collection[str] = ()) -> bool:
    """Whether a connection may be made: to a public address that is not in `closed`, or to what was opened."""
    address = plain(address)
    if Target(str(address), port) in opened:
        return True
    return is_public(address) and str(address) not in closed
