"""Where one is signed in, and the end of it. Must not know how a session is made."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.render import go_to, render
from gettone.console.session import signed_in
from gettone.control.devices import device_of

PAGE = "/settings/sessions"


async def show(request: Request) -> Response:
    """Show one's sessions, this one among them."""
    visitor = signed_in(request)
    found = await desk_of(request).sessions.list(visitor.who)
    rows = [(session, device_of(session.user_agent), session.id == visitor.session.id) for session in found]
    return render(request, "account/sessions.html", rows=rows)


async def revoke(request: Request) -> Response:
    """End one."""
    await desk_of(request).sessions.revoke(signed_in(request).who, id=request.path_params["session"])
    return go_to(PAGE, said="sessions.said_ended")


async def revoke_others(request: Request) -> Response:
    """End all but this one."""
    await desk_of(request).sessions.revoke_others(signed_in(request).who)
    return go_to(PAGE, said="sessions.said_others_ended")


routes = [
    Route(PAGE, show),
    Route(f"{PAGE}/others", revoke_others, methods=["POST"]),
    Route(f"{PAGE}/{{session}}", revoke, methods=["POST"]),
]
