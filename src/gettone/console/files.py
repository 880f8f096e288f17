"""Files that come and go: assets that are uploaded, files that are downloaded, files that are removed.

Must not know what is in them.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.deploys import settle, state_values
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, SentFile, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, say
from gettone.console.routes import SlowRoute
from gettone.console.service_page import ServicePage, open_service
from gettone.control.sheets import SheetFile
from gettone.model.assets import ASSET_BYTES_MAX
from gettone.model.errors import PlatformError
from gettone.model.functions import Visibility

# The largest asset there can be, and the form around it.
UPLOAD_BYTES_MAX = max(ASSET_BYTES_MAX.values()) + (1 << 16)


async def new_asset(request: Request) -> Response:
    """Show the form that uploads an asset; of one that is named, its next version."""
    page = await open_service(request)
    file = _named(request, page)
    form = filled(visibility=Visibility.PUBLIC) if file is None else filled(path=file.path, visibility=file.visibility)
    return _show(request, page, form, file)


async def upload(request: Request) -> Response:
    """Keep an asset; it is deployed where the service deploys on save."""
    page = await open_service(request)
    file = _named(request, page)
    form = Form({"path": ("",)})
    try:
        form = await read_form(request, bytes_max=UPLOAD_BYTES_MAX)
        sent = form.files.get("file")
        if sent is None:
            return _show(request, page, form.with_problem(say(request, "assets.no_file"), "file"), file, 400)
        saved = await desk_of(request).editing.upload_asset(
            page.principal,
            service=page.sid,
            path=form.text("path") or _path_of(sent),
            visibility=form.text("visibility"),
            content=sent.content,
            content_type=sent.content_type,
            sid=None if file is None else file.sid,
            environment_sid=page.environment_sid,
        )
    except PlatformError as error:
        return _show(request, page, refused(form, error), file, status_of(error))
    view = await settle(saved.progress)
    said = "assets.said_saved" if view is None else None
    return go_to(page.path(file=saved.file.sid, deploy=None if view is None else view.id), said=said)


async def content(request: Request) -> Response:
    """Send a file as it is kept, to be kept by whoever asked."""
    page = await open_service(request)
    file = _asked(request, page)
    body = await desk_of(request).editing.content(page.principal, service=page.sid, sid=file.sid)
    name = quote(file.file_name.rpartition("/")[2], safe="")
    # SAFETY: never shown in the console's own origin, whatever is in it.
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(body, headers=headers, media_type="application/octet-stream")


async def remove(request: Request) -> Response:
    """Take a file off the sheet; the page before names what goes."""
    page = await open_service(request)
    file = _asked(request, page)
    desk = desk_of(request)
    if request.method != "POST":
        going = await desk.what_goes.file(page.principal, service=page.sid, sid=file.sid)
        return page.render(request, "functions/file_remove.html", going=going, file=file)
    removed = await desk.editing.remove(
        page.principal, service=page.sid, sid=file.sid, environment_sid=page.environment_sid
    )
    view = await settle(removed.progress)
    said = "files.said_removed" if view is None else None
    return go_to(page.path(deploy=None if view is None else view.id), said=said)


def _show(request: Request, page: ServicePage, form: Form, file: SheetFile | None, status: int = 200) -> Response:
    values = {**state_values(request, page.deploy), "form": form, "file": file, "section": "asset"}
    return page.render(
        request,
        "functions/asset.html",
        status=status,
        bounds=[(visibility, ASSET_BYTES_MAX[visibility]) for visibility in Visibility],
        **values,
    )


def _named(request: Request, page: ServicePage) -> SheetFile | None:
    asked = request.query_params.get("file")
    return page.sheet.find(asked) if asked else None


def _asked(request: Request, page: ServicePage) -> SheetFile:
    sid = request.path_params["file"]
    file = page.sheet.find(sid)
    if file is None:
        raise PlatformError("not_found", "There is no such file in this service: it may have been removed")
    return file


def _path_of(sent: SentFile) -> str:
    """Where a file goes that was sent without a path: under its own name."""
    return f"/{sent.name.replace(chr(92), '/').rpartition('/')[2]}"


routes = [
    Route("/services/{service}/assets/new", new_asset),
    SlowRoute("/services/{service}/assets/new", upload, methods=["POST"]),
    Route("/services/{service}/files/{file}/content", content),
    Route("/services/{service}/files/{file}/remove", remove),
    SlowRoute("/services/{service}/files/{file}/remove", remove, methods=["POST"]),
]
