"""The application of the control plane's REST: every path, and what stands around all of them. Wiring only."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from gettone.api import (
    accounts,
    api_keys,
    applications,
    assets,
    builds,
    checks,
    deployments,
    details,
    environments,
    functions,
    health,
    host_names,
    identity,
    installation,
    keys,
    logs,
    openapi,
    services,
    tail,
    users,
    variables,
    versions,
)
from gettone.api.calls import Unauthenticated
from gettone.api.edge import Bounds, Edge, request_sid_of
from gettone.api.errors import answer, fault_of, refusal
from gettone.api.methods import Methods
from gettone.api.metrics import Meter
from gettone.api.openapi import TWILIO_ERRORS, Document
from gettone.api.use_cases import UseCases
from gettone.model.errors import PlatformError
from gettone.model.sids import Randomness
from gettone.policy.hosts import Hosts

_LOG = logging.getLogger(__name__)

TWILIO_PATHS = (
    services.router,
    environments.router,
    variables.router,
    functions.router,
    assets.router,
    builds.router,
    deployments.router,
    logs.router,
    keys.router,
    applications.router,
    accounts.router,
)
OWN_PATHS = (
    users.router,
    users.links,
    identity.router,
    api_keys.router,
    host_names.router,
    details.router,
    versions.router,
    checks.router,
    installation.router,
    tail.router,
    health.router,
)


@dataclass(frozen=True, slots=True)
class Rest:
    """The application, and the document that describes it."""

    app: ASGIApp
    document: Document


def make_app(
    use_cases: UseCases,
    *,
    randomness: Randomness,
    hosts: Hosts | None = None,
    bounds: Bounds | None = None,
    registry: CollectorRegistry | None = None,
) -> Rest:
    """Make the application: the paths of Twilio's and ours, on all names in `hosts`.

    `registry` collects metrics; others may add theirs, `/metrics` shows all of it.
    """
    registry = registry or CollectorRegistry()
    # FastAPI's own pages of documentation load scripts from elsewhere.
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.state.use_cases = use_cases
    app.state.registry = registry
    for router in TWILIO_PATHS:
        app.include_router(router, responses=TWILIO_ERRORS, generate_unique_id_function=lambda route: route.name)
    for router in OWN_PATHS:
        app.include_router(router, generate_unique_id_function=lambda route: route.name)
    document = app.state.document = Document(app)
    app.include_router(openapi.router)
    _add_answers(
        app, Methods(route for router in (*TWILIO_PATHS, *OWN_PATHS, openapi.router) for route in router.routes)
    )
    return Rest(Edge(app, hosts or Hosts(), bounds or Bounds(), Meter(registry), randomness), document)


def _add_answers(app: FastAPI, methods: Methods) -> None:
    """Let every error go out in the shape of its path."""

    async def tell(request: Request, error: Exception) -> Response:
        path, request_sid = request.scope["path"], request_sid_of(request)
        if isinstance(error, Unauthenticated):
            return answer(error.fault(path), path, request_sid)
        if isinstance(error, PlatformError) and error.code in ("internal", "unavailable"):
            _LOG.error("%s %s: %r", request_sid, path, error, exc_info=error.code == "internal")
        if isinstance(error, HTTPException) and error.status_code == 405:
            allowed = methods.allowed(path)
            return answer(
                refusal(405, f"{request.scope['method']} is not answered here", allow=allowed), path, request_sid
            )
        return answer(fault_of(error, path, request_sid), path, request_sid)

    handler: Callable[[Request, Any], Awaitable[Response]] = tell
    for kind in (PlatformError, Unauthenticated, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handler)
