"""A piece of a long list, newest first, by the position of its rows. Must not know what the rows are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select

from gettone.model.pages import PAGE_SIZE_MAX, Page, PageRequest
from gettone.store.session import Found, Session

# No database has counted so far. Anybody may ask for any number, and the engines know 64 bits.
_EDGE_MAX = 1 << 62


async def fetch_page(
    session: Session,
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    position: ColumnElement[int],
    request: PageRequest,
) -> Page[Found]:
    """The rows that are wanted, each with its position after the columns.

    One row more than wanted tells whether the list goes on; whether it goes on the other way is asked.
    """
    size = max(1, min(request.size, PAGE_SIZE_MAX))
    backwards = request.before is not None and request.after is None
    given = request.before if backwards else request.after
    edge = None if given is None else max(0, min(given, _EDGE_MAX))
    wanted: Select[Any] = select(*columns, position).where(*conditions).limit(size + 1)
    if backwards:
        wanted = wanted.where(position > edge).order_by(position.asc())
    else:
        wanted = wanted.order_by(position.desc())
        if edge is not None:
            wanted = wanted.where(position < edge)
    found = await session.rows(wanted)
    rows = tuple(reversed(found[:size])) if backwards else tuple(found[:size])
    goes_on = len(found) > size
    newest, oldest = (rows[0][-1], rows[-1][-1]) if rows else (None, None)
    if edge is None:
        return Page(rows, next=oldest if goes_on else None)
    if backwards:
        below = oldest if oldest is not None else edge + 1
        older = await _is_there(session, conditions, position < below)
        return Page(rows, next=below if older else None, previous=newest if goes_on else None)
    above = newest if newest is not None else edge - 1
    newer = await _is_there(session, conditions, position > above)
    return Page(rows, next=oldest if goes_on else None, previous=above if newer else None)


async def _is_there(session: Session, conditions: Sequence[ColumnElement[bool]], further: ColumnElement[bool]) -> bool:
    return await session.value(select(literal(1)).where(*conditions, further).limit(1)) is not None
