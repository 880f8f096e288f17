"""One port, two applications: REST by its paths, and by the names of Twilio's; pages for the rest."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from gettone.policy.hosts import Hosts, read_caller

REST_FOLDERS: Final = ("/v1/", "/2010-04-01/", "/api/", "/oauth2/")
REST_FILES: Final = frozenset({"/openapi.json", "/healthz", "/readyz", "/metrics"})


def make_front(rest: ASGIApp, pages: ASGIApp, hosts: Hosts) -> ASGIApp:
    """The application of the control plane's port."""

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        await (rest if _is_rest(scope, hosts) else pages)(scope, receive, send)

    return front


def _is_rest(scope: Scope, hosts: Hosts) -> bool:
    path = scope["path"]
    if path in REST_FILES or path.startswith(REST_FOLDERS):
        return True
    client = scope["client"]
    asked = read_caller(hosts, scope["scheme"], client[0] if client else None, scope["headers"]).asked
    return asked is not None and asked.official is not None
