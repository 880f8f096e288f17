"""What the tests of this room share: one account, its key, a clock that stands still, and a way to forge tokens."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path

from gettone.tokens import AccessToken, Grant, TrustedKey, VideoGrant

ACCOUNT_SID = "AC" + "a" * 32
KEY_SID = "SK" + "b" * 32
SECRET = "c" * 32
KEY = TrustedKey(SECRET, ACCOUNT_SID)
KEYS = {KEY_SID: KEY}
NOW = 1_700_000_000
NONCE = "0123456789abcdef01230"
VECTORS = Path(__file__).parent / "vectors"

HEADER: dict[str, object] = {"alg": "HS256", "typ": "JWT", "cty": "twilio-fpa;v=1"}
CLAIMS: dict[str, object] = {
    "jti": f"{KEY_SID}-{NONCE}",
    "iss": KEY_SID,
    "sub": ACCOUNT_SID,
    "iat": NOW,
    "exp": NOW + 3600,
    "grants": {"identity": "alice", "video": {"room": "kitchen"}},
}
#: Marks a member that `changed` takes away.
ABSENT = object()


def make_token(*grants: Grant, identity: str | int | None = "alice") -> AccessToken:
    """Make a token of the one account, ready to be minted."""
    return AccessToken(ACCOUNT_SID, KEY_SID, SECRET, grants or [VideoGrant("kitchen")], identity)


def mint(token: AccessToken, now: int = NOW, nonce: str = NONCE, ttl: int | None = None) -> str:
    """Mint at a given time, through the seam that is there for tests."""
    return token._mint(ttl, now, nonce)


def changed(members: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Copy an object with some members replaced, added or taken away."""
    return {name: value for name, value in {**members, **changes}.items() if value is not ABSENT}


def encode(value: object) -> str:
    """Encode JSON, or bytes as they are, as one part of a token."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(header: object, claims: object, secret: str | bytes = SECRET, hash_name: str = "sha256") -> str:
    """Sign any header and any claims: what somebody with the secret, or with another one, could send."""
    signed = f"{encode(header)}.{encode(claims)}"
    key = secret.encode() if isinstance(secret, str) else secret
    return f"{signed}.{encode(hmac.new(key, signed.encode(), getattr(hashlib, hash_name)).digest())}"


def token_with(header: Mapping[str, object] | None = None, claims: Mapping[str, object] | None = None) -> str:
    """Sign a good token with changes to its header and claims."""
    return sign(changed(HEADER, header or {}), changed(CLAIMS, claims or {}))
