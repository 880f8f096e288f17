"""`/healthz`, `/readyz` and `/metrics`: for whoever watches the machine. Nobody signs in, and no name is told."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest

from gettone.api.calls import use_cases_of
from gettone.api.openapi import OWN_ERRORS, Responses
from gettone.api.shapes_own import ReadyShape

router = APIRouter(tags=["Health"])

NOT_READY: Responses = {
    503: {"model": ReadyShape, "description": "Not yet, or not any more; a problem where the database is away"}
}
NOT_READY[503]["content"] = OWN_ERRORS[503]["content"]
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz", response_class=PlainTextResponse)
async def healthz() -> str:
    """Whether this process answers."""
    return "ok\n"


@router.get("/readyz", responses=NOT_READY)
async def readyz(request: Request, response: Response) -> ReadyShape:
    """Whether the gateway serves the current snapshot."""
    standing = await use_cases_of(request).standing()
    response.status_code = 200 if standing.is_ready else 503
    return ReadyShape(
        ready=standing.is_ready,
        latest_revision=standing.latest_revision,
        served_revision=standing.served_revision,
    )


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Counts and times, for Prometheus."""
    registry: CollectorRegistry = request.app.state.registry
    return Response(generate_latest(registry), media_type=_PROMETHEUS)
