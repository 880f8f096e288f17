"""Pages of a list, as addresses: which piece is asked for, and where the pieces beside it are. Pure.

Must not know what is listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from gettone.model.pages import Page, PageRequest

T = TypeVar("T")

AFTER, BEFORE = "after", "before"
# A position is a row's number in a database.
_POSITION_MAX = 2**63 - 1


def asked_page(request: Request, size: int) -> PageRequest:
    """The piece that an address asks for; the newest where it names none."""
    return PageRequest(size, after=_position(request, AFTER), before=_position(request, BEFORE))


def page_links(request: Request, page: Page[T]) -> tuple[str, str]:
    """The addresses of the newer and the older piece, with all else that this address says; empty for none."""
    return (
        "" if page.previous is None else _beside(request, BEFORE, page.previous),
        "" if page.next is None else _beside(request, AFTER, page.next),
    )


def address(path: str, parts: Iterable[tuple[str, str]]) -> str:
    """A path with what it asks for."""
    query = urlencode(list(parts))
    return f"{path}?{query}" if query else path


def _beside(request: Request, name: str, position: int) -> str:
    kept = [part for part in request.query_params.multi_items() if part[0] not in (AFTER, BEFORE, "said")]
    return address(request.url.path, [*kept, (name, str(position))])


def _position(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 19:
        return None
    return min(int(text), _POSITION_MAX)
