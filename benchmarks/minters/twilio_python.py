"""Mints with PyPI ``twilio``. Runs in the peers' interpreter."""

from __future__ import annotations

import os
from importlib.metadata import version

from twilio.jwt.access_token import AccessToken  # type: ignore[import-untyped]
from twilio.jwt.access_token.grants import VideoGrant  # type: ignore[import-untyped]

from benchmarks.minters.rounds import serve

ACCOUNT_SID, API_KEY, API_SECRET = (os.environ[name] for name in ("ACCOUNT_SID", "API_KEY", "API_SECRET"))
IDENTITY, ROOM = os.environ["IDENTITY"], os.environ["ROOM"]


def mint() -> str:
    """Mint one token."""
    token = AccessToken(ACCOUNT_SID, API_KEY, API_SECRET, identity=IDENTITY)
    token.add_grant(VideoGrant(room=ROOM))
    return str(token.to_jwt())


def run(count: int) -> None:
    """Mint some."""
    for _ in range(count):
        mint()


serve(version("twilio"), mint(), run)
