"""How a token is signed: HMAC with SHA-2, and nothing else. Must not know headers, claims or keys' names.

There is no algorithm "none" and no asymmetric one here, so no header can talk a verifier into either.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Algorithm:
    """An HMAC of RFC 7518 section 3.2."""

    name: str
    hash_name: str
    block_bytes: int

    def sign(self, secret: bytes, message: bytes) -> bytes:
        """Sign a whole message."""
        return hmac.digest(secret, message, self.hash_name)

    def accepts(self, secret: bytes, message: bytes, signature: bytes) -> bool:
        """Tell whether the signature is the message's, in a time that tells nothing about where they differ."""
        return hmac.compare_digest(self.sign(secret, message), signature)


HS256 = Algorithm("HS256", "sha256", 64)
ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType(
    {
        "HS256": HS256,
        "HS384": Algorithm("HS384", "sha384", 128),
        "HS512": Algorithm("HS512", "sha512", 128),
    }
)

_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


class PreparedSignature:
    """The signature of every message that begins the same way, its beginning already taken in.

    RFC 2104 section 4 keeps the hash's state after the padded secret; we keep it after the shared beginning too.
    Immutable once made: each signature works on copies, so threads share one without a lock.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, algorithm: Algorithm, secret: bytes, beginning: bytes) -> None:
        if len(secret) > algorithm.block_bytes:
            secret = hashlib.new(algorithm.hash_name, secret).digest()
        padded = secret.ljust(algorithm.block_bytes, b"\0")
        self._inner = hashlib.new(algorithm.hash_name, padded.translate(_INNER_PAD))
        self._outer = hashlib.new(algorithm.hash_name, padded.translate(_OUTER_PAD))
        self._inner.update(beginning)

    def finish(self, rest: bytes) -> bytes:
        """Sign the message that ends with this rest."""
        inner = self._inner.copy()
        inner.update(rest)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()
