"""The pages of the frame itself: all products, the pattern page, and how somebody likes to read.

Must not know what products do.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import filled, read_form
from gettone.console.products import PRODUCTS, with_pin
from gettone.console.refusals import next_page
from gettone.console.render import go_to, render
from gettone.console.routes import OpenRoute
from gettone.console.session import THEMES, keep_choice, signed_in, visitor_of
from gettone.console.words import LOCALES
from gettone.model.cookies import LOCALE_COOKIE, THEME_COOKIE

# Sixty minutes of requests, for the pattern page.
PLOTTED = tuple(40 + (minute * 7919) % 23 - minute % 11 for minute in range(60))


async def products(request: Request) -> Response:
    """Show every product, with its pin."""
    return render(request, "products.html")


async def pin(request: Request) -> Response:
    """Put a product into the dock, or take it out."""
    visitor, form = signed_in(request), await read_form(request)
    is_pinned = form.flag("pinned")
    pins = with_pin(visitor.pins, form.text("product"), is_pinned=is_pinned)
    await desk_of(request).preferences.set_pins(visitor.who, pins=pins)
    return go_to("/products", said="products.said_pinned" if is_pinned else "products.said_unpinned")


async def reading(request: Request) -> Response:
    """Keep the language and the theme that somebody chose, in this browser; the language with the person, too."""
    form = await read_form(request)
    response = go_to(next_page(form.text("next", "/")))
    locale, theme, visitor = form.text("locale"), form.text("theme"), visitor_of(request)
    if locale in LOCALES:
        keep_choice(response, request, LOCALE_COOKIE, locale)
        if visitor is not None and visitor.locale != locale:
            await desk_of(request).preferences.set_locale(visitor.who, locale=locale)
    if theme:
        keep_choice(response, request, THEME_COOKIE, theme if theme in THEMES else None)
    return response


async def patterns(request: Request) -> Response:
    """Show each element that pages are made of."""
    now = desk_of(request).clock()
    form = filled(name="egghead", note="", language="python", agree=True).with_problem("It is taken.", "name")
    return render(
        request,
        "patterns.html",
        form=form,
        moment_at=now - timedelta(minutes=3),
        past=now - timedelta(days=90),
        plotted=PLOTTED,
        icons=[product.icon for product in PRODUCTS],
    )


routes = [
    Route("/products", products, methods=["GET"]),
    Route("/products", pin, methods=["POST"]),
    OpenRoute("/reading", reading, methods=["POST"]),
    OpenRoute("/patterns", patterns),
]
