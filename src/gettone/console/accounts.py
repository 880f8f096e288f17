"""The accounts somebody may enter, the switch between them, and subaccounts. Must not know who may enter which."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.paging import asked_page, page_links
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.session import signed_in
from gettone.control import access
from gettone.control.access import Permission
from gettone.model.accounts import AccountStatus
from gettone.model.errors import PlatformError
from gettone.model.pages import PAGE_SIZE

PAGE = "/accounts"


async def show(request: Request) -> Response:
    """Show the accounts, and the subaccounts of this one."""
    return await _show(request, filled())


async def switch(request: Request) -> Response:
    """Go on in another account."""
    form = await read_form(request)
    await desk_of(request).sessions.switch(signed_in(request).who, account_sid=form.text("account"))
    return go_to("/", said="accounts.said_switched")


async def create(request: Request) -> Response:
    """Make a subaccount."""
    form = await read_form(request)
    try:
        await desk_of(request).accounts.create(
            signed_in(request).principal, friendly_name=form.text("friendly_name") or None
        )
    except PlatformError as error:
        return await _show(request, refused(form, error), status_of(error))
    return go_to(PAGE, said="accounts.said_created")


async def set_status(request: Request) -> Response:
    """Suspend a subaccount, or open it again."""
    form = await read_form(request)
    status = AccountStatus.ACTIVE if form.text("status") == AccountStatus.ACTIVE else AccountStatus.SUSPENDED
    await desk_of(request).accounts.update(
        signed_in(request).principal, sid=request.path_params["account"], status=status
    )
    return go_to(PAGE, said="accounts.said_status")


async def delete(request: Request) -> Response:
    """Delete a subaccount; the page before asks."""
    desk, principal, sid = desk_of(request), signed_in(request).principal, request.path_params["account"]
    account = await desk.accounts.get(principal, sid=sid)
    if request.method != "POST":
        access.require(principal, Permission.ACCOUNTS_WRITE)
        return render(request, "account/subaccount_delete.html", account=account)
    await desk.accounts.delete(principal, sid=account.sid)
    return go_to(PAGE, said="accounts.said_deleted")


async def _show(request: Request, form: Form, status: int = 200) -> Response:
    desk, visitor = desk_of(request), signed_in(request)
    listed = await desk.accounts.list(visitor.principal, page=asked_page(request, PAGE_SIZE))
    previous, following = page_links(request, listed)
    return render(
        request,
        "account/accounts.html",
        status=status,
        form=form,
        choices=await desk.sessions.accounts(visitor.who),
        below=[each for each in listed.items if each.sid != visitor.account.sid],
        previous=previous,
        next=following,
        may_create=access.may(visitor.principal, Permission.ACCOUNTS_WRITE) and not visitor.account.is_subaccount,
    )


routes = [
    Route(PAGE, show),
    Route(PAGE, create, methods=["POST"]),
    Route(f"{PAGE}/switch", switch, methods=["POST"]),
    Route(f"{PAGE}/{{account}}/status", set_status, methods=["POST"]),
    Route(f"{PAGE}/{{account}}/delete", delete, methods=["GET", "POST"]),
]
