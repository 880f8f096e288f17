"""The API reference: the OpenAPI document in the console's look, a page for each group, for whoever comes.

Must not know what the API does.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from gettone.console.arrival import arrival_of
from gettone.console.fixtures import desk_of
from gettone.console.openapi_reading import Reference, curl, read_reference
from gettone.console.refusals import MISSING, refuse
from gettone.console.render import render
from gettone.console.routes import OpenRoute


async def index(request: Request) -> Response:
    """Show every operation by group."""
    return render(request, "watch/reference.html", reference=await _reference(request))


async def group(request: Request) -> Response:
    """Show the operations of a group, and how each is asked."""
    reference = await _reference(request)
    found = reference.find(request.path_params["group"])
    if found is None:
        return refuse(request, MISSING)
    base = arrival_of(request).origin or ""
    examples = {operation.id: curl(operation, base) for operation in found.operations}
    return render(request, "watch/reference_group.html", reference=reference, group=found, examples=examples)


async def _reference(request: Request) -> Reference:
    """The document, read once in the life of a console: to make it takes a while."""
    state = request.app.state
    known: Reference | None = getattr(state, "reference", None)
    if known is None:
        made = await asyncio.to_thread(desk_of(request).reference)
        known = state.reference = read_reference(made)
    return known


routes = [
    OpenRoute("/docs", index, methods=["GET"]),
    OpenRoute("/docs/{group}", group, methods=["GET"]),
]
