"""What protects a published state on its way and at rest: segments sealed, manifests signed.

A gateway's disk and a copied database hold segments that only the snapshot key opens. Who has that key alone can still
publish nothing: manifests are signed with a key that gateways do not have. Must not know where keys come from.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gettone.model.errors import PlatformError
from gettone.model.sids import Randomness
from gettone.routes.codec import decode_manifest
from gettone.routes.segment import Manifest

KEY_BYTES = 32
NONCE_BYTES = 12
SIGNATURE_BYTES = 64


def keyed_digest(key: bytes, plain: bytes) -> str:
    """The name of a segment: HMAC-SHA256 in hex. Without the key nobody can guess a variable and compare."""
    return hmac.new(_derive(key, b"digest"), plain, hashlib.sha256).hexdigest()


def seal_segment(key: bytes, cluster: str, owner: str, digest: str, plain: bytes, randomness: Randomness) -> bytes:
    """Encrypt a segment: nonce, ciphertext, tag. It opens under the same cluster, owner and digest alone."""
    nonce = randomness(NONCE_BYTES)
    return nonce + AESGCM(_derive(key, b"seal")).encrypt(nonce, plain, _associated(cluster, owner, digest))


def open_segment(key: bytes, cluster: str, owner: str, digest: str, sealed: bytes) -> bytes:
    """The plain text of a segment. Raises PlatformError `invalid` unless it is what was sealed under these names."""
    try:
        plain = AESGCM(_derive(key, b"seal")).decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _associated(cluster, owner, digest)
        )
    except (InvalidTag, ValueError):
        plain = None
    # SAFETY: the digest is checked against the content, not believed, though the tag covers it: a name that lies would
    # be served for good by whoever compares names alone.
    if plain is None or not hmac.compare_digest(keyed_digest(key, plain), digest):
        raise PlatformError(
            "invalid",
            f"the segment of {owner} does not open: it was damaged, or sealed under another master key",
            owner=owner,
            digest=digest,
        )
    return plain


def sign_manifest(key: Ed25519PrivateKey, manifest: bytes) -> bytes:
    """Sign a manifest's bytes."""
    return key.sign(manifest)


def verify_manifest(public_key: bytes, signature: bytes, manifest: bytes, cluster: str | None, floor: int) -> Manifest:
    """Read a manifest that may be served.

    `cluster` is the id of the installation whose manifests count, None where none was served yet; `floor` is the newest
    revision that was served: an older one is somebody's replay. Raises PlatformError `invalid`.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, manifest)
    except (InvalidSignature, ValueError):
        raise PlatformError(
            "invalid",
            "the manifest's signature does not match: it was changed on its way, or made under another master key",
        ) from None
    read = decode_manifest(manifest)
    if cluster is not None and read.cluster != cluster:
        raise PlatformError(
            "invalid",
            "the manifest belongs to another installation: give control and gateway the same data and master key",
            cluster=read.cluster,
        )
    if read.revision < floor:
        raise PlatformError(
            "invalid",
            f"the manifest has revision {read.revision}, older than {floor}, which was served already: was an old"
            " backup restored? Then remove the gateway's folder",
            revision=read.revision,
            floor=floor,
        )
    return read


def _derive(key: bytes, label: bytes) -> bytes:
    """A key for one purpose: one that seals must not digest, too."""
    return HKDFExpand(SHA256(), KEY_BYTES, b"gettone segment 1 " + label).derive(key)


def _associated(cluster: str, owner: str, digest: str) -> bytes:
    """What a sealed segment is bound to. No part holds a NUL, so no two triples read alike."""
    return "\0".join(("segment", cluster, owner, digest)).encode()
