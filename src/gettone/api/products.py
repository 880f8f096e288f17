"""Which product of Twilio's a path belongs to, and which one a host name stands for. Pure.

Each of Twilio's names has its own paths; all other accepted names have all paths. Must not know what stands behind a
path.
"""

from __future__ import annotations

import re

from gettone.policy.hosts import Asked

CLASSIC = ("/v1/", "/2010-04-01/")
"""How paths of Twilio's begin. They have its bodies, errors and headers."""

_UPLOAD = re.compile(r"/v1/Services/[^/]+/(?:Functions|Assets)/[^/]+/Versions")


def product_of(path: str, method: str) -> str | None:
    """Which product of Twilio's a path belongs to; None for paths that are not Twilio's."""
    if path.startswith("/2010-04-01/"):
        return "api"
    if not path.startswith("/v1/"):
        return None
    if path.startswith("/v1/AuthTokens/"):
        return "accounts"
    if path == "/v1/Keys" or path.startswith("/v1/Keys/"):
        return "iam"
    if method == "POST" and _UPLOAD.fullmatch(path):
        return "serverless-upload"
    return "serverless"


def is_classic(path: str) -> bool:
    """Whether a path is one of Twilio's."""
    return path.startswith(CLASSIC)


def product_asked(asked: Asked) -> str | None:
    """The product that a name of Twilio's stands for; None for all other names."""
    return None if asked.official is None else asked.host.removesuffix(asked.official)
