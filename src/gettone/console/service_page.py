"""What stands around every page of a service: its files, the environment that is shown, and what the visitor may do.

The environment is a part of the address (`?environment=ZE...`), and so is a deploy that is watched (`?deploy=...`).
Must not know what a page does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from gettone.console.actors import actor_name
from gettone.console.differences import diff_rows
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form
from gettone.console.render import render, render_text
from gettone.console.session import signed_in
from gettone.console.urls import function_url
from gettone.control import access
from gettone.control.access import Permission
from gettone.control.progress import View
from gettone.control.sheets import Sheet
from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.model.principals import Principal
from gettone.model.sids import ServiceSid

# What a list beside the editor counts; more are "100+".
COUNTED_MAX = 100


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do to a service. Whoever may not does not see the button; control refuses all the same."""

    files: bool
    deploy: bool
    variables: bool
    reveal: bool
    environments: bool
    service: bool
    call: bool
    logs: bool


@dataclass(frozen=True, slots=True)
class ServicePage:
    """A service as its pages know it."""

    principal: Principal
    sheet: Sheet
    rights: Rights
    variables: int
    deploy: View | None

    @property
    def sid(self) -> ServiceSid:
        """The service."""
        return self.sheet.service.sid

    @property
    def environment_sid(self) -> str | None:
        """The environment that is shown."""
        return None if self.sheet.environment is None else self.sheet.environment.sid

    @property
    def can_edit(self) -> bool:
        """Whether its files can be changed here. What a toolkit deploys is its project's, until somebody says so."""
        return self.rights.files and self.sheet.service.ui_editable

    def path(self, *parts: str, **query: str | None) -> str:
        """Where a page of this service is, with the same environment unless another is named."""
        chosen = {"environment": self.environment_sid, **query}
        return service_path(self.sid, *parts, **chosen)

    def values(self, request: Request) -> Mapping[str, object]:
        """What every template of a service's page is given."""
        return {
            "sheet": self.sheet,
            "service": self.sheet.service,
            "environment": self.sheet.environment,
            "rights": self.rights,
            "can_edit": self.can_edit,
            "file": None,
            "section": "",
            "oob": False,
            "variable_count": self.variables,
            "counted_max": COUNTED_MAX,
            "deploy": self.deploy,
            "page_path": self.path,
            "conflict_rows": diff_rows,
            "actor": partial(actor_name, request),
            "url_of": lambda path: function_url(desk_of(request).gateway, self.sheet.host, path),
        }

    def render(self, request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """A page of this service."""
        return render(request, template, status=status, **{**self.values(request), **values})

    def render_text(self, request: Request, template: str, **values: object) -> str:
        """A part of such a page."""
        return render_text(request, template, **{**self.values(request), **values})


def service_path(service_sid: str, *parts: str, **query: str | None) -> str:
    """Where a page of a service is. What is None is left out of the address."""
    path = "/".join(("/services", service_sid, *parts))
    chosen = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(chosen)}" if chosen else path


async def open_service(request: Request) -> ServicePage:
    """The service that this address names. Raises PlatformError `not_found`, `denied`."""
    desk, principal = desk_of(request), signed_in(request).principal
    sheet = await desk.editing.open(
        principal,
        service=request.path_params["service"],
        environment_sid=request.query_params.get("environment") or None,
    )
    return ServicePage(
        principal,
        sheet,
        rights_of(principal, sheet.service.sid),
        await _count_variables(request, principal, sheet),
        await _watched(request, principal, sheet),
    )


def rights_of(principal: Principal, service_sid: ServiceSid) -> Rights:
    """What somebody may do to a service."""

    def may(*permissions: Permission) -> bool:
        return all(access.may(principal, permission, service_sid) for permission in permissions)

    return Rights(
        files=may(Permission.FUNCTIONS_WRITE, Permission.ASSETS_WRITE),
        deploy=may(Permission.BUILDS_WRITE, Permission.DEPLOYMENTS_WRITE),
        variables=may(Permission.VARIABLES_WRITE),
        reveal=may(Permission.VARIABLES_REVEAL),
        environments=may(Permission.ENVIRONMENTS_WRITE),
        service=may(Permission.SERVICES_WRITE),
        call=may(Permission.FUNCTIONS_WRITE),
        logs=may(Permission.LOGS_READ),
    )


def text_or_none(form: Form, name: str) -> str | None:
    """What was typed into a field; None where the form has no such field."""
    return form.text(name) if name in form.values else None


async def _count_variables(request: Request, principal: Principal, sheet: Sheet) -> int:
    if sheet.environment is None:
        return 0
    found = await desk_of(request).variables.list(
        principal,
        service=sheet.service.sid,
        environment_sid=sheet.environment.sid,
        page=PageRequest(size=COUNTED_MAX),
    )
    return len(found.items)


async def _watched(request: Request, principal: Principal, sheet: Sheet) -> View | None:
    asked = request.query_params.get("deploy")
    if not asked:
        return None
    try:
        progress = await desk_of(request).releases.find(principal, id=asked)
    except PlatformError as error:
        if error.code != "not_found":
            raise
        return None  # it ended long ago: the history tells of it
    return progress.view if progress.view.service_sid == sheet.service.sid else None
