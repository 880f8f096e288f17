"""`/api/v1/users`: the members of an account; and the one-time links that make an owner or set a password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from gettone.api.calls import Caller, use_cases_of
from gettone.api.edge import arrival_of
from gettone.api.fields import Flag, Text, line, said
from gettone.api.forms import Document, document_of, takes_document
from gettone.api.openapi import NDJSON, OWN_ERRORS, PUBLIC_ERRORS, streams
from gettone.api.pages import AsksOwn, meta
from gettone.api.shapes_people import MemberPage, MemberShape, RoleName, UserShape, show_member, show_user
from gettone.model.users import Role

router = APIRouter(prefix="/api/v1/users", tags=["Users"], responses=OWN_ERRORS)
links = APIRouter(prefix="/api/v1/links", tags=["Users"], responses=PUBLIC_ERRORS)

UserId = Annotated[str, Path(alias="id", description="The user's id")]
Password = Annotated[Text, said(minLength=8, maxLength=1024)]
Name = Annotated[Text, line(255)]
# Blanks around it are not its own. The rest is what control/users.py takes.
_EMAIL = r"[^\s@<>()\[\],;:\"\\.\u0000-\u001f\u007f-\u009f]"
_LOCAL = r"[^\s@<>()\[\],;:\"\\\u0000-\u001f\u007f-\u009f]{1,64}"
Email = Annotated[Text, said(pattern=rf"^ *{_LOCAL}@{_EMAIL}+(\.{_EMAIL}+)* *$", maxLength=254)]


class CreateUser(Document):
    """Who becomes a member. Without a password nobody signs in: a link sets one."""

    email: Email
    name: Name = ""
    role: RoleName
    password: Password | None = Field(default=None, repr=False)


class SetRole(Document):
    """What a member may do from now on."""

    role: RoleName


class UseLink(Document):
    """What a one-time link is used for. The e-mail address is for the first owner."""

    secret: Text = Field(repr=False)
    password: Password = Field(repr=False)
    email: Email | None = None
    name: Name = ""


@router.get("")
async def list_users(call: Caller, page: AsksOwn) -> MemberPage:
    """List members of the account."""
    found = await call.use.users.list(call.principal, page=page.request)
    return MemberPage(
        users=[show_member(call, member) for member in found.items],
        meta=meta(call.own_url("users"), "users", page, found),
    )


@router.post("", status_code=201, openapi_extra=takes_document(CreateUser))
async def create_user(call: Caller, body: Annotated[CreateUser, Depends(document_of(CreateUser))]) -> MemberShape:
    """Make somebody a member."""
    user = await call.use.users.create(
        call.principal, email=body.email, name=body.name, role=Role(body.role), password=body.password
    )
    return show_member(call, await call.use.users.get(call.principal, user_id=user.id))


@router.get("/{id}")
async def fetch_user(call: Caller, user_id: UserId) -> MemberShape:
    """Fetch a member."""
    return show_member(call, await call.use.users.get(call.principal, user_id=user_id))


@router.post("/{id}", openapi_extra=takes_document(SetRole))
async def update_user(
    call: Caller, user_id: UserId, body: Annotated[SetRole, Depends(document_of(SetRole))]
) -> MemberShape:
    """Give a member another role."""
    return show_member(call, await call.use.users.set_role(call.principal, user_id=user_id, role=Role(body.role)))


@router.delete("/{id}", status_code=204)
async def delete_user(
    call: Caller,
    user_id: UserId,
    everywhere: Annotated[Flag, Query(description="Delete the person, too, and all that is held of it")] = False,
) -> None:
    """Take a member out of the account."""
    if everywhere:
        await call.use.users.delete(call.principal, user_id=user_id)
    else:
        await call.use.users.remove(call.principal, user_id=user_id)


@router.get("/{id}/export", response_class=StreamingResponse, responses=streams(NDJSON))
async def export_user(call: Caller, user_id: UserId) -> StreamingResponse:
    """All that is held of a person, as JSON lines."""
    lines = await call.use.users.export(call.principal, user_id=user_id)
    return StreamingResponse(lines, media_type=NDJSON)


@links.post("/use", openapi_extra=takes_document(UseLink))
async def use_link(request: Request, body: Annotated[UseLink, Depends(document_of(UseLink))]) -> UserShape:
    """Use a one-time link: make the first owner, or set a password. The secret in it is who you are."""
    user = await use_cases_of(request).links.use(
        body.secret,
        password=body.password,
        email=body.email,
        name=body.name,
        address=arrival_of(request).address,
    )
    return show_user(user)
