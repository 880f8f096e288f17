"""Log lines for tests, and a log store that can be shut for a while. Must not know any test."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from gettone.model.errors import PlatformError
from gettone.model.logs import Level, LogEntry, LogFilter
from gettone.model.pages import Page, PageRequest
from gettone.model.request_counts import CountFilter, FunctionCount, MinuteCount, StepCount
from gettone.model.sids import AccountSid, EnvironmentSid, LogSid, ServiceSid
from gettone.store.interface import LogStore
from tests.control.offices import ACCOUNT_SID, STARTED_AT

SERVICE_SID = ServiceSid("ZS" + "1" * 32)
ENVIRONMENT_SID = EnvironmentSid("ZE" + "1" * 32)
OTHER_ENVIRONMENT_SID = EnvironmentSid("ZE" + "2" * 32)

_numbers = count(1)


def make_line(message: str = "hello", **changes: Any) -> LogEntry:
    """A line of its own."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "sid": LogSid(f"NO{number:032x}"),
        "account_sid": ACCOUNT_SID,
        "service_sid": SERVICE_SID,
        "environment_sid": ENVIRONMENT_SID,
        "build_sid": None,
        "deployment_sid": None,
        "function_sid": None,
        "request_sid": None,
        "level": Level.INFO,
        "message": message,
        "is_platform": False,
        "created_at": STARTED_AT + timedelta(microseconds=number),
    }
    return LogEntry(**values | changes)


class Gate(LogStore):
    """A log store that is away while it is shut. `broken` are messages that it refuses at any time."""

    def __init__(self, inner: LogStore) -> None:
        self._inner = inner
        self.shut = False
        self.broken: frozenset[str] = frozenset()
        self.batches: list[int] = []
        self._added = asyncio.Event()

    async def until_kept(self, count: int) -> None:
        """Wait until so many lines were added in all."""
        async with asyncio.timeout(10):
            while sum(self.batches) < count:
                self._added.clear()
                await self._added.wait()

    async def add(self, entries: Sequence[LogEntry]) -> None:
        if self.shut:
            raise PlatformError("unavailable", "the disk that holds the database is full")
        if any(entry.message in self.broken for entry in entries):
            raise PlatformError("invalid", "a text holds a character that cannot be kept")
        await self._inner.add(entries)
        self.batches.append(len(entries))
        self._added.set()

    async def page(self, account_sid: AccountSid, wanted: LogFilter, request: PageRequest) -> Page[LogEntry]:
        return await self._inner.page(account_sid, wanted, request)

    async def find(self, account_sid: AccountSid, sid: str) -> LogEntry | None:
        return await self._inner.find(account_sid, sid)

    async def prune(self, before: datetime) -> int:
        return await self._inner.prune(before)

    async def add_counts(self, counts: Sequence[MinuteCount]) -> None:
        if self.shut:
            raise PlatformError("unavailable", "the disk that holds the database is full")
        await self._inner.add_counts(counts)

    async def read_counts(self, account_sid: AccountSid, wanted: CountFilter) -> Sequence[FunctionCount]:
        return await self._inner.read_counts(account_sid, wanted)

    async def read_totals(self, account_sid: AccountSid, wanted: CountFilter) -> Sequence[StepCount]:
        return await self._inner.read_totals(account_sid, wanted)

    async def fold_counts(self, before: datetime) -> int:
        return await self._inner.fold_counts(before)

    async def prune_counts(self, before: datetime) -> int:
        return await self._inner.prune_counts(before)

    async def delete_account(self, account_sid: AccountSid) -> int:
        return await self._inner.delete_account(account_sid)

    async def close(self) -> None:
        await self._inner.close()


async def kept(store: LogStore, account_sid: AccountSid = ACCOUNT_SID) -> list[LogEntry]:
    """All lines of an account, oldest first."""
    lines: list[LogEntry] = []
    request: PageRequest | None = PageRequest(1000)
    while request is not None:
        page = await store.page(account_sid, LogFilter(), request)
        lines += page.items
        request = None if page.next is None else PageRequest(1000, after=page.next)
    return lines[::-1]
