"""Environments of a service: where each is served, what is promoted from one to another, its own host names.

Must not know how a host name is reached.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.deploys import settle, state_values
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to
from gettone.console.routes import SlowRoute
from gettone.console.service_page import ServicePage, open_service
from gettone.model.environments import EnvironmentResource, HostName
from gettone.model.errors import PlatformError
from gettone.model.pages import PAGE_SIZE_MAX, PageRequest


async def show(request: Request) -> Response:
    """Show the environments."""
    return await _show(request, await open_service(request), filled())


async def add(request: Request) -> Response:
    """Make an environment."""
    page = await open_service(request)
    form = await read_form(request)
    try:
        await desk_of(request).environments.create(
            page.principal,
            service=page.sid,
            unique_name=form.text("unique_name"),
            domain_suffix=form.text("domain_suffix") or None,
        )
    except PlatformError as error:
        return await _show(request, page, refused(form, error), status=status_of(error))
    return go_to(page.path("environments"), said="environments.said_added")


async def promote(request: Request) -> Response:
    """Deploy in one environment what is live in another."""
    page = await open_service(request)
    form = await read_form(request)
    target = form.text("to")
    try:
        progress = await desk_of(request).releases.promote(
            page.principal,
            service=page.sid,
            from_environment_sid=request.path_params["environment"],
            to_environment_sid=target,
        )
    except PlatformError as error:
        return await _show(request, page, refused(form, error), status=status_of(error))
    await settle(progress)
    return go_to(page.path("environments", environment=target, deploy=progress.id))


async def add_host(request: Request) -> Response:
    """Let an environment answer for a host name of the account's own."""
    page = await open_service(request)
    form = await read_form(request)
    sid = request.path_params["environment"]
    try:
        await desk_of(request).host_names.create(
            page.principal, service=page.sid, environment_sid=sid, host=form.text("host")
        )
    except PlatformError as error:
        return await _show(request, page, refused(form, error), edited=sid, status=status_of(error))
    return go_to(page.path("environments"), said="environments.said_host_added")


async def delete_host(request: Request) -> Response:
    """Let an environment answer for a host name no longer."""
    page = await open_service(request)
    form = await read_form(request)
    await desk_of(request).host_names.delete(
        page.principal, service=page.sid, environment_sid=request.path_params["environment"], host=form.text("host")
    )
    return go_to(page.path("environments"), said="environments.said_host_deleted")


async def delete(request: Request) -> Response:
    """Delete an environment; the page before names what goes."""
    page = await open_service(request)
    desk, sid = desk_of(request), request.path_params["environment"]
    if request.method != "POST":
        going = await desk.what_goes.environment(page.principal, service=page.sid, sid=sid)
        named = await desk.environments.get(page.principal, service=page.sid, sid=sid)
        return page.render(
            request, "functions/environment_delete.html", going=going, named=named, section="environments"
        )
    await desk.environments.delete(page.principal, service=page.sid, sid=sid)
    # The one that was shown may be gone.
    return go_to(page.path("environments", environment=None), said="environments.said_deleted")


async def _show(request: Request, page: ServicePage, form: Form, *, edited: str = "", status: int = 200) -> Response:
    rows: list[tuple[EnvironmentResource, tuple[HostName, ...]]] = []
    for environment in page.sheet.environments:
        found = await desk_of(request).host_names.list(
            page.principal,
            service=page.sid,
            environment_sid=environment.sid,
            page=PageRequest(size=PAGE_SIZE_MAX),
        )
        rows.append((environment, found.items))
    values = {**state_values(request, page.deploy), "form": form, "section": "environments"}
    return page.render(
        request,
        "functions/environments.html",
        status=status,
        rows=rows,
        edited=edited,
        domain=desk_of(request).domain,
        **values,
    )


_ROOT = "/services/{service}/environments"

routes = [
    Route(_ROOT, show),
    Route(_ROOT, add, methods=["POST"]),
    SlowRoute(f"{_ROOT}/{{environment}}/promote", promote, methods=["POST"]),
    Route(f"{_ROOT}/{{environment}}/hosts", add_host, methods=["POST"]),
    Route(f"{_ROOT}/{{environment}}/hosts/delete", delete_host, methods=["POST"]),
    Route(f"{_ROOT}/{{environment}}/delete", delete, methods=["GET", "POST"]),
]
