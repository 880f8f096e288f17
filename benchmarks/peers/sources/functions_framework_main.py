"""The token function for functions-framework, with the official library."""

from __future__ import annotations

import os
from typing import Protocol

from twilio.jwt.access_token import AccessToken  # type: ignore[import-untyped]
from twilio.jwt.access_token.grants import VideoGrant  # type: ignore[import-untyped]


class Request(Protocol):
    """What of Flask's request is used."""

    def get_json(self) -> dict[str, str]:
        """Body."""


def token(request: Request) -> dict[str, str]:
    """Answer with a token for the identity in the body."""
    identity = request.get_json()["identity"]
    made = AccessToken(os.environ["ACCOUNT_SID"], os.environ["API_KEY"], os.environ["API_SECRET"], identity=identity)
    made.add_grant(VideoGrant(room="r"))
    return {"token": made.to_jwt()}
