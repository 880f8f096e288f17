"""What a service does when somebody saves, how its workers are bounded, and its end. Must not know which figures are
right.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.deploys import state_values
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to
from gettone.console.service_page import ServicePage, open_service
from gettone.model.errors import PlatformError
from gettone.model.services import CONCURRENCY_MAX, TIMEOUT_SECONDS_MAX, WORKERS_MAX, Service, ServiceSettings


async def show(request: Request) -> Response:
    """Show the settings."""
    page = await open_service(request)
    return _show(request, page, _filled(page.sheet.service))


async def save(request: Request) -> Response:
    """Keep the settings. What is served goes by them at once."""
    page = await open_service(request)
    form = await read_form(request)
    try:
        await desk_of(request).services.update(
            page.principal,
            service=page.sid,
            friendly_name=form.text("friendly_name"),
            ui_editable=form.flag("ui_editable"),
            deploys_on_save=form.text("deploys") == "on_save",
            settings=ServiceSettings(
                concurrency=_whole(form, "concurrency"),
                workers_max=_whole(form, "workers_max"),
                timeout_seconds=_number(form, "timeout_seconds"),
            ),
        )
    except PlatformError as error:
        return _show(request, page, refused(form, error), status_of(error))
    return go_to(page.path("settings"), said="service.said_saved")


async def make_editable(request: Request) -> Response:
    """Let files that a toolkit deployed be changed here."""
    page = await open_service(request)
    await desk_of(request).services.update(page.principal, service=page.sid, ui_editable=True)
    return go_to(page.path(), said="service.said_editable")


async def delete(request: Request) -> Response:
    """Delete a service; the page before names what goes."""
    page = await open_service(request)
    if request.method != "POST":
        going = await desk_of(request).what_goes.service(page.principal, service=page.sid)
        return page.render(request, "functions/service_delete.html", going=going, section="settings")
    await desk_of(request).services.delete(page.principal, service=page.sid)
    return go_to("/functions", said="functions.said_deleted")


def _show(request: Request, page: ServicePage, form: Form, status: int = 200) -> Response:
    values = {**state_values(request, page.deploy), "form": form, "section": "settings"}
    return page.render(
        request,
        "functions/settings.html",
        status=status,
        concurrency_max=CONCURRENCY_MAX,
        workers_max=WORKERS_MAX,
        timeout_max=f"{TIMEOUT_SECONDS_MAX:g}",
        **values,
    )


def _filled(service: Service) -> Form:
    return filled(
        friendly_name=service.friendly_name,
        ui_editable=service.ui_editable,
        deploys="on_save" if service.deploys_on_save else "all_only",
        concurrency=str(service.settings.concurrency),
        workers_max=str(service.settings.workers_max),
        timeout_seconds=f"{service.settings.timeout_seconds:g}",
    )


def _whole(form: Form, name: str) -> int:
    text = form.text(name)
    # Figures of other scripts are figures to int(), and a long one takes its time.
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


def _number(form: Form, name: str) -> float:
    whole, _, part = form.text(name).partition(".")
    digits = whole + part
    return float(f"{whole or 0}.{part or 0}") if digits.isascii() and digits.isdecimal() and len(digits) <= 18 else 0.0


routes = [
    Route("/services/{service}/settings", show),
    Route("/services/{service}/settings", save, methods=["POST"]),
    Route("/services/{service}/editable", make_editable, methods=["POST"]),
    Route("/services/{service}/delete", delete, methods=["GET", "POST"]),
]
