"""How often functions answered, by minute: kept, added up, folded, deleted. Must not know who may see it.

What is folded is an hour's: it stands at the hour's first minute, under a name that no gateway has. A minute that comes
later is added to it by the next fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, delete, false, func, literal, select

from gettone.model.request_counts import (
    LATENCY_BUCKETS,
    MINUTE,
    CountFilter,
    FunctionCount,
    MinuteCount,
    StepCount,
    Tally,
)
from gettone.model.sids import AccountSid
from gettone.store.columns import is_keepable
from gettone.store.logs_schema import REQUEST_COUNTS
from gettone.store.session import Session

HOUR_MINUTES = 60
FOLDED = "-"
DELETED_MINUTES = 60  # in one transaction, so that what arrives meanwhile does not wait long

_counted = REQUEST_COUNTS.c
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATENCY = [f"latency_{place:02}" for place in range(LATENCY_BUCKETS)]
_SUMMED = ["client_errors", "server_errors", "refused", *_LATENCY]
_KEY = [column.name for column in REQUEST_COUNTS.primary_key.columns]
_PLACE = ["service_sid", "environment_sid", "function_sid"]
_FUNCTION = [_counted[name] for name in _PLACE]


async def add(session: Session, counts: Sequence[MinuteCount]) -> None:
    """Keep counts. What is told of one minute a second time replaces the first where it counts more requests."""
    new = session.dialect.insert(REQUEST_COUNTS)
    replaced = {name: new.excluded[name] for name in ("requests", *_SUMMED)}
    statement = new.on_conflict_do_update(
        index_elements=_KEY, set_=replaced, where=new.excluded["requests"] > _counted.requests
    )
    await session.change(statement, [_row(count) for count in counts])


async def read_by_function(session: Session, account_sid: AccountSid, wanted: CountFilter) -> list[FunctionCount]:
    """Counts added up by function, environment and step."""
    rows = await session.rows(_added_up(account_sid, wanted, _FUNCTION))
    return [
        FunctionCount(service, environment, function, _started_at(wanted, step), _tally(sums))
        for service, environment, function, step, *sums in rows
    ]


async def read_by_step(session: Session, account_sid: AccountSid, wanted: CountFilter) -> list[StepCount]:
    """Counts added up by step alone, in their order."""
    rows = await session.rows(_added_up(account_sid, wanted, []))
    return [StepCount(_started_at(wanted, step), _tally(sums)) for step, *sums in rows]


async def fold_oldest(session: Session, before: datetime) -> int:
    """Put the minutes of the oldest hour with any together. How many went: 0 when no hour was left before this."""
    end = _minute_of(before) // HOUR_MINUTES * HOUR_MINUTES
    unfolded = [_counted.gateway != FOLDED, _counted.minute < end]
    oldest: int | None = await session.value(select(func.min(_counted.minute)).where(*unfolded))
    if oldest is None:
        return 0
    hour = oldest // HOUR_MINUTES * HOUR_MINUTES
    minutes = [_counted.gateway != FOLDED, _counted.minute >= hour, _counted.minute < hour + HOUR_MINUTES]
    by = [_counted[name] for name in ("account_sid", *_PLACE)]
    names = ["requests", *_SUMMED]
    sums = [func.sum(_counted[name]) for name in names]
    hours = select(literal(hour, BigInteger), literal(FOLDED, Text), *by, *sums).where(*minutes).group_by(*by)
    new = session.dialect.insert(REQUEST_COUNTS)
    added = {name: _counted[name] + new.excluded[name] for name in names}
    columns = ["minute", "gateway", "account_sid", *_PLACE, *names]
    statement = new.from_select(columns, hours).on_conflict_do_update(index_elements=_KEY, set_=added)
    await session.change(statement)
    return await session.change(delete(REQUEST_COUNTS).where(*minutes))


async def delete_oldest(session: Session, before: datetime) -> int:
    """Delete some of what is older, the oldest first. How many went: 0 when nothing was left."""
    oldest: int | None = await session.value(select(func.min(_counted.minute)))
    end = _minute_of(before + MINUTE - timedelta(microseconds=1))  # the first minute that began at `before` or later
    if oldest is None or oldest >= end:
        return 0
    return await session.change(delete(REQUEST_COUNTS).where(_counted.minute < min(end, oldest + DELETED_MINUTES)))


async def delete_account(session: Session, account_sid: AccountSid) -> int:
    """Delete all that belongs to an account."""
    return await session.change(delete(REQUEST_COUNTS).where(_counted.account_sid == account_sid))


def _row(count: MinuteCount) -> dict[str, Any]:
    tally = count.tally
    return {
        "account_sid": count.account_sid,
        "minute": _minute_of(count.started_at),
        "environment_sid": count.environment_sid,
        "function_sid": count.function_sid,
        "gateway": count.gateway,
        "service_sid": count.service_sid,
        "requests": tally.requests,
        "client_errors": tally.client_errors,
        "server_errors": tally.server_errors,
        "refused": tally.refused,
        **dict(zip(_LATENCY, tally.latency, strict=True)),
    }


def _added_up(account_sid: AccountSid, wanted: CountFilter, by: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """The sums of what is wanted, by these columns and by step: columns, number of the step, sums."""
    first, end = _minute_of(wanted.start_at), _minute_of(wanted.end_at)
    # Where there is one step, a wide one: the same statement answers both questions.
    minutes = max(1, end - first) if wanted.step is None else wanted.step // MINUTE
    step = ((_counted.minute - first) // minutes).label("step")
    sums = [func.sum(_counted[name]) for name in _SUMMED]
    conditions = [
        _counted.account_sid == account_sid,
        _counted.minute >= first,
        _counted.minute < end,
        *_narrowed(wanted),
    ]
    return select(*by, step, *sums).where(*conditions).group_by(*by, "step").order_by("step", *by)


def _narrowed(wanted: CountFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    named = {_counted.service_sid: wanted.service_sid, _counted.environment_sid: wanted.environment_sid}
    sids = [*(sid for sid in named.values() if sid is not None), *(wanted.function_sids or ())]
    if not all(is_keepable(sid) for sid in sids):
        return [false()]
    conditions += [column == sid for column, sid in named.items() if sid is not None]
    if wanted.function_sids is not None:
        conditions.append(_counted.function_sid.in_(sorted(wanted.function_sids)))
    return conditions


def _tally(sums: Sequence[Any]) -> Tally:
    client_errors, server_errors, refused, *latency = map(int, sums)
    return Tally(client_errors, server_errors, refused, tuple(latency))


def _minute_of(moment: datetime) -> int:
    return (moment - _EPOCH) // MINUTE


def _started_at(wanted: CountFilter, step: int) -> datetime:
    return wanted.start_at if wanted.step is None else wanted.start_at + step * wanted.step
