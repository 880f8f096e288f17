"""How one contestant stood in one table. Must not know tables, processes or HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.measure import Figure


class Unavailable(Exception):
    """A contestant cannot be installed, started or trusted; the message says why."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from a request to the end of its answer: medians over the rounds."""

    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What was measured of one contestant, or why nothing was."""

    name: str
    version: str
    figure: Figure | None
    latency: Latency | None = None
    errors: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How all contestants of one table stood, and what a reader should know besides."""

    standings: tuple[Standing, ...]
    notes: tuple[str, ...] = ()
