"""The console as an application: every page, and what stands around all of them. Wiring only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gettone.console import account_pages, frame, function_pages, people_pages, watch_pages
from gettone.console.browser_files import BrowserFiles, load_browser_files
from gettone.console.desk import Desk
from gettone.console.fixtures import Fixtures, fixtures_of
from gettone.console.guard import Guard
from gettone.console.messages import load_messages
from gettone.console.refusals import MISSING, refuse, refuse_error, refuse_status
from gettone.console.render import make_templates
from gettone.console.routes import admit
from gettone.console.words import load_words
from gettone.model.errors import PlatformError
from gettone.model.sids import Randomness
from gettone.policy.hosts import Hosts

# One line for each family of pages.
FAMILIES = (frame.routes, people_pages.routes, account_pages.routes, function_pages.routes, watch_pages.routes)


def make_console(
    desk: Desk, *, randomness: Randomness, hosts: Hosts | None = None, files: BrowserFiles | None = None
) -> ASGIApp:
    """Make the console, on all names in `hosts`. Raises PlatformError when the browser's files were not built."""
    words = load_words()
    pages = admit(route for family in FAMILIES for route in family)
    app = Starlette(
        routes=[Route("/static/{name}", _static), *pages],
        middleware=[Middleware(Guard, hosts=hosts or Hosts(), randomness=randomness)],
        exception_handlers=_handlers(),
    )
    app.router.redirect_slashes = False
    app.state.fixtures = Fixtures(desk, words, load_messages(words), make_templates(), files or load_browser_files())
    return app


async def _static(request: Request) -> Response:
    return fixtures_of(request).files.answer(request, request.path_params["name"]) or refuse(request, MISSING)


def _handlers() -> dict[Any, Callable[[Request, Any], Awaitable[Response]]]:
    async def tell(request: Request, error: PlatformError) -> Response:
        return refuse_error(request, error)

    async def miss(request: Request, error: HTTPException) -> Response:
        return refuse_status(request, error)

    return {PlatformError: tell, HTTPException: miss}
