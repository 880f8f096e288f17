"""How long to measure. Must not know what."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How often and how long each contestant has its turn.

    ``slow_rounds`` is for servers of a few requests a second: a round of theirs lasts until all connections are
    answered.
    ``saves`` is how many versions of a function are deployed under load, in each language.
    ``ends_at`` is monotonic: after it, no further round begins once each contestant had one.
    """

    install_seconds: float
    minting_rounds: int
    minting_seconds: float
    load_rounds: int
    slow_rounds: int
    load_seconds: float
    saves: int
    ends_at: float

    def over(self, rounds_done: int) -> bool:
        """Whether the time is over; never before the first round is done."""
        return rounds_done > 0 and time.monotonic() >= self.ends_at


def quick() -> Plan:
    """Enough to see whether the targets are met, within 280 seconds with all that stands around it."""
    return Plan(120.0, 5, 0.5, 5, 2, 2.0, 30, time.monotonic() + 220.0)


def full() -> Plan:
    """Enough for figures to publish."""
    return Plan(600.0, 11, 1.0, 11, 5, 5.0, 100, time.monotonic() + 3600.0)
