"""A deploy while it is under way: its steps, as a part of a page that asks again until there is an outcome.

Each question waits on the server until something has changed, so what is seen is as fresh as a stream would be, and
nothing but plain requests is needed. Without JavaScript the page loads itself again. Must not know how one is begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gettone.console.arrival import is_htmx
from gettone.console.fixtures import desk_of
from gettone.console.render import say
from gettone.console.service_page import ServicePage, open_service
from gettone.console.times import duration
from gettone.control.progress import Live, Progress, Refused, SourceProblem, Step, StepName, StepState, View

# Most deploys are over by then, and the first answer tells all of it.
SETTLE_SECONDS = 0.5
# Well below what a page may take.
CHANGE_SECONDS = 15.0

_MARKS: Mapping[StepState, str] = {
    StepState.WAITING: "waiting",
    StepState.RUNNING: "now",
    StepState.DONE: "done",
    StepState.FAILED: "failed",
}


async def settle(progress: Progress | None) -> View | None:
    """Wait for a deploy that is quick. How it stands then; None where there is none."""
    if progress is None:
        return None
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(progress.finished(), SETTLE_SECONDS)
    return progress.view


def problem_in(view: View | None, file_sid: str) -> SourceProblem | None:
    """What a deploy found wrong in a file, where it can be shown in its line."""
    if view is None or view.outcome is None:
        return None
    mine = [each for each in view.outcome.problems if each.sid == file_sid and each.line is not None]
    return mine[0] if mine else None


def state_values(request: Request, view: View | None) -> Mapping[str, object]:
    """What a template is told of how a deploy stands."""
    outcome = None if view is None else view.outcome
    return {
        "deploy": view,
        "seen": "" if view is None else _mark_of(view),
        "course": () if view is None else _course(request, view),
        "live": outcome if isinstance(outcome, Live) else None,
        "refused": outcome if isinstance(outcome, Refused) else None,
        "form": None,
        "conflict": None,
    }


def state_part(request: Request, page: ServicePage, view: View | None, file_sid: str | None, **values: object) -> str:
    """The part of a page that tells how the newest deploy stands, with what else changes as it ends."""
    file = None if file_sid is None else page.sheet.find(file_sid)
    problem = None if file is None else problem_in(view, file.sid)
    given = {"file": file, "problem": problem, "try_rows": None, **state_values(request, view), **values}
    return page.render_text(request, "functions/_state_part.html", **given)


async def steps(request: Request) -> Response:
    """Answer with the steps as soon as they are others than those that the browser has."""
    page = await open_service(request)
    progress = await desk_of(request).releases.find(page.principal, id=request.path_params["id"])
    file_sid = request.query_params.get("file")
    if not is_htmx(request):
        return RedirectResponse(page.path(deploy=progress.id, file=file_sid), 303)
    view = await _changed(progress, request.query_params.get("seen", ""))
    # What is live may be another by now.
    page = page if view.outcome is None else await open_service(request)
    return HTMLResponse(state_part(request, page, view, file_sid))


async def _changed(progress: Progress, seen: str) -> View:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CHANGE_SECONDS):
            async for view in progress.watch():
                if view.outcome is not None or _mark_of(view) != seen:
                    return view
    return progress.view


def _mark_of(view: View) -> str:
    """What tells one state of a deploy from another."""
    return hashlib.sha256(repr(view.steps).encode()).hexdigest()[:16]


def _course(request: Request, view: View) -> tuple[tuple[str, str, str], ...]:
    """Each step that has something to do: how far it is, its name, and what there is to tell of it."""
    return tuple(
        (_MARKS[each.state], say(request, f"deploy.{each.name}_{_tense(each)}"), _detail(request, view, each))
        for each in view.steps
        if each.state in _MARKS
    )


def _tense(step: Step) -> str:
    return "done" if step.state is StepState.DONE else "doing"


def _detail(request: Request, view: View, step: Step) -> str:
    if step.name is StepName.LIVE and isinstance(view.outcome, Live):
        # Nothing is built where a build goes live again: nobody saved.
        is_built = any(each.name is StepName.BUILDING and each.state is StepState.DONE for each in view.steps)
        return say(request, "deploy.after" if is_built else "deploy.in_all", time=duration(view.outcome.seconds))
    if step.seconds is not None:
        return duration(step.seconds)
    return step.says or ""


routes = [Route("/services/{service}/deploys/{id}", steps)]
