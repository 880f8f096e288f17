"""The terms: for everybody to read, for an owner of the operator's account to write. Must not know what they say."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.routes import OpenRoute
from gettone.console.session import locale_of, signed_in, visitor_of
from gettone.console.words import LOCALES
from gettone.model.errors import PlatformError


async def show(request: Request) -> Response:
    """Show them."""
    desk, visitor = desk_of(request), visitor_of(request)
    return render(
        request,
        "people/terms.html",
        terms=await desk.terms.read(locale_of(request)),
        may_write=visitor is not None and await desk.terms.may_write(visitor.principal),
    )


async def edit(request: Request) -> Response:
    """Show them in a form, in one language."""
    asked = request.query_params.get("locale", "")
    chosen = asked if asked in LOCALES else locale_of(request)
    found = await desk_of(request).terms.read(chosen)
    return _edit(request, filled(text=found.text, locale=chosen))


async def write(request: Request) -> Response:
    """Keep what was written; an empty text brings back ours."""
    form = await read_form(request)
    try:
        await desk_of(request).terms.write(
            signed_in(request).principal, locale=form.text("locale"), text=form.raw("text")
        )
    except PlatformError as error:
        return _edit(request, refused(form, error), status_of(error))
    return go_to("/terms", said="terms.said_written")


def _edit(request: Request, form: Form, status: int = 200) -> Response:
    return render(request, "people/terms_edit.html", status=status, form=form)


routes = [
    OpenRoute("/terms", show),
    Route("/terms/edit", edit),
    Route("/terms/edit", write, methods=["POST"]),
]
