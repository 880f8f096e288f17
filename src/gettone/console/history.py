"""What an environment served and serves, what changed between two builds, and the way back.

Must not know how a difference is found.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.deploys import settle, state_values
from gettone.console.differences import diff_rows
from gettone.console.fixtures import desk_of
from gettone.console.forms import filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to
from gettone.console.routes import SlowRoute
from gettone.console.service_page import ServicePage, open_service
from gettone.control.history import Release
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest

RELEASES_PER_PAGE = 20


async def show(request: Request) -> Response:
    """Show the deployments of an environment, newest first."""
    page = await open_service(request)
    return await _show(request, page, "", 200)


async def difference(request: Request) -> Response:
    """Show how two builds differ."""
    page = await open_service(request)
    found = await desk_of(request).history.difference(
        page.principal,
        service=page.sid,
        old_build_sid=request.query_params.get("old") or None,
        new_build_sid=request.query_params.get("new", ""),
    )
    values = {**state_values(request, page.deploy), "section": "history"}
    return page.render(
        request,
        "functions/difference.html",
        status=200,
        difference=found,
        files=[(each, diff_rows(each.lines)) for each in found.files],
        packages=diff_rows(found.packages),
        **values,
    )


async def rollback(request: Request) -> Response:
    """Deploy an older build again."""
    page = await open_service(request)
    form = await read_form(request)
    try:
        progress = await desk_of(request).releases.rollback(
            page.principal,
            service=page.sid,
            environment_sid=page.environment_sid or "",
            build_sid=form.text("build"),
        )
    except PlatformError as error:
        return await _show(request, page, refused(form, error).problem(), status_of(error))
    await settle(progress)
    return go_to(page.path("history", deploy=progress.id))


async def _show(request: Request, page: ServicePage, problem: str, status: int) -> Response:
    found: Page[Release] = Page(())
    before, after = (request.query_params.get(name, "") for name in ("before", "after"))
    if page.environment_sid is not None:
        found = await desk_of(request).history.releases(
            page.principal,
            service=page.sid,
            environment_sid=page.environment_sid,
            page=PageRequest(
                size=RELEASES_PER_PAGE,
                after=int(after) if after.isdecimal() else None,
                before=int(before) if before.isdecimal() else None,
            ),
        )
    # The build of the release before, which the difference is against; the last one's is on the next page.
    older = [each.deployment.build_sid for each in found.items[1:]]
    values = {**state_values(request, page.deploy), "section": "history"}
    return page.render(
        request,
        "functions/history.html",
        status=status,
        releases=[*zip(found.items, [*older, None], strict=True)] if found.items else [],
        previous="" if found.previous is None else page.path("history", before=str(found.previous)),
        next="" if found.next is None else page.path("history", after=str(found.next)),
        **{**values, "form": filled() if not problem else filled().with_problem(problem)},
    )


routes = [
    Route("/services/{service}/history", show),
    Route("/services/{service}/history/difference", difference),
    SlowRoute("/services/{service}/history/rollback", rollback, methods=["POST"]),
]
