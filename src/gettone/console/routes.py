"""The kinds of pages: for those who are signed in, unless a route says that it is open to whoever comes.

Must not know any page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.forms import read_form
from gettone.console.refusals import TOO_SLOW, refuse, send_to_sign_in, session_gone
from gettone.console.session import SignedOut, find_visitor, visitor_of
from gettone.model.errors import PlatformError

Page = Callable[[Request], Awaitable[Response]]

PAGE_SECONDS = 30.0
SLOW_SECONDS = 600.0


class OpenRoute(Route):
    """A page for whoever comes, signed in or not."""


class SlowRoute(Route):
    """A page that may take minutes: uploads, and waiting for a deploy."""


def admit(routes: Iterable[Route]) -> list[Route]:
    """The same routes, each behind the question who is signed in, and bounded in time."""
    return [_behind(route) for route in routes]


def _behind(route: Route) -> Route:
    is_open, seconds = isinstance(route, OpenRoute), SLOW_SECONDS if isinstance(route, SlowRoute) else PAGE_SECONDS
    page = partial(_serve, route.endpoint, is_open, seconds)
    return Route(route.path, page, methods=list(route.methods or ()), name=route.name)


async def _serve(page: Page, is_open: bool, seconds: float, request: Request) -> Response:
    try:
        async with asyncio.timeout(seconds) as timer:
            try:
                request.state.visitor = await find_visitor(request)
                if visitor_of(request) is None and not is_open:
                    return await _turn_away(request)
                return await page(request)
            except SignedOut:
                return await _turn_away(request)
    except TimeoutError:
        if not timer.expired():
            raise
        return refuse(request, TOO_SLOW)


async def _turn_away(request: Request) -> Response:
    if request.method != "POST":
        return send_to_sign_in(request)
    try:
        form = await read_form(request)
    except PlatformError:
        return send_to_sign_in(request)
    return session_gone(request, form)
