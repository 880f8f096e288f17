"""One-time links: their secret arrives from behind `#`, or is pasted, and their page asks for what it leads to.

The secret travels in bodies of forms alone. A link that is used, over, or none has a page of its own. Must not know
what makes a link good.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gettone.console.arrival import arrival_of
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.letting_in import let_in, user_agent_of
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.routes import OpenRoute
from gettone.console.session import locale_of, visitor_of
from gettone.console.zones import zone_in
from gettone.control.link_desk import Errand, Offer
from gettone.model.errors import PlatformError

SECRET_CHARACTERS_MAX = 400


async def ask(request: Request) -> Response:
    """Ask for the secret: the browser's part fills it in, and sends it at once."""
    return render(request, "people/link.html", form=filled())


async def look(request: Request) -> Response:
    """Show what a link leads to. Nothing is used up."""
    form = await read_form(request)
    secret = _secret_in(form)
    try:
        offer = await desk_of(request).link_desk.look(secret)
    except PlatformError as error:
        return _over(request, error)
    return _show(request, filled(email=offer.email), secret, offer)


async def use(request: Request) -> Response:
    """Do what a link leads to."""
    form = (await read_form(request)).with_boxes("terms")
    secret = _secret_in(form)
    try:
        offer = await desk_of(request).link_desk.look(secret)
    except PlatformError as error:
        return _over(request, error)
    try:
        return await _follow(request, form, secret, offer)
    except PlatformError as error:
        if error.code == "not_found":
            return _over(request, error)
        return _show(request, refused(form, error), secret, offer, status_of(error))


async def _set_up(request: Request, form: Form, secret: str) -> Response:
    desk, address = desk_of(request), arrival_of(request).address
    user = await desk.links.use(
        secret,
        email=form.text("email"),
        name=form.text("name"),
        password=form.raw("password"),
        address=address,
    )
    made = await desk.sessions.open_for(user, address=address, user_agent=user_agent_of(request))
    who = await desk.sessions.find(made.secret, address)
    if who is not None:
        await desk.preferences.set_zone(who, zone=zone_in(form))
        await desk.preferences.set_locale(who, locale=locale_of(request))
    return let_in(request, made, "/verify/phone")


async def _reset(request: Request, form: Form, secret: str) -> Response:
    desk, address = desk_of(request), arrival_of(request).address
    user = await desk.links.use(secret, password=form.raw("password"), address=address)
    made = await desk.sessions.open_for(user, address=address, user_agent=user_agent_of(request))
    return let_in(request, made, "/")


async def _verify(request: Request, secret: str) -> Response:
    await desk_of(request).verification.use_email_link(secret, address=arrival_of(request).address)
    page = "/sign-in" if visitor_of(request) is None else "/settings/profile"
    return go_to(page, said="link.said_verified")


async def _join(request: Request, secret: str) -> Response:
    made = await desk_of(request).sign_up.join(
        secret, address=arrival_of(request).address, user_agent=user_agent_of(request)
    )
    return let_in(request, made, "/verify/phone")


async def _accept(request: Request, form: Form, secret: str, offer: Offer) -> Response:
    desk, visitor = desk_of(request), visitor_of(request)
    if offer.is_known:
        if visitor is None:
            return _show(request, form, secret, offer)
        await desk.invitations.accept_as(visitor.who, secret=secret)
        return go_to("/", said="link.said_joined")
    made = await desk.invitations.accept(
        secret,
        name=form.text("name"),
        password=form.raw("password"),
        accepts_terms=form.flag("terms"),
        locale=locale_of(request),
        zone=zone_in(form),
        address=arrival_of(request).address,
        user_agent=user_agent_of(request),
    )
    return let_in(request, made, "/verify/phone")


async def _follow(request: Request, form: Form, secret: str, offer: Offer) -> Response:
    match offer.errand:
        case Errand.SET_UP:
            return await _set_up(request, form, secret)
        case Errand.RESET:
            return await _reset(request, form, secret)
        case Errand.VERIFY:
            return await _verify(request, secret)
        case Errand.JOIN:
            return await _join(request, secret)
        case Errand.INVITE:
            return await _accept(request, form, secret, offer)


def _secret_in(form: Form) -> str:
    """The secret that was typed; who pastes the whole link means what stands behind `#`."""
    return form.text("secret").rpartition("#")[2][:SECRET_CHARACTERS_MAX]


def _show(request: Request, form: Form, secret: str, offer: Offer, status: int = 200) -> Response:
    visitor = visitor_of(request)
    return render(
        request,
        "people/link_use.html",
        status=status,
        form=form.without("password"),
        secret=secret,
        offer=offer,
        # A new person fills in a form; anybody else has one button to press.
        is_new=offer.errand is Errand.SET_UP or (offer.errand is Errand.INVITE and not offer.is_known),
        is_right_person=visitor is not None and visitor.user.email == offer.email,
    )


def _over(request: Request, error: PlatformError) -> Response:
    if error.code != "not_found":
        raise error
    return render(request, "people/link_over.html", status=404)


routes = [
    OpenRoute("/link", ask),
    OpenRoute("/set-up", ask),
    OpenRoute("/link", look, methods=["POST"]),
    OpenRoute("/link/use", use, methods=["POST"]),
]
