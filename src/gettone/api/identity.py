"""`/api/v1/identity`: who asks, and what they may do. For programs that keep credentials, to say whose they are."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from gettone.api.calls import Caller
from gettone.api.openapi import OWN_ERRORS
from gettone.api.shapes_own import KeyType
from gettone.api.shapes_services import Ac, Shape, Zs
from gettone.control.access import permissions
from gettone.model.principals import PrincipalKind

router = APIRouter(prefix="/api/v1/identity", tags=["Accounts"], responses=OWN_ERRORS)


class IdentityShape(Shape):
    """Who asks. `name` is the SID that signed in; `service_sid` the one service that a key may touch."""

    kind: Literal["auth token", "api key"]
    name: str
    account_sid: Ac
    key_type: KeyType | None
    service_sid: Zs | None
    permissions: Annotated[list[str], Field(description="As in docs/access.md")]


@router.get("")
async def fetch_identity(call: Caller) -> IdentityShape:
    """Fetch who asks."""
    who = call.principal
    return IdentityShape(
        kind="api key" if who.kind is PrincipalKind.API_KEY else "auth token",
        name=who.name,
        account_sid=who.account_sid,
        key_type=None if who.key_type is None else who.key_type.value,
        service_sid=who.service_sid,
        permissions=sorted(permissions(who)),
    )
