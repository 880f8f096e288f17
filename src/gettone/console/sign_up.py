"""Signing up, where the operator has opened the door, and choosing a new password. Must not know who is let in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gettone.console.arrival import arrival_of
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.routes import OpenRoute
from gettone.console.session import locale_of, visitor_of
from gettone.console.zones import zone_in
from gettone.control.sign_up import SignUpMode
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel


async def show(request: Request) -> Response:
    """Show the form, or why there is none."""
    return go_to("/") if visitor_of(request) is not None else _show(request, filled())


async def sign_up(request: Request) -> Response:
    """Have the letter sent that makes a user. Whoever has one already reads the same."""
    form = (await read_form(request)).with_boxes("terms")
    try:
        await desk_of(request).sign_up.sign_up(
            name=form.text("name"),
            email=form.text("email"),
            password=form.raw("password"),
            accepts_terms=form.flag("terms"),
            locale=locale_of(request),
            zone=zone_in(form),
            address=arrival_of(request).address,
        )
    except PlatformError as error:
        return _show(request, refused(form, error).without("password"), status_of(error))
    return _sent(request, "sign_up", form.text("email"))


async def ask_reset(request: Request) -> Response:
    """Ask whose password was forgotten."""
    return render(request, "people/reset.html", form=filled())


async def reset(request: Request) -> Response:
    """Have a link sent, if there is such a person: the answer is the same."""
    form = await read_form(request)
    try:
        await desk_of(request).password_reset.request(email=form.text("email"), address=arrival_of(request).address)
    except PlatformError as error:
        return render(request, "people/reset.html", status=status_of(error), form=refused(form, error))
    return _sent(request, "reset", form.text("email"))


def _show(request: Request, form: Form, status: int = 200) -> Response:
    mode = desk_of(request).sign_up.mode
    if mode is not SignUpMode.OPEN:
        return render(request, "people/sign_up_closed.html", status=status, mode=str(mode))
    return render(request, "people/sign_up.html", status=status, form=form)


def _sent(request: Request, page: str, email: str) -> Response:
    is_carried = desk_of(request).outbox.carries(Channel.EMAIL)
    return render(request, "people/sent.html", page=page, email=email, is_carried=is_carried)


routes = [
    OpenRoute("/sign-up", show),
    OpenRoute("/sign-up", sign_up, methods=["POST"]),
    OpenRoute("/reset", ask_reset),
    OpenRoute("/reset", reset, methods=["POST"]),
]
