"""One's own settings: name, language, time zone, e-mail address, phone number, password. Must not know the account."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.session import keep_choice, signed_in
from gettone.console.words import LOCALES
from gettone.console.zones import known_zones
from gettone.model.cookies import LOCALE_COOKIE
from gettone.model.errors import PlatformError

PAGE = "/settings/profile"


async def start(_: Request) -> Response:
    """Begin with oneself."""
    return go_to(PAGE)


async def show(request: Request) -> Response:
    """Show what is known of somebody."""
    return _show(request, _filled(request))


async def save(request: Request) -> Response:
    """Keep name, language and time zone."""
    desk, who = desk_of(request), signed_in(request).who
    form = await read_form(request)
    locale = form.text("locale") or None
    try:
        await desk.preferences.set_zone(who, zone=form.text("zone") or None)
        await desk.preferences.set_locale(who, locale=locale)
        await desk.preferences.rename(who, name=form.text("name"))
    except PlatformError as error:
        return _show(request, refused(form, error), status=status_of(error))
    response = go_to(PAGE, said="profile.said_saved")
    # What this browser keeps for who is signed out would speak where somebody has no language of their own.
    keep_choice(response, request, LOCALE_COOKIE, locale)
    return response


async def change_password(request: Request) -> Response:
    """Choose another password."""
    form = await read_form(request)
    try:
        await desk_of(request).preferences.change_password(
            signed_in(request).who, current=form.raw("current_password"), new=form.raw("new_password")
        )
    except PlatformError as error:
        told = refused(form, error).without("current_password", "new_password")
        return _show(request, _filled(request), told, status_of(error))
    return go_to(PAGE, said="profile.said_password")


async def send_link(request: Request) -> Response:
    """Send a link to somebody's own e-mail address."""
    try:
        await desk_of(request).verification.send_email_link(signed_in(request).who)
    except PlatformError as error:
        return _show(request, refused(_filled(request), error), status=status_of(error))
    return go_to(PAGE, said="profile.said_link")


async def remove_phone(request: Request) -> Response:
    """Forget somebody's number."""
    await desk_of(request).verification.remove_phone(signed_in(request).who)
    return go_to(PAGE, said="profile.said_phone_removed")


def _filled(request: Request) -> Form:
    user = signed_in(request).user
    return filled(name=user.name, locale=user.locale, zone=user.zone)


def _show(request: Request, form: Form, password_form: Form | None = None, status: int = 200) -> Response:
    return render(
        request,
        "account/profile.html",
        status=status,
        form=form,
        password_form=password_form or filled(),
        languages=LOCALES,
        zones=known_zones(),
    )


routes = [
    Route("/settings", start),
    Route(PAGE, show),
    Route(PAGE, save, methods=["POST"]),
    Route("/settings/password", change_password, methods=["POST"]),
    Route("/settings/email", send_link, methods=["POST"]),
    Route("/settings/phone/remove", remove_phone, methods=["POST"]),
]
