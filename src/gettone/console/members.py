"""People in the account: their roles, invitations, and the end of a membership. Must not know what a role may do."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.paging import asked_page, page_links
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.session import locale_of, signed_in
from gettone.control import access
from gettone.control.access import Permission
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel
from gettone.model.pages import PAGE_SIZE, PAGE_SIZE_MAX, PageRequest
from gettone.model.users import Role

PAGE = "/members"


async def show(request: Request) -> Response:
    """Show the members, and who is invited."""
    return await _show(request, filled())


async def set_role(request: Request) -> Response:
    """Give a member another role."""
    form = await read_form(request)
    try:
        await desk_of(request).users.set_role(
            signed_in(request).principal, user_id=request.path_params["user"], role=_role(form)
        )
    except PlatformError as error:
        if error.code == "not_found":
            raise
        return await _show(request, refused(form, error), status_of(error))
    return go_to(PAGE, said="members.said_role")


async def remove(request: Request) -> Response:
    """Take a member out of the account; the page before asks."""
    desk, visitor = desk_of(request), signed_in(request)
    member = await desk.users.get(visitor.principal, user_id=request.path_params["user"])
    if request.method != "POST":
        is_self = member.user.id == visitor.user.id
        return render(request, "account/member_remove.html", member=member, is_self=is_self)
    try:
        await desk.users.remove(visitor.principal, user_id=member.user.id)
    except PlatformError as error:
        return await _show(request, refused(filled(), error), status_of(error))
    # Whoever has left has nothing to see here.
    return go_to("/" if member.user.id == visitor.user.id else PAGE, said="members.said_removed")


async def ask_invite(request: Request) -> Response:
    """Ask whom to invite, and as what."""
    return _ask_invite(request, filled(role=str(Role.DEVELOPER)))


async def invite(request: Request) -> Response:
    """Send an invitation."""
    desk, form = desk_of(request), await read_form(request)
    try:
        await desk.invitations.create(
            signed_in(request).principal, email=form.text("email"), role=_role(form), locale=locale_of(request)
        )
    except PlatformError as error:
        return _ask_invite(request, refused(form, error), status_of(error))
    is_carried = desk.outbox.carries(Channel.EMAIL)
    return go_to(PAGE, said="members.said_invited" if is_carried else "members.said_invited_outbox")


async def uninvite(request: Request) -> Response:
    """Take an invitation back."""
    form = await read_form(request)
    await desk_of(request).invitations.revoke(signed_in(request).principal, email=form.text("email"))
    return go_to(PAGE, said="members.said_uninvited")


def _role(form: Form) -> Role:
    try:
        return Role(form.text("role"))
    except ValueError as error:
        raise PlatformError("invalid", "choose one of the roles", parameter="Role") from error


async def _show(request: Request, form: Form, status: int = 200) -> Response:
    desk, principal = desk_of(request), signed_in(request).principal
    members = await desk.users.list(principal, page=asked_page(request, PAGE_SIZE))
    invited = await desk.invitations.list(principal, page=PageRequest(size=PAGE_SIZE_MAX))
    previous, following = page_links(request, members)
    return render(
        request,
        "account/members.html",
        status=status,
        form=form,
        members=members.items,
        invited=invited.items,
        now=desk.clock(),
        previous=previous,
        next=following,
        roles=tuple(Role),
        may_write=access.may(principal, Permission.MEMBERS_WRITE),
    )


def _ask_invite(request: Request, form: Form, status: int = 200) -> Response:
    access.require(signed_in(request).principal, Permission.MEMBERS_WRITE)
    is_carried = desk_of(request).outbox.carries(Channel.EMAIL)
    return render(request, "account/invite.html", status=status, form=form, roles=tuple(Role), is_carried=is_carried)


routes = [
    Route(PAGE, show),
    Route(f"{PAGE}/invite", ask_invite),
    Route(f"{PAGE}/invite", invite, methods=["POST"]),
    Route(f"{PAGE}/uninvite", uninvite, methods=["POST"]),
    Route(f"{PAGE}/{{user}}/role", set_role, methods=["POST"]),
    Route(f"{PAGE}/{{user}}/remove", remove, methods=["GET", "POST"]),
]
