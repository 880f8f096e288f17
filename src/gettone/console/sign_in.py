"""Signing in, the second factor, signing out. Must not know who anybody is: control does."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gettone.console.arrival import arrival_of
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.letting_in import CODE_PAGE, let_in, user_agent_of
from gettone.console.refusals import next_page, refused, status_of
from gettone.console.render import go_to, render
from gettone.console.routes import OpenRoute
from gettone.console.session import secret_of, take_session, visitor_of
from gettone.control.sign_up import SignUpMode
from gettone.model.errors import PlatformError


async def show(request: Request) -> Response:
    """Ask for an e-mail address and a password."""
    page = next_page(request.query_params.get("next", "/"))
    if visitor_of(request) is not None:
        return go_to(page)
    return _show(request, filled(next=page))


async def sign_in(request: Request) -> Response:
    """Take them."""
    form = await read_form(request)
    try:
        made = await desk_of(request).sessions.sign_in(
            email=form.text("email"),
            password=form.raw("password"),
            address=arrival_of(request).address,
            user_agent=user_agent_of(request),
        )
    except PlatformError as error:
        return _show(request, refused(form, error).without("password"), status_of(error))
    return let_in(request, made, next_page(form.text("next", "/")))


async def ask_code(request: Request) -> Response:
    """Ask for a code of the second factor."""
    page = next_page(request.query_params.get("next", "/"))
    secret = secret_of(request)
    if secret is None or not await desk_of(request).sessions.waits_for_code(secret):
        return go_to(f"/sign-in?{urlencode({'next': page})}")
    return _ask(request, filled(next=page))


async def take_code(request: Request) -> Response:
    """Take it. A sign-in that was over begins again."""
    form = await read_form(request)
    page = next_page(form.text("next", "/"))
    try:
        made = await desk_of(request).sessions.confirm_code(
            secret_of(request) or "", code=form.text("code"), address=arrival_of(request).address
        )
    except PlatformError as error:
        if error.code == "not_found":
            return _show(request, refused(filled(next=page), error), status_of(error))
        return _ask(request, refused(form, error), status_of(error))
    return let_in(request, made, page)


async def sign_out(request: Request) -> Response:
    """End the session, and have the browser forget it."""
    secret = secret_of(request)
    if secret is not None:
        await desk_of(request).sessions.sign_out(secret)
    response = go_to("/sign-in", said="sign_in.said_out")
    take_session(response, request)
    return response


def _show(request: Request, form: Form, status: int = 200) -> Response:
    may_sign_up = desk_of(request).sign_up.mode is SignUpMode.OPEN
    return render(request, "people/sign_in.html", status=status, form=form, may_sign_up=may_sign_up)


def _ask(request: Request, form: Form, status: int = 200) -> Response:
    return render(request, "people/code.html", status=status, form=form.without("code"))


routes = [
    OpenRoute("/sign-in", show),
    OpenRoute("/sign-in", sign_in, methods=["POST"]),
    OpenRoute(CODE_PAGE, ask_code),
    OpenRoute(CODE_PAGE, take_code, methods=["POST"]),
    OpenRoute("/sign-out", sign_out, methods=["POST"]),
]
