"""Variables of an environment, and the box that adds the account's own: what Classic calls Configure.

A value is on the page when somebody asks for it, by POST, and never before. Must not know which names and values are
right.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.arrival import is_htmx
from gettone.console.deploys import state_values
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.service_page import ServicePage, open_service
from gettone.control.services import not_found
from gettone.control.variables import EnvironmentVariables
from gettone.model.errors import PlatformError
from gettone.model.pages import PAGE_SIZE_MAX, PageRequest
from gettone.model.variables import Variable


async def show(request: Request) -> Response:
    """Show the variables, their values hidden."""
    return await _show(request, await open_service(request), filled())


async def add(request: Request) -> Response:
    """Set a variable that is not there."""
    page = await open_service(request)
    form = await read_form(request)
    try:
        await desk_of(request).variables.create(
            page.principal,
            service=page.sid,
            environment_sid=_environment(page),
            key=form.text("key"),
            value=form.raw("value"),
        )
    except PlatformError as error:
        return await _show(request, page, refused(form, error), status=status_of(error))
    return go_to(page.path("variables"), said="variables.said_added")


async def update(request: Request) -> Response:
    """Give a variable another value."""
    page = await open_service(request)
    form = await read_form(request)
    sid = request.path_params["variable"]
    try:
        await desk_of(request).variables.update(
            page.principal,
            service=page.sid,
            environment_sid=_environment(page),
            sid=sid,
            value=form.raw("new_value"),
        )
    except PlatformError as error:
        return await _show(request, page, refused(form, error), edited=sid, status=status_of(error))
    return go_to(page.path("variables"), said="variables.said_updated")


async def delete(request: Request) -> Response:
    """Take a variable away; the page before asks."""
    page = await open_service(request)
    variable = await _variable(request, page)
    if request.method != "POST":
        return page.render(request, "functions/variable_delete.html", variable=variable, section="variables")
    await desk_of(request).variables.delete(
        page.principal, service=page.sid, environment_sid=_environment(page), sid=variable.sid
    )
    return go_to(page.path("variables"), said="variables.said_deleted")


async def reveal(request: Request) -> Response:
    """Show one value."""
    page = await open_service(request)
    variable = await _variable(request, page)
    variables: EnvironmentVariables = desk_of(request).variables
    if not variables.may_read(page.principal, variable):
        raise PlatformError("denied", "The values of variables are shown to developers and owners alone")
    value = variables.read(variable)
    if is_htmx(request):
        return render(request, "functions/_value.html", variable=variable, value=value, hide=page.path("variables"))
    return await _show(request, page, filled(), shown=(variable.sid, value))


async def credentials(request: Request) -> Response:
    """Add the account's SID and auth token to what functions see, or take them out."""
    page = await open_service(request)
    form = await read_form(request)
    await desk_of(request).services.update(
        page.principal, service=page.sid, include_credentials=form.flag("include_credentials")
    )
    return go_to(page.path("variables"), said="variables.said_credentials")


async def _show(
    request: Request,
    page: ServicePage,
    form: Form,
    *,
    edited: str = "",
    shown: tuple[str, str] = ("", ""),
    status: int = 200,
) -> Response:
    found: tuple[Variable, ...] = ()
    if page.environment_sid is not None:
        listed = await desk_of(request).variables.list(
            page.principal,
            service=page.sid,
            environment_sid=page.environment_sid,
            page=PageRequest(size=PAGE_SIZE_MAX),
        )
        found = tuple(sorted(listed.items, key=lambda each: each.key))
    values = {**state_values(request, page.deploy), "form": form, "section": "variables"}
    return page.render(
        request,
        "functions/variables.html",
        status=status,
        variables=found,
        edited=edited,
        shown=shown,
        credentials=filled(include_credentials=page.sheet.service.include_credentials),
        **values,
    )


async def _variable(request: Request, page: ServicePage) -> Variable:
    return await desk_of(request).variables.get(
        page.principal,
        service=page.sid,
        environment_sid=_environment(page),
        sid=request.path_params["variable"],
    )


def _environment(page: ServicePage) -> str:
    if page.environment_sid is None:
        raise not_found(f"/Services/{page.sid}/Environments")
    return page.environment_sid


_ROOT = "/services/{service}/variables"

routes = [
    Route(_ROOT, show),
    Route(_ROOT, add, methods=["POST"]),
    Route(f"{_ROOT}/credentials", credentials, methods=["POST"]),
    Route(f"{_ROOT}/{{variable}}", update, methods=["POST"]),
    Route(f"{_ROOT}/{{variable}}/show", reveal, methods=["POST"]),
    Route(f"{_ROOT}/{{variable}}/delete", delete, methods=["GET", "POST"]),
]
