"""People and what they changed, as JSON of our own. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gettone.api.calls import Call
from gettone.api.dates import precise
from gettone.api.pages import Meta
from gettone.api.shapes_services import Shape
from gettone.control.users import Member
from gettone.model.audit import AuditEntry
from gettone.model.users import User

Moment = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$",
        examples=["2018-11-10T20:00:00.000000Z"],
    ),
]
UserId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
RoleName = Literal["owner", "developer", "viewer"]


class UserShape(Shape):
    """A person."""

    id: UserId
    email: str
    name: str
    email_verified_at: Moment | None
    created_at: Moment
    updated_at: Moment


class MemberShape(UserShape):
    """A person in an account."""

    role: RoleName
    member_since: Moment
    url: str


class MemberPage(Shape):
    """A page of members."""

    users: list[MemberShape]
    meta: Meta


class AuditShape(Shape):
    """A change that was made."""

    id: int
    actor: str
    action: str
    target: str
    detail: dict[str, str]
    address: str | None
    created_at: Moment


class AuditPage(Shape):
    """A page of changes, newest first."""

    audit: list[AuditShape]
    meta: Meta


def show_user(user: User) -> UserShape:
    """A person as JSON."""
    return UserShape(
        id=user.id,
        email=user.email,
        name=user.name,
        email_verified_at=None if user.email_verified_at is None else precise(user.email_verified_at),
        created_at=precise(user.created_at),
        updated_at=precise(user.updated_at),
    )


def show_member(call: Call, member: Member) -> MemberShape:
    """A person in an account as JSON."""
    return MemberShape(
        **show_user(member.user).model_dump(),
        role=member.membership.role.value,
        member_since=precise(member.membership.created_at),
        url=call.own_url("users", member.user.id),
    )


def show_audit(entry: AuditEntry) -> AuditShape:
    """A change as JSON."""
    return AuditShape(
        id=entry.id,
        actor=entry.actor,
        action=entry.action,
        target=entry.target,
        detail=dict(entry.detail),
        address=entry.address,
        created_at=precise(entry.created_at),
    )
