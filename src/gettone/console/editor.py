"""The editor of a service: its files, one of them open, how the newest deploy stands, and what to try it with.

Saving answers with a part of the page where htmx asked, so that nobody loses their place, and with a page where a
browser did. Must not know how a file is deployed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gettone.console.arrival import is_htmx
from gettone.console.below_editor import below_values
from gettone.console.deploys import problem_in, settle, state_part, state_values
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to
from gettone.console.routes import SlowRoute
from gettone.console.service_page import ServicePage, open_service, text_or_none
from gettone.console.try_form import merged_rows
from gettone.console.who import who_may
from gettone.control.progress import View
from gettone.control.saved_files import Conflict, Edit, FileText, Saved
from gettone.control.sheets import FileKind, SheetFile
from gettone.model.errors import PlatformError
from gettone.model.functions import FUNCTION_BYTES_MAX, Language

# A byte of code takes three as a form sends it.
FORM_BYTES_MAX = 3 * FUNCTION_BYTES_MAX + (1 << 16)

_BY_ENDING = {
    ".py": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "javascript",
    ".json": "javascript",
}


async def show(request: Request) -> Response:
    """Show a service with one of its files open."""
    page = await open_service(request)
    return await show_editor(request, page, chosen_file(page, request.query_params.get("file")))


def chosen_file(page: ServicePage, asked: str | None) -> SheetFile | None:
    """The file that is asked for, or else the first."""
    found = page.sheet.find(asked) if asked else None
    return found or next(iter(page.sheet.files), None)


async def show_editor(
    request: Request,
    page: ServicePage,
    file: SheetFile | None,
    *,
    form: Form | None = None,
    conflict: Conflict | None = None,
    status: int = 200,
    values: Mapping[str, object] = MappingProxyType({}),
) -> HTMLResponse:
    """The page of the editor. `form` is what somebody sent, where it could not be taken."""
    opened = (
        None if file is None else await desk_of(request).editing.read(page.principal, service=page.sid, sid=file.sid)
    )
    problem = None if file is None else problem_in(page.deploy, file.sid)
    below = await below_values(request, page, file, opened)
    return page.render(
        request,
        "functions/editor.html",
        status=status,
        **{
            "file": file,
            "opened": opened,
            "problem": problem,
            "coloured": "" if file is None else _language_of(file),
            "who": "" if file is None else who_may(file, "" if opened is None else opened.text or ""),
            **state_values(request, page.deploy),
            "form": form or _filled(file, opened),
            "conflict": conflict,
            **below,
            **values,
        },
    )


async def save(request: Request) -> Response:
    """Save the open file; deploy it, or all, as the service and the button say."""
    page = await open_service(request)
    form = await read_form(request, bytes_max=FORM_BYTES_MAX)
    file = page.sheet.find(form.text("file"))
    if file is None:
        return await show_editor(request, page, None, status=404)
    deploys_all = form.text("deed") == "deploy_all"
    try:
        result = await desk_of(request).editing.save(
            page.principal,
            service=page.sid,
            edit=_edit_of(form, file),
            environment_sid=page.environment_sid,
            deploy=False if deploys_all else None,
        )
        if isinstance(result, Conflict):
            return await _tell(request, page, file, form, 409, conflict=result)
        progress = result.progress
        if deploys_all:
            progress = await desk_of(request).releases.deploy_all(
                page.principal, service=page.sid, environment_sid=page.environment_sid
            )
    except PlatformError as error:
        return await _tell(request, page, file, refused(form, error), status_of(error))
    return await _saved(request, page, result, form, await settle(progress))


async def deploy(request: Request) -> Response:
    """Deploy all that is saved."""
    page = await open_service(request)
    progress = await desk_of(request).releases.deploy_all(
        page.principal, service=page.sid, environment_sid=page.environment_sid
    )
    await settle(progress)
    return RedirectResponse(page.path(deploy=progress.id, file=request.query_params.get("file")), 303)


async def _saved(request: Request, page: ServicePage, saved: Saved, form: Form, view: View | None) -> Response:
    if is_htmx(request):
        page = await open_service(request)
        source = form.raw("source")
        shown, who = _filled(saved.file, None), who_may(saved.file, source)
        rows = merged_rows(source, form)
        return HTMLResponse(state_part(request, page, view, saved.file.sid, form=shown, who=who, try_rows=rows))
    said = "editor.said_saved" if view is None else None
    return go_to(page.path(file=saved.file.sid, deploy=None if view is None else view.id), said=said)


async def _tell(
    request: Request,
    page: ServicePage,
    file: SheetFile,
    form: Form,
    status: int,
    *,
    conflict: Conflict | None = None,
) -> Response:
    """What could not be saved: the part that says so, or the page with all that was typed."""
    if is_htmx(request):
        who = who_may(file, form.raw("source"))
        part = state_part(request, page, page.deploy, file.sid, form=form, conflict=conflict, who=who)
        return HTMLResponse(part, status)
    return await show_editor(request, page, file, form=form, conflict=conflict, status=status)


def _edit_of(form: Form, file: SheetFile) -> Edit:
    is_function = file.kind is FileKind.FUNCTION
    return Edit(
        sid=file.sid,
        # `over` is the version of somebody else's that was shown: it is saved over knowingly.
        base_version_sid=form.text("over") or form.text("base"),
        text=form.raw("source") if "source" in form.values else None,
        name=text_or_none(form, "friendly_name"),
        path=text_or_none(form, "path"),
        visibility=text_or_none(form, "visibility"),
        event=text_or_none(form, "event") if is_function else None,
    )


def _filled(file: SheetFile | None, opened: FileText | None) -> Form:
    if file is None:
        return filled()
    return filled(
        source=None if opened is None else opened.text,
        base=file.version_sid if opened is None else opened.version_sid,
        file=file.sid,
        friendly_name=file.name,
        path=file.path,
        visibility=file.visibility,
        event=file.event,
    )


def _language_of(file: SheetFile) -> str:
    """What the editor colours a file as."""
    if file.language is not None:
        return "python" if file.language is Language.PYTHON else "javascript"
    return _BY_ENDING.get(file.path[file.path.rfind(".") :], "text")


routes = [
    Route("/services/{service}", show),
    SlowRoute("/services/{service}/save", save, methods=["POST"]),
    SlowRoute("/services/{service}/deploy", deploy, methods=["POST"]),
]
