"""Refusals as people meet them: beside the field, at the top of a form, or a page of their own.

Pages: a change that another origin asked for (403), nothing here (404), a host name that is none of ours (421), a line
that others can read (403), a session that has ended while somebody was typing (what was typed is kept), control's
store away (503: tokens go on), a fault of ours (an id, and no more). Must not know what was asked for.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Match

from gettone.console.arrival import arrival_of, is_htmx
from gettone.console.fixtures import fixtures_of
from gettone.console.forms import GENERAL, Form, field_of
from gettone.console.render import render, say
from gettone.console.session import locale_of
from gettone.model.errors import PlatformError

_LOG = logging.getLogger(__name__)

STATUSES: Mapping[str, int] = {
    "invalid": 400,
    "denied": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "internal": 500,
    "unavailable": 503,
}
# What people typed, and would not want to type again. Never secrets: variables have values that are.
KEPT_CHARACTERS = 1 << 20
_WORD = re.compile(r"[^\W\d_]+(?=[\s,;:?!]|$)")
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_SECRETS = ("password", "secret", "token", "value")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A page that says no. Its words are `errors.<name>` and `errors.<name>_next`."""

    name: str
    status: int


FOREIGN = Refusal("foreign", 403)
DENIED = Refusal("denied", 403)
MISSING = Refusal("missing", 404)
METHOD = Refusal("method", 405)
MISDIRECTED = Refusal("misdirected", 421)
OPEN_LINE = Refusal("open_line", 403)
AWAY = Refusal("away", 503)
TOO_SLOW = Refusal("too_slow", 503)
FAULT = Refusal("fault", 500)
_OTHER = Refusal("other", 400)

_PAGES: Mapping[str, Refusal] = {"denied": DENIED, "not_found": MISSING, "unavailable": AWAY, "internal": FAULT}


def refuse(request: Request, refusal: Refusal, message: str = "") -> HTMLResponse:
    """The page of a refusal, or its part where only a part was asked for. `message` is a sentence of control's."""
    template = "errors/part.html" if is_htmx(request) else "errors/page.html"
    return render(request, template, status=refusal.status, refusal=refusal, message=message)


def refuse_error(request: Request, error: PlatformError) -> HTMLResponse:
    """The page that an error of control's is, where no form could show it."""
    if error.code in ("internal", "unavailable"):
        _LOG.error("%s %s: %r", arrival_of(request).request_sid, request.url.path, error, exc_info=True)
    page = _PAGES.get(error.code, Refusal(_OTHER.name, STATUSES[error.code]))
    return refuse(request, page, "" if error.code == "internal" else sentence(error.message))


def refuse_status(request: Request, error: HTTPException) -> Response:
    """The page of what routing refused. Whoever reads where only forms go is sent to the page that the form is on.

    So it is after a form that was told to be wrong, when its page is loaded again or read in another language.
    """
    if error.status_code != 405:
        return refuse(request, MISSING)
    if request.method != "GET" or is_htmx(request):
        return refuse(request, METHOD)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(_page_above(request) + query, 303)


def refused(form: Form, error: PlatformError) -> Form:
    """The form again, with what control said in the field that it is about, else at the top.

    What is no matter of the form is raised on, and becomes a page.
    """
    if error.code in ("internal", "unavailable"):
        raise error
    field = field_of(error.evidence.get("parameter"))
    return form.with_problem(sentence(error.message), field if field in form.values else GENERAL)


def status_of(error: PlatformError) -> int:
    """The HTTP status of a form that is shown again."""
    return STATUSES[error.code]


def sentence(message: str) -> str:
    """A message of control's as it stands on a page: with a stop at its end, and a capital where it begins with a word.

    What begins with a name, such as an address, begins as the name does.
    """
    head = message[:1].upper() if _WORD.match(message) else message[:1]
    return f"{head}{message[1:]}{'' if message.endswith(('.', '?', '!')) else '.'}" if message else ""


def send_to_sign_in(request: Request) -> Response:
    """The way in for somebody who is not signed in, and back to the page afterwards."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = "/sign-in" if path == "/" else f"/sign-in?{urlencode({'next': path})}"
    if is_htmx(request):
        # The whole page goes, not the part.
        return Response(status_code=204, headers={"hx-redirect": target})
    return RedirectResponse(target, 303)


def session_gone(request: Request, form: Form) -> HTMLResponse:
    """The page for somebody whose session ended while they were typing: their text, to copy, and the way back in."""
    kept = [
        (name, text)
        for name, values in form.values.items()
        for text in values
        if text.strip()
        and len(text) <= KEPT_CHARACTERS
        and not any(word in name for word in _SECRETS)
        # Nobody typed what a page names a thing by.
        and not _SID.fullmatch(text)
    ]
    # What took longest to type stands first.
    kept.sort(key=lambda pair: -len(pair[1]))
    page = _page_before(request)
    answer = render(request, "errors/session_gone.html", status=401, kept=kept, next=page)
    if is_htmx(request):
        # A page, whatever part was asked for.
        answer.headers["hx-retarget"] = "body"
        answer.headers["hx-reswap"] = "innerHTML"
    return answer


def next_page(asked: str) -> str:
    """Where to go after signing in: a path of the console's, whatever was asked for."""
    parts = urlsplit(asked)
    # A browser reads a backslash as a slash, and two of them as the start of a host name.
    is_path = not parts.scheme and not parts.netloc and asked.startswith("/") and not asked.startswith(("//", "/\\"))
    return asked if is_path and asked.isprintable() and "\\" not in asked else "/"


def _page_above(request: Request) -> str:
    """The nearest page above an address."""
    routes, path = request.app.router.routes, request.url.path
    while path:
        path = path.rpartition("/")[0]
        asked = {"type": "http", "method": "GET", "path": path or "/", "root_path": ""}
        if any(route.matches(asked)[0] is Match.FULL for route in routes):
            return path or "/"
    return "/"


def _page_before(request: Request) -> str:
    """The page on which a form stood, as the browser tells it; the start page when it does not."""
    said = urlsplit(request.headers.get("referer", ""))
    own = arrival_of(request).origin
    if f"{said.scheme}://{said.netloc}" != own:
        return "/"
    return next_page(said.path + (f"?{said.query}" if said.query else ""))


def explain(request: Request, error: PlatformError) -> str:
    """One sentence about an error in the reader's language, for a part of a page."""
    if error.code == "internal":
        return say(request, "errors.fault")
    return fixtures_of(request).messages.tell(locale_of(request), sentence(error.message))
