"""The start page: how the account is doing, what went live last, its credentials; to an empty account, how to begin.

An account is as good as empty while nothing is live in it but the example that came with the installation.

The auth token is on the page only in the answer to somebody who asked for it, by POST. Must not know how figures are
counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.actors import actor_name
from gettone.console.arrival import is_htmx
from gettone.console.figures import HOUR, SPANS, find_function, place_of, plot_rows, share_of
from gettone.console.fixtures import desk_of
from gettone.console.render import render
from gettone.console.session import signed_in
from gettone.control import access
from gettone.control.access import Permission
from gettone.control.figures import WentLive
from gettone.model.pages import PageRequest
from gettone.model.principals import PrincipalKind

DEPLOYMENTS_SHOWN = 6
# One of somebody's own, beside that of the example.
_ANY = PageRequest(size=2)


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """How far an empty account has come, with an example that is live or without. `current` is the step to take."""

    has_key: bool
    has_function: bool
    service_sid: str
    may_make_keys: bool
    may_make_functions: bool
    example: WentLive | None = None

    @property
    def current(self) -> str:
        """The step to take now: key, function or deploy."""
        if not self.has_key and self.may_make_keys:
            return "key"
        return "deploy" if self.has_function else "function"


async def show(request: Request) -> Response:
    """Show how the account is doing."""
    return await _show(request)


async def reveal(request: Request) -> Response:
    """Show the auth token to somebody who asks for it: a part where a part was asked for, else the page with it."""
    visitor = signed_in(request)
    token = await desk_of(request).accounts.auth_token(visitor.principal, sid=visitor.account.sid)
    if is_htmx(request):
        return render(request, "watch/_auth_token.html", auth_token=token, may_reveal=True)
    return await _show(request, auth_token=token)


async def _show(request: Request, auth_token: str = "") -> Response:
    desk, visitor = desk_of(request), signed_in(request)
    principal = visitor.principal
    lately = await desk.figures.went_live(principal, count=DEPLOYMENTS_SHOWN)
    example = next(iter(lately), None)
    is_example_alone = all(each.deployment.actor == PrincipalKind.OPERATOR for each in lately)
    steps = await _first_steps(request, example) if is_example_alone else None
    values: Mapping[str, object] = {
        "auth_token": auth_token,
        "may_reveal": access.may(principal, Permission.CREDENTIALS_READ),
        "may_make_functions": access.may(principal, Permission.FUNCTIONS_WRITE),
        "condition": await desk.health.look(principal),
        "lately": [(each, actor_name(request, each.deployment.actor)) for each in lately],
        "steps": steps,
        **await _figures(request, is_begun=steps is None),
    }
    return render(request, "watch/dashboard.html", status=200, **values)


async def _figures(request: Request, *, is_begun: bool) -> Mapping[str, object]:
    desk, visitor = desk_of(request), signed_in(request)
    span = SPANS.get(request.query_params.get("span", ""), HOUR)
    today = await desk.figures.today(visitor.principal, zone=visitor.zone)
    since = span.since(desk.clock())
    overview = await desk.figures.over(
        visitor.principal, since=since, until=since + span.length, step_seconds=span.step_seconds
    )
    chosen = find_function(overview, request.query_params.get("function", ""))
    series = overview.together if chosen is None else chosen.series

    def link(**changes: str) -> str:
        kept = {"span": span.name, "function": "" if chosen is None else place_of(chosen), **changes}
        query = urlencode({name: value for name, value in kept.items() if value and (name, value) != ("span", "hour")})
        return (f"/?{query}" if query else "/") + "#figures"

    return {
        "has_figures": is_begun or overview.total.requests > 0 or today.requests > 0,
        "today": today,
        "share": share_of(today),
        "spans": [(link(span=name), name, name == span.name) for name in SPANS],
        "span": span,
        "overview": overview,
        "chosen": chosen,
        "rows": plot_rows(overview, series),
        "link_of": lambda figures: link(function=place_of(figures)),
        "all_link": link(function=""),
    }


async def _first_steps(request: Request, example: WentLive | None) -> FirstSteps:
    desk, visitor = desk_of(request), signed_in(request)
    principal, account_sid = visitor.principal, visitor.account.sid
    sees_keys = access.may(principal, Permission.KEYS_READ)
    keys = (await desk.api_keys.list(principal, account_sid=account_sid, page=_ANY)).items if sees_keys else ()
    services = [
        each
        for each in (await desk.services.list(principal, page=_ANY)).items
        if example is None or each.sid != example.service.sid
    ]
    functions = (await desk.functions.list(principal, service=services[0].sid, page=_ANY)).items if services else ()
    return FirstSteps(
        # The example came with a key of its own, whose secret nobody has seen.
        has_key=len(keys) > (0 if example is None else 1),
        has_function=bool(functions),
        service_sid=services[0].sid if services else "",
        may_make_keys=access.may(principal, Permission.KEYS_WRITE),
        may_make_functions=access.may(principal, Permission.FUNCTIONS_WRITE),
        example=example,
    )


routes = [
    Route("/", show, methods=["GET"]),
    Route("/credentials", reveal, methods=["POST"]),
]
