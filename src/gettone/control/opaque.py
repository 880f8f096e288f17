"""Secrets that are handed out once, and of which only a digest is kept. Must not know what they open.

They are 256 random bits: nobody guesses one from its SHA-256, so that needs neither salt nor time.
"""

from __future__ import annotations

import base64
import hashlib

from gettone.model.sids import Randomness

SECRET_BYTES = 32


def make_secret(randomness: Randomness) -> str:
    """A new secret, in letters that stand in an address or a cookie as they are."""
    return base64.urlsafe_b64encode(randomness(SECRET_BYTES)).rstrip(b"=").decode()


def digest_of(secret: str) -> str:
    """What is kept of a secret, and what it is found by. Of any text: what somebody sent may be anything."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
