"""What is held of a person and of an account, to take along; and the end of a person. Must not know what is held."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.session import signed_in, take_session
from gettone.model.errors import PlatformError


async def export_person(request: Request) -> Response:
    """All that is held of oneself, as JSON lines."""
    visitor = signed_in(request)
    lines = await desk_of(request).users.export(visitor.principal, user_id=visitor.user.id)
    return _download(lines, "me.jsonl")


async def export_account(request: Request) -> Response:
    """All that is held of the account, as JSON lines."""
    visitor = signed_in(request)
    lines = await desk_of(request).accounts.export(visitor.principal, sid=visitor.account.sid)
    return _download(lines, f"{visitor.account.sid}.jsonl")


async def ask_delete(request: Request) -> Response:
    """Ask whether somebody wants to be deleted."""
    return _ask(request, filled())


async def delete_person(request: Request) -> Response:
    """Delete whoever is signed in. The last owner of an account is told to find another one first."""
    visitor = signed_in(request)
    try:
        await desk_of(request).users.delete(visitor.principal, user_id=visitor.user.id)
    except PlatformError as error:
        return _ask(request, refused(filled(), error), status_of(error))
    response = go_to("/sign-in", said="own_data.said_deleted")
    take_session(response, request)
    return response


def _ask(request: Request, form: Form, status: int = 200) -> Response:
    return render(request, "account/person_delete.html", status=status, form=form)


def _download(lines: AsyncIterator[bytes], name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


routes = [
    Route("/settings/export", export_person),
    Route("/settings/account/export", export_account),
    Route("/settings/profile/delete", ask_delete),
    Route("/settings/profile/delete", delete_person, methods=["POST"]),
]
