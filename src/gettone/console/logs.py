"""Logs: the newest lines and those that come, narrowed by where, function, level and text; and all lines of a request.

Must not know how a stream is kept alive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled
from gettone.console.log_names import LogNames
from gettone.console.log_query import LogQuery, Mark, mark_of, read_query
from gettone.console.log_stream import line_values, tail
from gettone.console.paging import AFTER, BEFORE, address, asked_page, page_links
from gettone.console.refusals import MISSING, refuse, refused, status_of
from gettone.console.render import render
from gettone.console.routes import OpenRoute
from gettone.console.session import signed_in
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionResource
from gettone.model.logs import Level, LogEntry, LogFilter
from gettone.model.pages import PAGE_SIZE_MAX, Page, PageRequest
from gettone.model.services import Service
from gettone.model.sids import REQUEST

LINES_SHOWN = 100
SERVICES_TO_CHOOSE = 50
FUNCTIONS_TO_CHOOSE = 200


async def show(request: Request) -> Response:
    """Show the newest lines, and go on with those that come; or an older piece."""
    query = read_query(request.query_params)
    form = filled(text=query.text, place=query.place, function=query.function_sid)
    # From before the lines are read: what comes meanwhile is missed by neither.
    asked_at = desk_of(request).clock()
    try:
        page = await desk_of(request).logs.search(
            signed_in(request).principal, wanted=query.wanted, page=asked_page(request, LINES_SHOWN)
        )
    except PlatformError as error:
        if error.code != "invalid":
            raise
        return await _show(request, query, Page(()), refused(form, error), since=None, status=status_of(error))
    is_newest = not any(name in request.query_params for name in (AFTER, BEFORE))
    is_live = is_newest and request.query_params.get("live") != "off"
    mark = (mark_of(page.items[0]) if page.items else Mark(asked_at)) if is_live else None
    return await _show(request, query, page, form, since=mark)


async def _show(
    request: Request,
    query: LogQuery,
    page: Page[LogEntry],
    form: Form,
    *,
    since: Mark | None,
    status: int = 200,
) -> HTMLResponse:
    newer, older = page_links(request, page)
    parts = list(query.parts())
    values: Mapping[str, object] = {
        "form": form,
        "query": query,
        "rows": await _rows(request, page.items),
        "newer": newer,
        "older": older,
        "levels": list(Level),
        "places": await _places(request),
        "functions": await _functions(request, query),
        "stream": "" if since is None else address("/logs/tail", [*parts, ("since", str(since))]),
        "live_link": address("/logs", parts),
        "is_narrowed": bool(parts),
    }
    return render(request, "watch/logs.html", status=status, **values)


async def show_request(request: Request) -> Response:
    """Show all lines of one request, oldest first."""
    sid = request.path_params["request"]
    if not REQUEST.matches(sid):
        return refuse(request, MISSING)
    page = await desk_of(request).logs.search(
        signed_in(request).principal,
        wanted=LogFilter(request_sid=REQUEST.check(sid)),
        page=PageRequest(PAGE_SIZE_MAX),
    )
    lines = page.items[::-1]
    return render(
        request,
        "watch/request.html",
        sid=sid,
        rows=await _rows(request, lines),
        first=lines[0] if lines else None,
        is_cut=page.next is not None,
        lines_max=PAGE_SIZE_MAX,
    )


async def _rows(request: Request, lines: Sequence[LogEntry]) -> Sequence[Mapping[str, object]]:
    names = LogNames(request)
    return [await line_values(names, line) for line in lines]


async def _places(request: Request) -> Sequence[tuple[Service, Sequence[EnvironmentResource]]]:
    """Services and their environments."""
    desk, principal = desk_of(request), signed_in(request).principal
    services = await desk.services.list(principal, page=PageRequest(SERVICES_TO_CHOOSE))
    return [
        (service, (await desk.environments.list(principal, service=service.sid, page=PageRequest())).items)
        for service in services.items
    ]


async def _functions(request: Request, query: LogQuery) -> Sequence[FunctionResource]:
    """The functions of the service that is looked at; of no more than one."""
    desk, principal = desk_of(request), signed_in(request).principal
    service = query.service_sid
    if query.environment_sid is not None:
        holding = [
            of for of, inside in await _places(request) if query.environment_sid in {each.sid for each in inside}
        ]
        service = holding[0].sid if holding else None
    if service is None:
        return ()
    found = await desk.functions.list(principal, service=service, page=PageRequest(FUNCTIONS_TO_CHOOSE))
    return found.items


routes = [
    Route("/logs", show, methods=["GET"]),
    OpenRoute("/logs/tail", tail, methods=["GET"]),
    Route("/logs/{request}", show_request, methods=["GET"]),
]
