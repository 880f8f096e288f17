"""Tokens: one is pasted and read, or minted with a key of the account's; and how an app gets one from a function.

What is pasted comes in the body of a POST, is on the page of its answer, and nowhere else. Must not know how a token
is signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import render, say
from gettone.console.session import signed_in
from gettone.console.snippets import EXAMPLE_URL, is_address, snippets
from gettone.console.token_facts import facts_of
from gettone.console.token_mint import DEFAULT_LIFETIME, FIELDS, KINDS, LIFETIMES, grant_of, kind_of, lifetime_of
from gettone.console.token_words import text_of
from gettone.console.urls import function_url
from gettone.control import access
from gettone.control.access import Permission
from gettone.model.api_keys import ApiKey, ApiKeyType
from gettone.model.applications import Application
from gettone.model.errors import PlatformError
from gettone.model.functions import Visibility
from gettone.model.pages import PageRequest

# A token has a few hundred characters; what is longer than the token library reads is refused there.
BODY_BYTES_MAX = 1 << 18
TO_CHOOSE = PageRequest(size=200)

_EMPTY: Mapping[str, object] = {"reading": None, "summary": None, "check": None, "is_over": False, "minted": ""}


async def show(request: Request) -> Response:
    """Show where a token is pasted, minted, and fetched."""
    return await _show(request, 200)


async def read(request: Request) -> Response:
    """Read a pasted token; check its signature where that was asked for."""
    form = await read_form(request, bytes_max=BODY_BYTES_MAX)
    token = "".join(form.raw("token").split())
    try:
        told = await _told(request, token, is_checked=form.flag("check"))
    except PlatformError as error:
        return await _show(request, status_of(error), read_form=refused(form, error))
    return await _show(request, 200, read_form=form, told=told)


async def mint(request: Request) -> Response:
    """Mint a token, and show it."""
    visitor, form = signed_in(request), await read_form(request)
    kind = kind_of(form.text("kind"))
    try:
        made = await desk_of(request).tokens.mint(
            visitor.principal,
            account_sid=visitor.account.sid,
            key_sid=form.text("key"),
            identity=form.text("identity"),
            grant=grant_of(kind, form),
            ttl_seconds=lifetime_of(form),
        )
        told = await _told(request, made.token, is_checked=True)
    except PlatformError as error:
        if error.code == "not_found":
            form, status = form.with_problem(say(request, "tokens.choose_key"), "key"), 400
        else:
            form, status = refused(form, error), status_of(error)
        return await _show(request, status, mint_form=form, kind=kind)
    return await _show(request, 201, mint_form=form, kind=kind, told={**told, "minted": made.token})


async def _told(request: Request, token: str, *, is_checked: bool) -> Mapping[str, object]:
    desk, visitor = desk_of(request), signed_in(request)
    said = desk.tokens.read(token)
    check = None
    if is_checked:
        check = await desk.tokens.check(visitor.principal, account_sid=visitor.account.sid, token=token)
    reading = text_of(token, said)
    is_over = reading.expires_at is not None and reading.expires_at <= desk.clock()
    return {"reading": reading, "summary": facts_of(said, check), "check": check, "is_over": is_over}


async def _show(
    request: Request,
    status: int,
    *,
    read_form: Form | None = None,
    mint_form: Form | None = None,
    kind: str | None = None,
    told: Mapping[str, object] = _EMPTY,
) -> HTMLResponse:
    kind = kind or kind_of(request.query_params.get("mint", ""))
    keys, may_mint = await _keys(request), access.may(signed_in(request).principal, Permission.CREDENTIALS_READ)
    values: Mapping[str, object] = {
        **_EMPTY,
        "read_form": read_form or filled(),
        "mint_form": mint_form or filled(identity="alice", ttl=DEFAULT_LIFETIME),
        "kind": kind,
        "kinds": [(f"/tokens?{urlencode({'mint': each})}#mint", each, each == kind) for each in KINDS],
        "fields": FIELDS[kind],
        "lifetimes": LIFETIMES,
        "keys": keys,
        "apps": await _apps(request) if kind == "voice" else (),
        "may_mint": may_mint,
        **await _snippets(request),
        **told,
    }
    return render(request, "watch/tokens.html", status=status, **values)


async def _snippets(request: Request) -> Mapping[str, object]:
    """The code to copy, for the address that was typed, or else a function's that is there."""
    query = request.query_params
    url, answer = query.get("url", "").strip(), "json" if query.get("answer") == "json" else "text"
    shown = url if is_address(url) else await _public_address(request) or EXAMPLE_URL
    form = filled(url=url or shown, answer=answer)
    if url and not is_address(url):
        form = form.with_problem(say(request, "tokens.no_address"), "url")
    return {"snippet_form": form, "snippets": snippets(shown, is_json=answer == "json")}


async def _public_address(request: Request) -> str:
    """Where the first public function of what went live last is; empty where there is none."""
    desk, principal = desk_of(request), signed_in(request).principal
    for newest in await desk.figures.went_live(principal, count=1):
        sheet = await desk.editing.open(principal, service=newest.service.sid, environment_sid=newest.environment.sid)
        for file in sheet.files:
            if file.language is not None and file.visibility is Visibility.PUBLIC and not file.is_new:
                url = function_url(desk.gateway, sheet.host, file.path)
                return url if is_address(url) else ""
    return ""


async def _keys(request: Request) -> Sequence[ApiKey]:
    """Keys that can sign, the newest first."""
    visitor = signed_in(request)
    if not access.may(visitor.principal, Permission.CREDENTIALS_READ):
        return ()
    page = await desk_of(request).api_keys.list(visitor.principal, account_sid=visitor.account.sid, page=TO_CHOOSE)
    return [key for key in page.items if key.type is not ApiKeyType.RESTRICTED]


async def _apps(request: Request) -> Sequence[Application]:
    visitor = signed_in(request)
    page = await desk_of(request).applications.list(visitor.principal, account_sid=visitor.account.sid, page=TO_CHOOSE)
    return page.items


routes = [
    Route("/tokens", show, methods=["GET"]),
    Route("/tokens/read", read, methods=["POST"]),
    Route("/tokens/mint", mint, methods=["POST"]),
]
