"""API keys: listed, made, renamed, rotated, revoked.

A secret is on a page once: in the answer to whoever made or rotated the key, which a tick ends. There it can go
straight into the variables of an environment. Must not know what a permission allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.key_words import OVERLAPS, picker, until_words
from gettone.console.paging import asked_page, page_links
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.session import signed_in
from gettone.control import access
from gettone.control.access import Permission
from gettone.control.api_keys import NewApiKey
from gettone.model.api_keys import ApiKey, ApiKeyType
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.pages import PAGE_SIZE, PageRequest
from gettone.model.services import Service

SERVICES_TO_CHOOSE = 200
# Where a new secret may go at once: as many places as one looks through.
PLACES_OF_SERVICES = 25


async def keys(request: Request) -> Response:
    """Show the keys."""
    visitor = signed_in(request)
    page = await desk_of(request).api_keys.list(
        visitor.principal, account_sid=visitor.account.sid, page=asked_page(request, PAGE_SIZE)
    )
    newer, older = page_links(request, page)
    return render(
        request,
        "watch/keys.html",
        rows=[(key, until_words(request, key)) for key in page.items],
        newer=newer,
        older=older,
        form=filled(),
    )


async def new(request: Request) -> Response:
    """Show the form of a new key."""
    access.require(signed_in(request).principal, Permission.KEYS_WRITE)
    return await _show_new(request, filled(type=ApiKeyType.STANDARD), 200)


async def create(request: Request) -> Response:
    """Make a key, and show its secret this once."""
    visitor, form = signed_in(request), (await read_form(request)).with_boxes("policy")
    try:
        made = await desk_of(request).api_keys.create(
            visitor.principal,
            account_sid=visitor.account.sid,
            friendly_name=form.text("friendly_name"),
            type=_type_of(form),
            policy=form.all("policy") if form.text("type") == ApiKeyType.RESTRICTED else None,
            service=form.text("service") or None,
        )
    except PlatformError as error:
        return await _show_new(request, refused(form, error), status_of(error))
    return await _show_secret(request, made, form=filled(), status=201)


async def show(request: Request) -> Response:
    """Show one key."""
    key = await _key(request)
    return _show_key(request, key, filled(friendly_name=key.friendly_name), 200)


async def update(request: Request) -> Response:
    """Rename a key; give a restricted one another policy."""
    visitor, key, form = signed_in(request), await _key(request), (await read_form(request)).with_boxes("policy")
    try:
        await desk_of(request).api_keys.update(
            visitor.principal,
            account_sid=visitor.account.sid,
            sid=key.sid,
            friendly_name=form.text("friendly_name"),
            policy=form.all("policy") if key.type is ApiKeyType.RESTRICTED else None,
        )
    except PlatformError as error:
        return _show_key(request, key, refused(form, error), status_of(error))
    return go_to(f"/keys/{key.sid}", said="keys.said_saved")


async def rotate(request: Request) -> Response:
    """Give a key another secret, and show that this once."""
    visitor, key, form = signed_in(request), await _key(request), await read_form(request)
    try:
        made = await desk_of(request).api_keys.rotate(
            visitor.principal,
            account_sid=visitor.account.sid,
            sid=key.sid,
            overlap_seconds=float(form.text("overlap") if form.text("overlap") in OVERLAPS else 0),
        )
    except PlatformError as error:
        return _show_key(request, key, refused(form, error), status_of(error))
    return await _show_secret(request, made, form=filled(), status=200)


async def got_it(request: Request) -> Response:
    """End the showing of a secret; put it into an environment's variables first, where that was chosen."""
    visitor, key, form = signed_in(request), await _key(request), await read_form(request)
    secret, place = form.raw("secret"), form.text("place")
    try:
        if place:
            service, _, environment_sid = place.partition(".")
            await desk_of(request).variables.replace_all(
                visitor.principal,
                service=service,
                environment_sid=environment_sid,
                values={"API_KEY": key.sid, "API_SECRET": secret},
                keep_others=True,
            )
            return go_to(f"/services/{service}/variables?environment={environment_sid}", said="keys.said_added")
    except PlatformError as error:
        # Whoever typed nothing wrong shall not lose the secret: it came with the form, and goes back with it.
        return await _show_secret(request, NewApiKey(key, secret), form=refused(form, error), status=status_of(error))
    return go_to("/keys", said="keys.said_kept")


async def revoke(request: Request) -> Response:
    """Delete a key; the page before asks."""
    visitor, key = signed_in(request), await _key(request)
    if request.method != "POST":
        return render(request, "watch/key_revoke.html", key=key, until=until_words(request, key))
    await desk_of(request).api_keys.delete(visitor.principal, account_sid=visitor.account.sid, sid=key.sid)
    return go_to("/keys", said="keys.said_revoked")


async def _key(request: Request) -> ApiKey:
    visitor = signed_in(request)
    return await desk_of(request).api_keys.get(
        visitor.principal, account_sid=visitor.account.sid, sid=request.path_params["key"]
    )


def _type_of(form: Form) -> ApiKeyType:
    try:
        return ApiKeyType(form.text("type", ApiKeyType.STANDARD))
    except ValueError:
        raise PlatformError("invalid", "choose Standard, Main or Restricted", parameter="Type") from None


async def _show_new(request: Request, form: Form, status: int) -> HTMLResponse:
    services = await _services(request, SERVICES_TO_CHOOSE)
    values = {"form": form, "services": services, "picker": picker(form.all("policy")), "types": list(ApiKeyType)}
    return render(request, "watch/key_new.html", status=status, **values)


def _show_key(request: Request, key: ApiKey, form: Form, status: int) -> HTMLResponse:
    may_write = access.may(signed_in(request).principal, Permission.KEYS_WRITE)
    granted = form.all("policy") if "policy" in form.values else key.policy or ()
    values = {
        "key": key,
        "form": form,
        "until": until_words(request, key),
        "picker": picker(granted),
        "overlaps": list(OVERLAPS),
        "may_write": may_write,
    }
    return render(request, "watch/key.html", status=status, **values)


async def _show_secret(request: Request, made: NewApiKey, *, form: Form, status: int) -> HTMLResponse:
    values: Mapping[str, object] = {
        "key": made.key,
        "secret": made.secret,
        "until": until_words(request, made.key),
        "places": await _places(request),
        "form": form,
    }
    return render(request, "watch/key_secret.html", status=status, **values)


async def _services(request: Request, count: int) -> Sequence[Service]:
    page = await desk_of(request).services.list(signed_in(request).principal, page=PageRequest(size=count))
    return page.items


async def _places(request: Request) -> Sequence[tuple[Service, EnvironmentResource]]:
    """Environments whose variables this person may set."""
    principal = signed_in(request).principal
    places = []
    for service in await _services(request, PLACES_OF_SERVICES):
        if access.may(principal, Permission.VARIABLES_WRITE, service.sid):
            found = await desk_of(request).environments.list(principal, service=service.sid, page=PageRequest())
            places += [(service, environment) for environment in found.items]
    return places


routes = [
    Route("/keys", keys, methods=["GET"]),
    Route("/keys/new", new, methods=["GET"]),
    Route("/keys/new", create, methods=["POST"]),
    Route("/keys/{key}", show, methods=["GET"]),
    Route("/keys/{key}", update, methods=["POST"]),
    Route("/keys/{key}/rotate", rotate, methods=["POST"]),
    Route("/keys/{key}/got-it", got_it, methods=["POST"]),
    Route("/keys/{key}/revoke", revoke, methods=["GET", "POST"]),
]
