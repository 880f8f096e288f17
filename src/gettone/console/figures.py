"""Figures as tables and sentences: spans of time to choose, and the rows that a plot is drawn from. Pure.

Must not know where figures come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gettone.control.figures import FunctionFigures, Overview
from gettone.control.series import Series
from gettone.model.request_counts import Tally
from gettone.model.sids import EnvironmentSid, FunctionSid


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time that can be looked at, and how finely. Its words are `dashboard.span_<name>`."""

    name: str
    seconds: int
    step_seconds: int

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return timedelta(seconds=self.seconds)

    def since(self, now: datetime) -> datetime:
        """Where it begins, so that its last step holds now and steps begin where clocks are whole."""
        step = timedelta(seconds=self.step_seconds)
        begun = now - (now - datetime.min.replace(tzinfo=UTC)) % step
        return begun + step - self.length


HOUR = Span("hour", 3600, 60)
DAY = Span("day", 86_400, 600)
WEEK = Span("week", 7 * 86_400, 3600)
MONTH = Span("month", 30 * 86_400, 6 * 3600)
SPANS: Mapping[str, Span] = {span.name: span for span in (HOUR, DAY, WEEK, MONTH)}


@dataclass(frozen=True, slots=True)
class PlotRow:
    """One step of a plot. `quick_ms` and `slow_ms` are p50 and p99; None where nothing was answered."""

    at: datetime
    requests: int
    errors: int
    quick_ms: float | None
    slow_ms: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """What was not answered as asked for: parts of all, and why."""

    percent: float
    client_errors: int
    refused: int
    server_errors: int


def plot_rows(overview: Overview, series: Series) -> Sequence[PlotRow]:
    """The rows of a plot, oldest first."""
    columns = zip(overview.times, series.requests, series.errors, series.p50_seconds, series.p99_seconds, strict=True)
    return [
        PlotRow(at, requests, errors, _milliseconds(quick), _milliseconds(slow))
        for at, requests, errors, quick, slow in columns
    ]


def share_of(tally: Tally) -> Share:
    """How much was refused or failed."""
    percent = 100 * tally.errors / tally.requests if tally.requests else 0.0
    return Share(percent, tally.client_errors, tally.refused, tally.server_errors)


def place_of(figures: FunctionFigures) -> str:
    """How an address names a function where it answers."""
    return f"{figures.environment_sid}.{figures.function_sid}"


def find_function(overview: Overview, place: str) -> FunctionFigures | None:
    """The function that an address names, if it is among those that are shown."""
    environment, _, function = place.partition(".")
    wanted = (EnvironmentSid(environment), FunctionSid(function))
    return next((each for each in overview.functions if (each.environment_sid, each.function_sid) == wanted), None)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
