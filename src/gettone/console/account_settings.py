"""The account one is in: its name, its auth tokens, its end. Must not know how a token is kept.

The first token is on the page when somebody asks for it, by POST; the second one is shown when it is made, and never
again.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.arrival import is_htmx
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.session import Visitor, signed_in, take_session
from gettone.control import access
from gettone.control.access import Permission
from gettone.model.errors import PlatformError

PAGE = "/settings/account"


async def show(request: Request) -> Response:
    """Show the account."""
    return _show(request, _filled(request))


async def rename(request: Request) -> Response:
    """Give it another name."""
    visitor, form = signed_in(request), await read_form(request)
    try:
        await desk_of(request).accounts.update(
            visitor.principal, sid=visitor.account.sid, friendly_name=form.text("friendly_name")
        )
    except PlatformError as error:
        return _show(request, refused(form, error), status=status_of(error))
    return go_to(PAGE, said="account.said_saved")


async def reveal(request: Request) -> Response:
    """Show the first token."""
    visitor = signed_in(request)
    token = await desk_of(request).accounts.auth_token(visitor.principal, sid=visitor.account.sid)
    if is_htmx(request):
        return render(request, "account/_token.html", id="auth-token", what="account.token", token=token)
    return _show(request, _filled(request), first=token)


async def make_second(request: Request) -> Response:
    """Make a second token, and show it this once."""
    visitor = signed_in(request)
    try:
        token = await desk_of(request).accounts.create_secondary_token(visitor.principal, sid=visitor.account.sid)
    except PlatformError as error:
        return _show(request, refused(_filled(request), error), status=status_of(error))
    return _show(request, _filled(request), second=token)


async def promote_second(request: Request) -> Response:
    """Make the second token the first; the page before asks."""
    visitor = signed_in(request)
    if request.method != "POST":
        return _confirm(request, "promote")
    await desk_of(request).accounts.promote_secondary_token(visitor.principal, sid=visitor.account.sid)
    return go_to(PAGE, said="account.said_promoted")


async def delete_second(request: Request) -> Response:
    """Take the second token away; the page before asks."""
    visitor = signed_in(request)
    if request.method != "POST":
        return _confirm(request, "delete_token")
    await desk_of(request).accounts.delete_secondary_token(visitor.principal, sid=visitor.account.sid)
    return go_to(PAGE, said="account.said_token_deleted")


async def delete(request: Request) -> Response:
    """Delete the account with all that is in it, once its SID was typed."""
    visitor = signed_in(request)
    if request.method != "POST":
        return _ask_delete(request, filled())
    form = await read_form(request)
    try:
        await desk_of(request).accounts.delete(
            visitor.principal, sid=visitor.account.sid, confirmation=form.text("confirmation")
        )
    except PlatformError as error:
        return _ask_delete(request, refused(form, error), status_of(error))
    response = go_to("/sign-in", said="account.said_deleted")
    take_session(response, request)
    return response


def _filled(request: Request) -> Form:
    return filled(friendly_name=signed_in(request).account.friendly_name)


def _may_write(visitor: Visitor) -> bool:
    return access.may(visitor.principal, Permission.ACCOUNTS_WRITE)


def _show(request: Request, form: Form, *, first: str = "", second: str = "", status: int = 200) -> Response:
    visitor = signed_in(request)
    return render(
        request,
        "account/account.html",
        status=status,
        form=form,
        account=visitor.account,
        first=first,
        second=second,
        has_second=bool(second) or visitor.account.secondary_auth_token is not None,
        may_write=_may_write(visitor),
        may_see=access.may(visitor.principal, Permission.CREDENTIALS_READ),
    )


def _confirm(request: Request, deed: str) -> Response:
    access.require(signed_in(request).principal, Permission.ACCOUNTS_WRITE)
    return render(request, "account/token_confirm.html", deed=deed)


def _ask_delete(request: Request, form: Form, status: int = 200) -> Response:
    visitor = signed_in(request)
    access.require(visitor.principal, Permission.ACCOUNTS_WRITE)
    return render(request, "account/account_delete.html", status=status, form=form, account=visitor.account)


_SECOND = f"{PAGE}/second-token"

routes = [
    Route(PAGE, show),
    Route(PAGE, rename, methods=["POST"]),
    Route(f"{PAGE}/token", reveal, methods=["POST"]),
    Route(_SECOND, make_second, methods=["POST"]),
    Route(f"{_SECOND}/promote", promote_second, methods=["GET", "POST"]),
    Route(f"{_SECOND}/delete", delete_second, methods=["GET", "POST"]),
    Route(f"{PAGE}/delete", delete, methods=["GET", "POST"]),
]
