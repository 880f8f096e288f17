"""Live tails: who listens gets each line that is wanted as it comes. One who is slow loses lines, and is told how many.

Lines are handed on as they arrive, before they are kept: a live tail shows what happens now, also while the log store
is away. Must not know where lines come from or how they are sent on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from gettone.model.errors import PlatformError
from gettone.model.logs import LogEntry, LogFilter
from gettone.model.sids import AccountSid

LINES_MAX = 2000
BYTES_MAX = 1 << 20  # of messages, which count for the most
TAILS_MAX = 1000
TAILS_PER_ACCOUNT_MAX = 100
# Permissions are asked for when it opens. Who goes on listening opens another, and shows again who they are.
TAIL_SECONDS_MAX = 3600.0


@dataclass(frozen=True, slots=True)
class Dropped:
    """So many lines are missing here: whoever listens was too slow for them."""

    count: int


def matches(wanted: LogFilter, entry: LogEntry) -> bool:
    """Whether a line is wanted. The log store asks its database the same; `text` is any part of a message, in any case.

    SQLite knows no case but that of ASCII's letters.
    """
    return (
        wanted.environment_sid in (None, entry.environment_sid)
        and wanted.service_sid in (None, entry.service_sid)
        and wanted.function_sid in (None, entry.function_sid)
        and wanted.request_sid in (None, entry.request_sid)
        and (wanted.levels is None or entry.level in wanted.levels)
        and (wanted.start_at is None or entry.created_at >= wanted.start_at)
        and (wanted.end_at is None or entry.created_at < wanted.end_at)
        and (not wanted.text or wanted.text.lower() in entry.message.lower())
    )


class Tail:
    """One listener's lines, oldest first: iterate over it, and close it. One task at a time listens.

    It closes by itself after TAIL_SECONDS_MAX.
    State: `_waiting` and the size of its messages, `_dropped` since the last of these, `_ready`, `_closed`.
    """

    def __init__(self, tails: Tails, account_sid: AccountSid, wanted: LogFilter) -> None:
        self._tails = tails
        self.account_sid = account_sid
        self._wanted = wanted
        self._waiting: deque[LogEntry | Dropped] = deque()
        self._bytes = 0
        self._dropped = 0
        self._ready = asyncio.Event()
        self._closed = False
        self._end = asyncio.get_running_loop().call_later(TAIL_SECONDS_MAX, self.close)

    def offer(self, entry: LogEntry) -> None:
        """Take a line, if it is wanted and there is room."""
        if self._closed or not matches(self._wanted, entry):
            return
        size = len(entry.message)
        if len(self._waiting) >= LINES_MAX or (self._waiting and self._bytes + size > BYTES_MAX):
            self._dropped += 1
            return
        self._tell_dropped()
        self._waiting.append(entry)
        self._bytes += size
        self._ready.set()

    def close(self) -> None:
        """Listen no more. What is waiting can still be had, then comes the end."""
        if not self._closed:
            self._closed = True
            self._end.cancel()
            self._ready.set()
            self._tails.forget(self)

    def __aiter__(self) -> Tail:
        return self

    async def __anext__(self) -> LogEntry | Dropped:
        """The next line, or a gap between lines, where it belongs."""
        while not self._waiting:
            self._tell_dropped()
            if self._waiting:
                break
            if self._closed:
                raise StopAsyncIteration
            self._ready.clear()
            await self._ready.wait()
        item = self._waiting.popleft()
        if isinstance(item, LogEntry):
            self._bytes -= len(item.message)
        return item

    def _tell_dropped(self) -> None:
        if self._dropped:
            self._waiting.append(Dropped(self._dropped))
            self._dropped = 0


class Tails:
    """All who listen."""

    def __init__(self) -> None:
        self._by_account: dict[AccountSid, set[Tail]] = {}

    @property
    def count(self) -> int:
        """How many listen."""
        return sum(map(len, self._by_account.values()))

    def listen(self, account_sid: AccountSid, wanted: LogFilter) -> Tail:
        """Listen to an account's lines from now on. Raises PlatformError `unavailable` when too many do."""
        listening = self._by_account.get(account_sid, set())
        if len(listening) >= TAILS_PER_ACCOUNT_MAX or self.count >= TAILS_MAX:
            raise PlatformError(
                "unavailable", "too many live tails are open: close one, in another window or terminal, and try again"
            )
        tail = Tail(self, account_sid, wanted)
        self._by_account.setdefault(account_sid, set()).add(tail)
        return tail

    def hand_on(self, entries: Iterable[LogEntry]) -> None:
        """Offer lines to all who listen to their accounts."""
        if not self._by_account:
            return
        for entry in entries:
            for tail in self._by_account.get(entry.account_sid, ()):
                tail.offer(entry)

    def forget(self, tail: Tail) -> None:
        """Offer it no more lines."""
        listening = self._by_account.get(tail.account_sid, set())
        listening.discard(tail)
        if not listening:
            self._by_account.pop(tail.account_sid, None)

    def close(self) -> None:
        """End every tail."""
        for tail in [tail for listening in self._by_account.values() for tail in listening]:
            tail.close()
