"""How often functions answered, how, and how fast: counts by minute that add up. Must not know who counts.

The time that an answer took is kept as the bucket that it falls into, five to a factor of ten from 0.1 ms to 398 s,
which is beyond the longest that a function may run. So counts of any span and any number of gateways add up, and a
quantile of the sum is off by less than its bucket is wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from operator import add

from gettone.model.sids import AccountSid, EnvironmentSid, FunctionSid, ServiceSid

BUCKETS_PER_DECADE = 5
# The upper ends of all buckets but the last, which has none: `bisect_left` finds a bucket.
LATENCY_BOUNDS: tuple[float, ...] = tuple(1e-4 * 10 ** (place / BUCKETS_PER_DECADE) for place in range(34))
LATENCY_BUCKETS = len(LATENCY_BOUNDS) + 1
MINUTE = timedelta(minutes=1)

_SPANS = (*pairwise((0.0, *LATENCY_BOUNDS)), (LATENCY_BOUNDS[-1], LATENCY_BOUNDS[-1]))


@dataclass(frozen=True, slots=True)
class Tally:
    """What was answered. `client_errors` are 4xx but 429, which is `refused`; `latency` has a count for each bucket."""

    client_errors: int = 0
    server_errors: int = 0
    refused: int = 0
    latency: tuple[int, ...] = (0,) * LATENCY_BUCKETS

    @property
    def requests(self) -> int:
        """All answers, whatever they were."""
        return sum(self.latency)

    @property
    def errors(self) -> int:
        """Answers of 400 and above."""
        return self.client_errors + self.server_errors + self.refused

    @property
    def answered(self) -> int:
        """Answers below 400: what was asked for was given."""
        return self.requests - self.errors

    @property
    def p50_seconds(self) -> float | None:
        """The time within which half of the answers came."""
        return self.quantile_seconds(0.5)

    @property
    def p99_seconds(self) -> float | None:
        """The time within which all answers but one in a hundred came."""
        return self.quantile_seconds(0.99)

    def quantile_seconds(self, share: float) -> float | None:
        """The time within which this share of the answers came; None where there were none.

        It lies in the bucket of the exact one, as if the answers in it were spread evenly.
        """
        requests = self.requests
        if not requests:
            return None
        rank = max(1, ceil(share * requests))
        before = 0
        for (low, high), count in zip(_SPANS, self.latency, strict=True):
            if before + count >= rank:
                return low + (high - low) * (rank - before) / count
            before += count
        return LATENCY_BOUNDS[-1]

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.client_errors + other.client_errors,
            self.server_errors + other.server_errors,
            self.refused + other.refused,
            tuple(map(add, self.latency, other.latency)),
        )


@dataclass(frozen=True, slots=True)
class MinuteCount:
    """What one gateway answered for a function in the minute that began at `started_at`, as far as it is over.

    `gateway` is another one after each start of it.
    """

    gateway: str
    account_sid: AccountSid
    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    function_sid: FunctionSid
    started_at: datetime
    tally: Tally


@dataclass(frozen=True, slots=True)
class CountFilter:
    """Which counts are wanted, from one whole minute up to another. `step`, whole minutes; None: all in one.

    `function_sids` None: of all functions.
    """

    start_at: datetime
    end_at: datetime
    step: timedelta | None = None
    service_sid: ServiceSid | None = None
    environment_sid: EnvironmentSid | None = None
    function_sids: frozenset[FunctionSid] | None = None


@dataclass(frozen=True, slots=True)
class StepCount:
    """What was answered within the step that began at `started_at`."""

    started_at: datetime
    tally: Tally


@dataclass(frozen=True, slots=True)
class FunctionCount:
    """The same, of one function in one environment."""

    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    function_sid: FunctionSid
    started_at: datetime
    tally: Tally
