"""TwiML apps: where calls and messages of a client go. Every field of Twilio's, and the SID to copy.

Must not know which address or method is right.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.paging import asked_page, page_links
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.session import signed_in
from gettone.control import access
from gettone.control.access import Permission
from gettone.control.applications import METHODS, ApplicationFields
from gettone.model.applications import Application
from gettone.model.errors import PlatformError
from gettone.model.pages import PAGE_SIZE


async def applications(request: Request) -> Response:
    """Show the apps."""
    visitor = signed_in(request)
    page = await desk_of(request).applications.list(
        visitor.principal, account_sid=visitor.account.sid, page=asked_page(request, PAGE_SIZE)
    )
    newer, older = page_links(request, page)
    return render(request, "watch/apps.html", apps=page.items, newer=newer, older=older, may_write=_may_write(request))


async def new(request: Request) -> Response:
    """Show the form of a new app."""
    access.require(signed_in(request).principal, Permission.APPLICATIONS_WRITE)
    return _show_new(request, filled(), 200)


async def create(request: Request) -> Response:
    """Make an app."""
    visitor, form = signed_in(request), await read_form(request)
    try:
        made = await desk_of(request).applications.create(
            visitor.principal, account_sid=visitor.account.sid, fields=_fields_of(form)
        )
    except PlatformError as error:
        return _show_new(request, refused(form, error), status_of(error))
    return go_to(f"/apps/{made.sid}", said="apps.said_created")


async def show(request: Request) -> Response:
    """Show an app, to be changed."""
    app = await _app(request)
    return _show(request, app, _form_of(app), 200)


async def update(request: Request) -> Response:
    """Change an app."""
    visitor, app, form = signed_in(request), await _app(request), await read_form(request)
    try:
        await desk_of(request).applications.update(
            visitor.principal, account_sid=visitor.account.sid, sid=app.sid, fields=_fields_of(form)
        )
    except PlatformError as error:
        return _show(request, app, refused(form, error), status_of(error))
    return go_to(f"/apps/{app.sid}", said="apps.said_saved")


async def delete(request: Request) -> Response:
    """Delete an app; the page before asks."""
    visitor, app = signed_in(request), await _app(request)
    if request.method != "POST":
        return render(request, "watch/app_delete.html", app=app)
    await desk_of(request).applications.delete(visitor.principal, account_sid=visitor.account.sid, sid=app.sid)
    return go_to("/apps", said="apps.said_deleted")


async def _app(request: Request) -> Application:
    visitor = signed_in(request)
    return await desk_of(request).applications.get(
        visitor.principal, account_sid=visitor.account.sid, sid=request.path_params["app"]
    )


def _may_write(request: Request) -> bool:
    return access.may(signed_in(request).principal, Permission.APPLICATIONS_WRITE)


def _show_new(request: Request, form: Form, status: int) -> HTMLResponse:
    return render(request, "watch/app_new.html", status=status, form=form, methods=METHODS, may_write=True)


def _show(request: Request, app: Application, form: Form, status: int) -> HTMLResponse:
    return render(
        request,
        "watch/app.html",
        status=status,
        app=app,
        form=form,
        methods=METHODS,
        may_write=_may_write(request),
    )


def _fields_of(form: Form) -> ApplicationFields:
    """All fields: what is empty takes an address away."""
    return ApplicationFields(
        friendly_name=form.text("friendly_name"),
        voice_url=form.text("voice_url"),
        voice_method=form.text("voice_method"),
        voice_fallback_url=form.text("voice_fallback_url"),
        voice_fallback_method=form.text("voice_fallback_method"),
        status_callback=form.text("status_callback"),
        status_callback_method=form.text("status_callback_method"),
        voice_caller_id_lookup=form.flag("voice_caller_id_lookup"),
        sms_url=form.text("sms_url"),
        sms_method=form.text("sms_method"),
        sms_fallback_url=form.text("sms_fallback_url"),
        sms_fallback_method=form.text("sms_fallback_method"),
        sms_status_callback=form.text("sms_status_callback"),
        message_status_callback=form.text("message_status_callback"),
        public_application_connect_enabled=form.flag("public_application_connect_enabled"),
    )


def _form_of(app: Application) -> Form:
    return filled(
        friendly_name=app.friendly_name,
        voice_url=app.voice_url,
        voice_method=app.voice_method,
        voice_fallback_url=app.voice_fallback_url,
        voice_fallback_method=app.voice_fallback_method,
        status_callback=app.status_callback,
        status_callback_method=app.status_callback_method,
        voice_caller_id_lookup=app.voice_caller_id_lookup,
        sms_url=app.sms_url,
        sms_method=app.sms_method,
        sms_fallback_url=app.sms_fallback_url,
        sms_fallback_method=app.sms_fallback_method,
        sms_status_callback=app.sms_status_callback,
        message_status_callback=app.message_status_callback,
        public_application_connect_enabled=app.public_application_connect_enabled,
    )


routes = [
    Route("/apps", applications, methods=["GET"]),
    Route("/apps/new", new, methods=["GET"]),
    Route("/apps/new", create, methods=["POST"]),
    Route("/apps/{app}", show, methods=["GET"]),
    Route("/apps/{app}", update, methods=["POST"]),
    Route("/apps/{app}/delete", delete, methods=["GET", "POST"]),
]
