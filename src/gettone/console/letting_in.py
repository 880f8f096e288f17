"""How somebody gets in who has just shown who they are: the cookie, and where to go next.

Must not know how they showed it.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gettone.console.render import go_to
from gettone.console.session import give_session
from gettone.control.signed_in import NewSession

CODE_PAGE = "/sign-in/code"


def let_in(request: Request, made: NewSession, page: str) -> Response:
    """Give a browser its session, and send it to a page; to the second factor first, where there is one."""
    response = go_to(f"{CODE_PAGE}?{urlencode({'next': page})}" if made.needs_code else page)
    give_session(response, request, made.secret)
    return response


def user_agent_of(request: Request) -> str:
    """What a browser says that it is."""
    return request.headers.get("user-agent", "")
