"""One authenticated request, as the functions of paths take it: who calls, what control can do, how URLs begin.

Basic authentication: an account's SID and auth token, or an API key's SID and secret. Must not know nouns.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.security.http import HTTPBase
from starlette.requests import Request

from gettone.api.edge import arrival_of
from gettone.api.errors import Fault, refusal
from gettone.api.products import is_classic
from gettone.api.use_cases import UseCases
from gettone.model.principals import Principal
from gettone.policy.hosts import Asked

_basic = HTTPBase(
    scheme="basic",
    scheme_name="basic",
    description="An account's SID and its auth token, or an API key's SID and its secret",
    auto_error=False,
)
CREDENTIALS_CHARACTERS_MAX = 1024


class Unauthenticated(Exception):
    """Nobody is known by these credentials, or there are none."""

    def fault(self, path: str) -> Fault:
        """What the caller is told: Twilio's word on Twilio's paths."""
        message = (
            "Authenticate" if is_classic(path) else "Sign in with an account's SID and token, or a key and its secret"
        )
        return refusal(401, message, www_authenticate='Basic realm="Gettone", charset="UTF-8"')


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose caller is known."""

    principal: Principal
    use: UseCases
    asked: Asked
    address: str | None

    @property
    def now(self) -> datetime:
        """What time it is."""
        return self.use.clock()

    def url(self, *parts: str, product: str = "serverless") -> str:
        """The absolute URL of something on the newer paths of Twilio's."""
        return f"{self.asked.base(product)}/v1/{'/'.join(quote(part, safe='') for part in parts)}"

    def own_url(self, *parts: str) -> str:
        """The absolute URL of something on our own paths."""
        return f"{self.asked.base('api')}/api/v1/{'/'.join(quote(part, safe='') for part in parts)}"


def use_cases_of(request: Request) -> UseCases:
    """What control can do."""
    use: UseCases = request.app.state.use_cases
    return use


async def identify(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_basic)]
) -> Call:
    """Find out who calls. Raises Unauthenticated."""
    use, arrival = use_cases_of(request), arrival_of(request)
    username, password = read_basic(credentials)
    principal = await use.authentication.authenticate(username, password, arrival.address)
    if principal is None:
        raise Unauthenticated
    return Call(principal, use, arrival.asked, arrival.address)


def read_basic(credentials: HTTPAuthorizationCredentials | None) -> tuple[str, str]:
    """User name and password (RFC 7617). Raises Unauthenticated when there are none."""
    if credentials is None or credentials.scheme.lower() != "basic":
        raise Unauthenticated
    if len(credentials.credentials) > CREDENTIALS_CHARACTERS_MAX:
        raise Unauthenticated
    try:
        text = base64.b64decode(credentials.credentials, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Unauthenticated from None
    username, colon, password = text.partition(":")
    if not colon or "\0" in username:
        raise Unauthenticated
    return username, password


Caller = Annotated[Call, Depends(identify)]
"""A known caller."""
