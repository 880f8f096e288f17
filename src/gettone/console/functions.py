"""The services of an account, the first steps of an empty one, and a new function in any of them.

A template is chosen by a link, so that what it presets stands in the form without a script. Must not know editors.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render, say
from gettone.console.service_page import service_path
from gettone.console.session import Visitor, signed_in
from gettone.control import access
from gettone.control.access import Permission
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.functions import Language
from gettone.model.pages import PageRequest
from gettone.model.services import Service
from gettone.project.templates import EVENTS, TEMPLATES, Template

SERVICES_PER_PAGE = 20
# A select holds as many as there are in a normal account; a longer list has its own page.
SERVICES_TO_CHOOSE = 200
ENVIRONMENTS_SHOWN = 10
# What an empty account proposes, as Classic has one place for all functions.
FIRST_SERVICE = "default"


async def services(request: Request) -> Response:
    """Show the services; to an empty account, how to begin."""
    return await _show_services(request, filled(unique_name="", deploys="on_save"), 200)


async def create(request: Request) -> Response:
    """Make a service as consoles make it, and open it."""
    form = await read_form(request)
    try:
        service = await desk_of(request).editing.make_service(
            signed_in(request).principal,
            unique_name=form.text("unique_name"),
            deploys_on_save=form.text("deploys", "on_save") == "on_save",
        )
    except PlatformError as error:
        return await _show_services(request, refused(form, error), status_of(error))
    return go_to(service_path(service.sid), said="functions.said_created")


async def new(request: Request) -> Response:
    """Show the form of a new function, filled in as its template says."""
    query, visitor = request.query_params, signed_in(request)
    template = _chosen_template(query.get("template", ""), query.get("language") or _language_of(visitor))
    is_blank = template.name == "blank"
    form = filled(
        service=query.get("service"),
        friendly_name="" if is_blank else say(request, f"templates.{_word(template)}_title"),
        path="" if is_blank else template.path,
        visibility=template.visibility,
        event=template.event,
        unique_name=FIRST_SERVICE,
    )
    return await _show_new(request, form, template, 200)


async def add(request: Request) -> Response:
    """Make a function, and the first service where there is none."""
    desk, principal = desk_of(request), signed_in(request).principal
    form = await read_form(request)
    template = _chosen_template(form.text("template"), form.text("language"))
    try:
        service = (
            form.text("service")
            or (await desk.editing.make_service(principal, unique_name=form.text("unique_name"))).sid
        )
        # Where the rest is refused, the service is there already.
        form = Form({**form.values, "service": (service,)}, form.problems)
        saved = await desk.editing.add_function(
            principal,
            service=service,
            name=form.text("friendly_name"),
            path=form.text("path"),
            language=template.language,
            template=template.name,
            visibility=form.text("visibility"),
            event=form.text("event"),
        )
    except PlatformError as error:
        return await _show_new(request, refused(form, error), template, status_of(error))
    environment = request.query_params.get("environment")
    return go_to(service_path(service, file=saved.file.sid, environment=environment), said="editor.said_added")


async def _show_services(request: Request, form: Form, status: int) -> Response:
    desk, principal = desk_of(request), signed_in(request).principal
    after = request.query_params.get("after", "")
    page = await desk.services.list(
        principal, page=PageRequest(size=SERVICES_PER_PAGE, after=int(after) if after.isdecimal() else None)
    )
    rows: list[tuple[Service, tuple[EnvironmentResource, ...]]] = []
    for service in page.items:
        found = await desk.environments.list(principal, service=service.sid, page=PageRequest(size=ENVIRONMENTS_SHOWN))
        rows.append((service, found.items))
    return render(
        request,
        "functions/services.html",
        status=status,
        form=form,
        rows=rows,
        next="" if page.next is None else f"/functions?{urlencode({'after': page.next})}",
        may_create=access.may(principal, Permission.SERVICES_WRITE)
        and access.may(principal, Permission.ENVIRONMENTS_WRITE),
        is_first=not rows and not after,
        first_service=FIRST_SERVICE,
        domain=desk.domain,
        service_path=service_path,
    )


async def _show_new(request: Request, form: Form, template: Template, status: int) -> Response:
    desk, visitor = desk_of(request), signed_in(request)
    access.require(visitor.principal, Permission.FUNCTIONS_WRITE, visitor.principal.service_sid)
    page = await desk.services.list(visitor.principal, page=PageRequest(size=SERVICES_TO_CHOOSE))
    editable = [each for each in page.items if each.ui_editable]
    asked = form.text("service")
    service = next((each for each in editable if asked in (each.sid, each.unique_name)), None)
    return render(
        request,
        "functions/new.html",
        status=status,
        form=form,
        service=service,
        services=editable,
        services_to_choose=[(each.sid, each.unique_name) for each in editable],
        chosen=template,
        templates=[(each, _word(each)) for each in TEMPLATES if each.language is template.language],
        languages=list(Language),
        events_to_choose=[(each, say(request, f"event.{each}")) for each in EVENTS],
        address_of=lambda name, language: _new_path(name, language, asked),
        service_path=service_path,
    )


def _chosen_template(name: str, language: str) -> Template:
    """The template that is asked for, or else a blank one."""
    spoken = Language.PYTHON if language == Language.PYTHON else Language.JAVASCRIPT
    mine = [each for each in TEMPLATES if each.language is spoken]
    return next((each for each in mine if each.name == name), mine[0])


def _language_of(visitor: Visitor) -> str:
    return visitor.user.language or Language.JAVASCRIPT


def _word(template: Template) -> str:
    return template.name.replace("-", "_")


def _new_path(name: str, language: str, service: str) -> str:
    chosen = {"service": service, "template": name, "language": language}
    return f"/functions/new?{urlencode({key: value for key, value in chosen.items() if value})}"


routes = [
    Route("/functions", services),
    Route("/functions", create, methods=["POST"]),
    Route("/functions/new", new),
    Route("/functions/new", add, methods=["POST"]),
]
