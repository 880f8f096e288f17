"""Letters that nobody carries, for an owner to read. Must not know what stands in them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.paging import asked_page, page_links
from gettone.console.render import go_to, render
from gettone.console.session import signed_in
from gettone.model.outbox import Channel

PAGE = "/outbox"
PAGE_SIZE = 20


async def show(request: Request) -> Response:
    """Show the letters, newest first."""
    desk = desk_of(request)
    page = await desk.outbox.list(signed_in(request).principal, page=asked_page(request, PAGE_SIZE))
    previous, following = page_links(request, page)
    return render(
        request,
        "account/outbox.html",
        letters=page.items,
        carried=[str(channel) for channel in Channel if desk.outbox.carries(channel)],
        now=desk.clock(),
        previous=previous,
        next=following,
    )


async def delete(request: Request) -> Response:
    """Throw a letter away."""
    await desk_of(request).outbox.delete(signed_in(request).principal, id=request.path_params["letter"])
    return go_to(PAGE, said="outbox.said_deleted")


routes = [
    Route(PAGE, show),
    Route(f"{PAGE}/{{letter}}/delete", delete, methods=["POST"]),
]
