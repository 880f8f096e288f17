"""Templates to answers: what every template may ask for, and nothing that a page could forget to escape.

In a template: `t(key, ...)`, `told(message)` for a sentence of control's, `visitor`, `locale`, `static(name)`,
`ago(at)`, `exact(at)`, `day(at)`, `clock(at)`, `duration(seconds)`, `size(bytes)`, `short(sid)`, `dock`, `path`,
`theme`, `nonce`, `said`. A value that a page did not give is a fault (StrictUndefined). Must not know what pages show.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from gettone.console import times
from gettone.console.arrival import arrival_of
from gettone.console.fixtures import Fixtures, fixtures_of
from gettone.console.products import PRODUCTS, make_dock
from gettone.console.session import locale_of, theme_of, visitor_of
from gettone.console.words import LOCALES

FOLDER = Path(__file__).parent / "templates"
SAID = "said"
"""The parameter of an address that tells what was done just before; words under `<page>.said_...` alone."""


@cache
def make_templates(folder: Path = FOLDER) -> Environment:
    """The templates of a folder, each compiled once in a process."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def render(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A template with its values, as an answer."""
    return HTMLResponse(render_text(request, template, **values), status)


def render_text(request: Request, template: str, **values: object) -> str:
    """A template with its values, as text: a part of a page in an event stream."""
    fixtures = fixtures_of(request)
    return fixtures.templates.get_template(template).render(_given(request, fixtures), **values)


def go_to(path: str, *, said: str | None = None) -> RedirectResponse:
    """Send a browser on, after what it asked for was done; `said` is the key of the word that tells so."""
    if said is not None:
        path += ("&" if "?" in path else "?") + urlencode({SAID: said})
    return RedirectResponse(path, 303)


def say(request: Request, key: str, **values: str | int) -> str:
    """A word in the language of this request."""
    return fixtures_of(request).words.text(locale_of(request), key, **values)


def short_sid(sid: str) -> str:
    """Enough of a SID to know it again: `AC4f…91c0`."""
    return sid if len(sid) < 12 else f"{sid[:4]}…{sid[-4:]}"


def size(count: int) -> str:
    """A number of bytes with its unit, as files are measured: `571 bytes`, `12.4 kB`, `3.1 MB`."""
    if count < 1000:
        return f"{count} bytes" if count != 1 else "1 byte"
    if count < 1_000_000:
        return f"{count / 1000:.1f} kB"
    return f"{count / 1_000_000:.1f} MB"


def _given(request: Request, fixtures: Fixtures) -> Mapping[str, object]:
    locale, visitor, arrival = locale_of(request), visitor_of(request), arrival_of(request)
    zone: tzinfo = UTC if visitor is None else visitor.zone
    t = partial(fixtures.words.text, locale)
    said = request.query_params.get(SAID, "")
    known = said.rpartition(".")[2].startswith("said_") and fixtures.words.has(said)

    def ago(moment: datetime) -> str:
        now = fixtures.desk.clock()
        if not times.is_near(moment, now):
            return times.day(moment, zone, locale)
        key, count = times.ago(moment, now)
        return t(f"times.{key}", count=count)

    return {
        "t": t,
        "locale": locale,
        "locales": LOCALES,
        "visitor": visitor,
        "dock": () if visitor is None else make_dock(visitor.pins),
        "products": PRODUCTS,
        "path": request.url.path,
        "theme": theme_of(request),
        "nonce": arrival.nonce,
        "request_sid": arrival.request_sid,
        "said": t(said) if known else "",
        "told": partial(fixtures.messages.tell, locale),
        "static": fixtures.files.path,
        "ago": ago,
        "exact": lambda moment: times.exact(moment, zone, locale),
        "day": lambda moment: times.day(moment, zone, locale),
        "clock": lambda moment: times.clock(moment, zone),
        "duration": times.duration,
        "size": size,
        "short": short_sid,
    }
