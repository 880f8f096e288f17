"""Seals what must not lie open: tokens, secrets and variables, each to its own row. Must not know rows nor files.

Every use has a key of its own, derived from the master key (HKDF-SHA256, RFC 5869), so that a gateway can be given what
it needs and no more. A sealed text is

    version (1) | key id (4) | nonce (12) | AES-256-GCM of the text, with its tag

The kind of a row, its id and the first five bytes are authenticated with it: a text that was moved to another row, or
another column, does not open. Nonces are random: 2**32 texts may be sealed under one key (NIST SP 800-38D, 8.3).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gettone.model.errors import PlatformError
from gettone.model.sids import Randomness

MASTER_KEY_BYTES = 32

Kind = Literal["account", "api_key", "variable", "cluster", "user", "outbox"]
"""Whose secret it is. The id within a kind is the row's own, with `/previous` or the like behind it for a second."""

_VERSION = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_HEADER_BYTES = len(_VERSION) + _KEY_ID_BYTES
_CHECK = "this text proves the master key"


@dataclass(frozen=True, slots=True)
class GatewayKeys:
    """What a gateway needs to read snapshots, and to know whose they are. They open nothing in the store."""

    snapshot_key: bytes = field(repr=False)
    public_key: bytes


class Vault:
    """Seals and opens under one master key. Raises PlatformError `invalid` when the key has not 32 bytes."""

    __slots__ = ("_columns", "_key_id", "_randomness", "signing_key", "snapshot_key")

    def __init__(self, master_key: bytes, randomness: Randomness = os.urandom) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise PlatformError("invalid", f"a master key has {MASTER_KEY_BYTES} bytes, this one {len(master_key)}")
        columns = _derive(master_key, "columns")
        self._columns = AESGCM(columns)
        self._key_id = hashlib.sha256(b"gettone key id\0" + columns).digest()[:_KEY_ID_BYTES]
        self._randomness = randomness
        self.snapshot_key = _derive(master_key, "snapshots")
        """Seals segments of the snapshot, and keys their digests."""
        self.signing_key = Ed25519PrivateKey.from_private_bytes(_derive(master_key, "manifests"))
        """Signs manifests."""

    def __repr__(self) -> str:
        return f"Vault(key {self._key_id.hex()})"

    def seal(self, kind: Kind, id: str, text: str) -> bytes:
        """Seal a text to its row."""
        header = _VERSION + self._key_id
        nonce = self._randomness(_NONCE_BYTES)
        return header + nonce + self._columns.encrypt(nonce, text.encode(), _bound_to(header, kind, id))

    def open(self, kind: Kind, id: str, sealed: bytes) -> str:
        """The text that was sealed to this row.

        Raises PlatformError `internal` when it was sealed under another key, to another row, or has changed since.
        """
        header, nonce = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES : _HEADER_BYTES + _NONCE_BYTES]
        if not hmac.compare_digest(header, _VERSION + self._key_id):
            raise PlatformError(
                "internal",
                f"a secret of {kind} {id} was sealed under another master key: start with the key of this database",
            )
        try:
            plain = self._columns.decrypt(nonce, sealed[_HEADER_BYTES + _NONCE_BYTES :], _bound_to(header, kind, id))
        except (InvalidTag, ValueError):
            raise PlatformError(
                "internal", f"a secret of {kind} {id} does not open: its row was changed by hand or is damaged"
            ) from None
        return plain.decode()

    def make_check(self) -> bytes:
        """Seal the known text by which a later start proves its master key."""
        return self.seal("cluster", "check", _CHECK)

    def check(self, key_check: bytes) -> None:
        """Prove that this is the key of a database. Raises PlatformError `invalid` when it is another."""
        try:
            held = self.open("cluster", "check", key_check)
        except PlatformError:
            held = ""
        if held != _CHECK:
            raise PlatformError(
                "invalid",
                "the master key is not the one that this database was made with: "
                "put that key's file back, or name it in GETTONE_MASTER_KEY_FILE",
            )

    def gateway_keys(self) -> GatewayKeys:
        """What a gateway is given."""
        return GatewayKeys(self.snapshot_key, self.signing_key.public_key().public_bytes_raw())


def _derive(master_key: bytes, use: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"gettone/1/{use}".encode()).derive(master_key)


def _bound_to(header: bytes, kind: Kind, id: str) -> bytes:
    return header + f"{kind}:{id}".encode()
