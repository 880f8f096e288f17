"""Signs the signing input of our token, and does nothing else: no claims, no JSON, no base64."""

from __future__ import annotations

import os
import ssl
from hmac import digest

from benchmarks.minters.rounds import serve
from gettone.tokens import AccessToken, VideoGrant

SECRET = os.environ["API_SECRET"].encode()


def mint() -> str:
    """Mint the token whose signing input is signed here."""
    token = AccessToken(
        os.environ["ACCOUNT_SID"], os.environ["API_KEY"], os.environ["API_SECRET"], identity=os.environ["IDENTITY"]
    )
    token.add_grant(VideoGrant(room=os.environ["ROOM"]))
    return token.to_jwt()


TOKEN = mint()
SIGNING_INPUT = TOKEN.rpartition(".")[0].encode()


def run(count: int) -> None:
    """Sign some."""
    for _ in range(count):
        digest(SECRET, SIGNING_INPUT, "sha256")


serve(ssl.OPENSSL_VERSION, TOKEN, run)
