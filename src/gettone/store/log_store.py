"""Log lines: appended in batches, read by filter, newest first, pruned from the old end. Must not know whose lines.

What is kept beside them, how often functions answered, is in `store/request_counts.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, false, func, select

from gettone.model.logs import LogEntry, LogFilter
from gettone.model.pages import Page, PageRequest
from gettone.model.request_counts import CountFilter, FunctionCount, MinuteCount, StepCount
from gettone.model.sids import AccountSid
from gettone.store import request_counts
from gettone.store.columns import is_keepable
from gettone.store.database import Database
from gettone.store.logs_schema import LOG_LINES
from gettone.store.paging import fetch_page
from gettone.store.session import Session

DELETED_AT_ONCE = 5000  # lines in one transaction, so that those that arrive meanwhile do not wait long

_NAMES = [field.name for field in fields(LogEntry)]
_COLUMNS = [LOG_LINES.c[name] for name in _NAMES]


class DatabaseLogs:
    """`store.interface.LogStore` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entries: Sequence[LogEntry]) -> None:
        """Append a batch in one transaction. A line that is there already is left as it is."""
        if not entries:
            return
        rows = [{name: getattr(entry, name) for name in _NAMES} for entry in entries]
        async with self._database.writing() as session:
            await session.change(session.dialect.insert(LOG_LINES).on_conflict_do_nothing(index_elements=["sid"]), rows)

    async def page(self, account_sid: AccountSid, wanted: LogFilter, request: PageRequest) -> Page[LogEntry]:
        """A piece of what is wanted, newest first."""
        async with self._database.reading() as session:
            conditions = [LOG_LINES.c.account_sid == account_sid, *_conditions(session, wanted)]
            page = await fetch_page(session, _COLUMNS, conditions, LOG_LINES.c.position, request)
        return Page(tuple(LogEntry(*row[:-1]) for row in page.items), page.next, page.previous)

    async def find(self, account_sid: AccountSid, sid: str) -> LogEntry | None:
        """One line."""
        if not is_keepable(sid):
            return None
        wanted = select(*_COLUMNS).where(LOG_LINES.c.sid == sid, LOG_LINES.c.account_sid == account_sid)
        async with self._database.reading() as session:
            found = await session.rows(wanted)
        return LogEntry(*found[0]) if found else None

    async def prune(self, before: datetime) -> int:
        """Delete what is older. How many went."""
        return await self._delete(LOG_LINES.c.created_at < before)

    async def add_counts(self, counts: Sequence[MinuteCount]) -> None:
        """Keep a batch in one transaction. Of what is told of one minute several times, the highest count stays."""
        if counts:
            async with self._database.writing() as session:
                await request_counts.add(session, counts)

    async def read_counts(self, account_sid: AccountSid, wanted: CountFilter) -> Sequence[FunctionCount]:
        """What is wanted, added up by function, environment and step."""
        async with self._database.reading() as session:
            return await request_counts.read_by_function(session, account_sid, wanted)

    async def read_totals(self, account_sid: AccountSid, wanted: CountFilter) -> Sequence[StepCount]:
        """What is wanted, added up by step alone, in their order."""
        async with self._database.reading() as session:
            return await request_counts.read_by_step(session, account_sid, wanted)

    async def fold_counts(self, before: datetime) -> int:
        """Put the minutes of each hour that was over before this together. How many went."""
        return await self._repeat(request_counts.fold_oldest, before)

    async def prune_counts(self, before: datetime) -> int:
        """Delete the counts of minutes that began earlier. How many went."""
        return await self._repeat(request_counts.delete_oldest, before)

    async def delete_account(self, account_sid: AccountSid) -> int:
        """Delete all lines and counts of an account. How many went."""
        async with self._database.writing() as session:
            gone = await request_counts.delete_account(session, account_sid)
        return gone + await self._delete(LOG_LINES.c.account_sid == account_sid)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._database.close()

    async def _repeat(self, work: Callable[[Session, datetime], Awaitable[int]], before: datetime) -> int:
        """Do some work in transactions of its own until nothing is left of it. How many rows went."""
        gone = 0
        while True:
            async with self._database.writing() as session:
                count = await work(session, before)
            if not count:
                return gone
            gone += count

    async def _delete(self, condition: ColumnElement[bool]) -> int:
        some = select(LOG_LINES.c.position).where(condition).limit(DELETED_AT_ONCE)
        gone = 0
        while True:
            async with self._database.writing() as session:
                count = await session.change(delete(LOG_LINES).where(LOG_LINES.c.position.in_(some)))
            gone += count
            if count < DELETED_AT_ONCE:
                return gone


def _conditions(session: Session, wanted: LogFilter) -> list[ColumnElement[bool]]:
    named = {
        LOG_LINES.c.environment_sid: wanted.environment_sid,
        LOG_LINES.c.service_sid: wanted.service_sid,
        LOG_LINES.c.function_sid: wanted.function_sid,
        LOG_LINES.c.request_sid: wanted.request_sid,
    }
    if not all(is_keepable(text) for text in (*named.values(), wanted.text) if text is not None):
        return [false()]
    conditions: list[ColumnElement[bool]] = [column == sid for column, sid in named.items() if sid is not None]
    if wanted.levels is not None:
        conditions.append(LOG_LINES.c.level.in_(sorted(wanted.levels)))
    if wanted.text:
        conditions.append(_contains(session, wanted.text))
    if wanted.start_at is not None:
        conditions.append(LOG_LINES.c.created_at >= wanted.start_at)
    if wanted.end_at is not None:
        conditions.append(LOG_LINES.c.created_at < wanted.end_at)
    return conditions


def _contains(session: Session, text: str) -> ColumnElement[Any]:
    """Whether a line has this text in it: no pattern, so nothing needs to be escaped.

    Case is none for ASCII letters; for others as far as the engine knows it, and SQLite does not.
    """
    found_at: ColumnElement[Any] = getattr(func, session.dialect.find)(
        func.lower(LOG_LINES.c.message), func.lower(text)
    )
    return found_at > 0
