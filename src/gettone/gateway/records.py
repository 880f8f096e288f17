"""What the gateway says of a request once it is answered. Must not know who reads it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from gettone.model.deployments import Deployment
from gettone.model.functions import Function


class Answered(msgspec.Struct, frozen=True):
    """What was asked and how it was answered, for the request log. `path` is without the query: it may hold secrets.

    `deployment` and `function` are what answered, None where nothing was found.
    """

    request: str
    method: str
    path: str
    status: int
    seconds: float
    deployment: Deployment | None = None
    function: Function | None = None


class RequestLog(Protocol):
    """Takes a line per request at once and never waits."""

    def answered(self, record: Answered) -> None:
        """Take a line."""
