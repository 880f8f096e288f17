"""Counts laid out along a line of time. Pure. Must not know where counts come from, nor who looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gettone.model.errors import PlatformError
from gettone.model.request_counts import MINUTE, FunctionCount, StepCount, Tally
from gettone.model.sids import EnvironmentSid, FunctionSid

STEPS_MAX = 1500  # a day by the minute
SPAN_MAX = timedelta(days=366)
HOUR = timedelta(hours=1)

Place = tuple[EnvironmentSid, FunctionSid]


@dataclass(frozen=True, slots=True)
class Series:
    """Step by step, a value for each of the times it was made for. Quantiles are None where nothing was answered."""

    requests: tuple[int, ...]
    errors: tuple[int, ...]
    p50_seconds: tuple[float | None, ...]
    p99_seconds: tuple[float | None, ...]


def whole_minute(moment: datetime, *, is_end: bool = False) -> datetime:
    """The whole minute at or before a moment; at or after it, where that is the end."""
    # In UTC: hours are added to it, and where clocks are put back those of a day are not all alike.
    minute = moment.astimezone(UTC).replace(second=0, microsecond=0)
    return minute + MINUTE if is_end and minute < moment else minute


def whole_hour(moment: datetime, step: timedelta) -> datetime:
    """The whole hour at or before a moment. Raises PlatformError `invalid` for a step that is no whole hours."""
    if step % HOUR:
        raise PlatformError(
            "invalid",
            "what lies so far back is known by the hour: choose a step of 3600 seconds or a multiple of that",
            parameter="step_seconds",
        )
    return moment.replace(minute=0)


def make_times(start: datetime, end: datetime, step: timedelta) -> tuple[datetime, ...]:
    """The beginnings of the steps. Raises PlatformError `invalid` for what cannot be shown."""
    if step < MINUTE or step % MINUTE:
        raise PlatformError(
            "invalid", "a step is a whole number of minutes, in seconds: 60, 300, 3600", parameter="step_seconds"
        )
    if not start < end <= start + SPAN_MAX:
        raise PlatformError("invalid", "the time to show must end after it begins, within a year", parameter="until")
    count = -((start - end) // step)
    if count > STEPS_MAX:
        raise PlatformError(
            "invalid",
            f"that are {count} steps: at most {STEPS_MAX} can be shown, so take longer ones",
            parameter="step_seconds",
        )
    return tuple(start + place * step for place in range(count))


def place_of(count: FunctionCount) -> Place:
    """Which function it is, and where it answers."""
    return count.environment_sid, count.function_sid


def by_function(counts: Iterable[FunctionCount]) -> dict[Place, dict[datetime, Tally]]:
    """Tallies by function and by time."""
    steps: dict[Place, dict[datetime, Tally]] = {}
    for each in counts:
        steps.setdefault(place_of(each), {})[each.started_at] = each.tally
    return steps


def by_time(counts: Iterable[StepCount]) -> dict[datetime, Tally]:
    """Tallies by time."""
    return {each.started_at: each.tally for each in counts}


def add_up(parts: Iterable[Mapping[datetime, Tally]]) -> dict[datetime, Tally]:
    """Tallies by time, of all parts together."""
    sums: dict[datetime, Tally] = {}
    for part in parts:
        for at, tally in part.items():
            sums[at] = sums[at] + tally if at in sums else tally
    return sums


def make_series(tallies: Mapping[datetime, Tally], times: Iterable[datetime]) -> Series:
    """What was answered at these times."""
    told = [tallies.get(at) for at in times]  # most are None where little is asked
    return Series(
        requests=tuple(0 if each is None else each.requests for each in told),
        errors=tuple(0 if each is None else each.errors for each in told),
        p50_seconds=tuple(None if each is None else each.p50_seconds for each in told),
        p99_seconds=tuple(None if each is None else each.p99_seconds for each in told),
    )
