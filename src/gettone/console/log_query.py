"""Which log lines an address asks for, as a filter of control's; and the mark by which a stream goes on where it was.

Pure. Must not know how lines are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.datastructures import QueryParams

from gettone.model.logs import Level, LogEntry, LogFilter
from gettone.model.sids import ENVIRONMENT, FUNCTION, SERVICE, EnvironmentSid, FunctionSid, ServiceSid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DIGITS_MAX = 17  # microseconds until the year 5138


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What is asked for. `place` is an environment or a service; the account where it names none."""

    service_sid: ServiceSid | None
    environment_sid: EnvironmentSid | None
    function_sid: FunctionSid | None
    levels: frozenset[Level]
    text: str

    @property
    def place(self) -> str:
        """The SID that the address names it by."""
        return self.environment_sid or self.service_sid or ""

    @property
    def wanted(self) -> LogFilter:
        """The same for control."""
        return LogFilter(
            environment_sid=self.environment_sid,
            service_sid=self.service_sid,
            function_sid=self.function_sid,
            levels=self.levels or None,
            text=self.text or None,
        )

    def parts(self) -> Sequence[tuple[str, str]]:
        """The same as parts of an address."""
        named = [("place", self.place), ("function", self.function_sid or ""), ("text", self.text)]
        return [
            *((name, value) for name, value in named if value),
            *(("level", level) for level in sorted(self.levels)),
        ]


def read_query(params: QueryParams) -> LogQuery:
    """What an address asks for. What is no SID and no level is passed over."""
    place = params.get("place") or params.get("environment") or params.get("service") or ""
    function = params.get("function", "")
    levels = params.getlist("level")
    return LogQuery(
        service_sid=SERVICE.check(place) if SERVICE.matches(place) else None,
        environment_sid=ENVIRONMENT.check(place) if ENVIRONMENT.matches(place) else None,
        function_sid=FUNCTION.check(function) if FUNCTION.matches(function) else None,
        levels=frozenset(level for level in Level if level in levels),
        text=params.get("text", "").strip(),
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a stream was: when its newest line was made, and which one that is; none where there was no line yet."""

    at: datetime
    sid: str = ""

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.sid}"


def mark_of(entry: LogEntry) -> Mark:
    """The mark behind a line."""
    return Mark(entry.created_at, entry.sid)


def read_mark(text: str) -> Mark | None:
    """The mark that a browser holds; None for what is none."""
    digits, _, sid = text.partition("-")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > _DIGITS_MAX:
        return None
    return Mark(_EPOCH + timedelta(microseconds=int(digits)), sid[:34])
