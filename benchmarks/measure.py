"""What repeated measurements say: median, spread, ratio. Must not know what was measured, nor how."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

Contestant = TypeVar("Contestant")


@dataclass(frozen=True, slots=True)
class Figure:
    """Rates of several rounds, per second: their median, the lowest and the highest."""

    median: float
    low: float
    high: float
    rounds: int

    @property
    def spread(self) -> float:
        """Half the distance between lowest and highest, as a part of the median."""
        return (self.high - self.low) / 2 / self.median if self.median else 0.0


def summarise(rates: Sequence[float]) -> Figure:
    """Sum up the rates of all rounds of one contestant.

    Raises: ValueError when there is none, or one that is no rate.
    """
    if not rates:
        raise ValueError("no round was measured")
    if any(not math.isfinite(rate) or rate < 0 for rate in rates):
        raise ValueError("a rate is a finite number and not negative")
    return Figure(statistics.median(rates), min(rates), max(rates), len(rates))


def ratio(ours: Figure, peer: Figure) -> float:
    """How many times the peer's median ours is; 0 when the peer did nothing at all."""
    return ours.median / peer.median if peer.median else 0.0


def percentile(ordered: Sequence[float], part: float) -> float:
    """Smallest value that at least ``part`` (0 to 1) of the values do not exceed; 0 without values."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def interleaved(contestants: Sequence[Contestant], rounds: int) -> Iterator[tuple[int, Contestant]]:
    """Yield every contestant once per round, A B C A B C: what slows the machine for a while slows all of them."""
    for number in range(1, rounds + 1):
        for contestant in contestants:
            yield number, contestant
