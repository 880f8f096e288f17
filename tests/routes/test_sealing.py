"""What protects a published state: every change, swap and replay is noticed."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gettone.model.errors import PlatformError
from gettone.routes.codec import encode_manifest, encode_segment
from gettone.routes.sealing import keyed_digest, open_segment, seal_segment, sign_manifest, verify_manifest
from gettone.routes.segment import Manifest
from tests.routes.samples import ENVIRONMENT, MANIFEST

KEY = bytes(range(32))
CLUSTER = "c" * 32
OWNER = ENVIRONMENT.owner
PLAIN = encode_segment(ENVIRONMENT)
DIGEST = keyed_digest(KEY, PLAIN)
SIGNING = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = SIGNING.public_key().public_bytes_raw()
MANIFEST_BYTES = encode_manifest(MANIFEST)
SIGNATURE = sign_manifest(SIGNING, MANIFEST_BYTES)


def seal(plain: bytes = PLAIN) -> bytes:
    """A segment, sealed as control seals it."""
    return seal_segment(KEY, CLUSTER, OWNER, DIGEST, plain, os.urandom)


def test_sealed_segment_opens_under_its_own_names() -> None:
    """The gateway has the same key and reads the names in the manifest."""
    assert open_segment(KEY, CLUSTER, OWNER, DIGEST, seal()) == PLAIN


def test_sealed_segment_hides_what_it_holds() -> None:
    """Two seals of one text have nothing in common, and no variable shows."""
    one, other = seal(), seal()

    assert one != other
    assert b"API_SECRET" not in one


@pytest.mark.parametrize(
    ("key", "cluster", "owner", "digest"),
    [
        (bytes(32), CLUSTER, OWNER, DIGEST),
        (KEY, "d" * 32, OWNER, DIGEST),
        (KEY, CLUSTER, "ZE" + "0" * 32, DIGEST),
        (KEY, CLUSTER, OWNER, "0" * 64),
    ],
    ids=["key", "cluster", "owner", "digest"],
)
def test_segment_does_not_open_elsewhere(key: bytes, cluster: str, owner: str, digest: str) -> None:
    """Another environment's segment, an older one, or another installation's cannot be slipped in."""
    with pytest.raises(PlatformError, match="does not open") as caught:
        open_segment(key, cluster, owner, digest, seal())

    assert caught.value.code == "invalid"


@pytest.mark.parametrize("place", [0, 11, 12, 40, -1])
def test_changed_segment_does_not_open(place: int) -> None:
    """One bit, anywhere."""
    sealed = bytearray(seal())
    sealed[place] ^= 1

    with pytest.raises(PlatformError, match="does not open"):
        open_segment(KEY, CLUSTER, OWNER, DIGEST, bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(27)])
def test_what_is_too_short_does_not_open(sealed: bytes) -> None:
    """A file that was cut off is an error of ours."""
    with pytest.raises(PlatformError, match="does not open"):
        open_segment(KEY, CLUSTER, OWNER, DIGEST, sealed)


def test_segment_whose_digest_lies_does_not_open() -> None:
    """The digest is checked against the content: gateways compare digests alone and would never fetch it again."""
    with pytest.raises(PlatformError, match="does not open"):
        open_segment(KEY, CLUSTER, OWNER, DIGEST, seal(b"something else"))


def test_digest_needs_the_key() -> None:
    """Nobody without the key can try variables until a digest is the same."""
    assert keyed_digest(KEY, PLAIN) == DIGEST
    assert keyed_digest(bytes(32), PLAIN) != DIGEST


def test_signed_manifest_is_read() -> None:
    """As at the first start, and at each later one."""
    assert verify_manifest(PUBLIC, SIGNATURE, MANIFEST_BYTES, None, 0) == MANIFEST
    assert verify_manifest(PUBLIC, SIGNATURE, MANIFEST_BYTES, MANIFEST.cluster, MANIFEST.revision) == MANIFEST


@pytest.mark.parametrize("what", ["manifest", "signature", "key", "no key", "no signature"])
def test_changed_manifest_is_refused(what: str) -> None:
    """A byte more, another signature, another installation's key."""
    other = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
    manifest = MANIFEST_BYTES + b" " if what == "manifest" else MANIFEST_BYTES
    signature = {"signature": sign_manifest(other, MANIFEST_BYTES), "no signature": b""}.get(what, SIGNATURE)
    key = {"key": other.public_key().public_bytes_raw(), "no key": b""}.get(what, PUBLIC)

    with pytest.raises(PlatformError, match="signature") as caught:
        verify_manifest(key, signature, manifest, None, 0)

    assert caught.value.code == "invalid"


def test_manifest_of_another_installation_is_refused() -> None:
    """Also where both have one master key, as a copy of a data folder has."""
    with pytest.raises(PlatformError, match="another installation"):
        verify_manifest(PUBLIC, SIGNATURE, MANIFEST_BYTES, "another", 0)


def test_older_manifest_is_refused() -> None:
    """A replay would bring back a revoked key. The message says what else may be the reason."""
    with pytest.raises(PlatformError, match=r"older than 8.*backup"):
        verify_manifest(PUBLIC, SIGNATURE, MANIFEST_BYTES, None, MANIFEST.revision + 1)


def test_signed_manifest_of_another_format_is_refused() -> None:
    """A newer control signs it rightly; an older gateway does not guess."""
    newer = MANIFEST_BYTES.replace(b'"format":1', b'"format":2')

    with pytest.raises(PlatformError, match="format 2"):
        verify_manifest(PUBLIC, sign_manifest(SIGNING, newer), newer, None, 0)


def test_manifest_without_segments_is_one() -> None:
    """An installation whose last account is gone still publishes that."""
    empty: Manifest = replace(MANIFEST, segments=())
    data = encode_manifest(empty)

    assert verify_manifest(PUBLIC, sign_manifest(SIGNING, data), data, MANIFEST.cluster, 1) == empty
