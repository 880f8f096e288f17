"""Mints with ``gettone.tokens``, as a handler does: token, grant and text anew each time."""

from __future__ import annotations

import os
from importlib.metadata import version

from benchmarks.minters.rounds import serve
from gettone.tokens import AccessToken, VideoGrant

ACCOUNT_SID, API_KEY, API_SECRET = (os.environ[name] for name in ("ACCOUNT_SID", "API_KEY", "API_SECRET"))
IDENTITY, ROOM = os.environ["IDENTITY"], os.environ["ROOM"]


def mint() -> str:
    """Mint one token."""
    token = AccessToken(ACCOUNT_SID, API_KEY, API_SECRET, identity=IDENTITY)
    token.add_grant(VideoGrant(room=ROOM))
    return token.to_jwt()


def run(count: int) -> None:
    """Mint some."""
    for _ in range(count):
        mint()


serve(version("gettone"), mint(), run)
