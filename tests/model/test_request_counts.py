"""Counts add up, and their quantiles are as near as a bucket is narrow."""

from __future__ import annotations

from bisect import bisect_left
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.model.request_counts import BUCKETS_PER_DECADE, LATENCY_BOUNDS, LATENCY_BUCKETS, Tally
from gettone.model.services import TIMEOUT_SECONDS_MAX

TIMES = st.lists(st.floats(0, TIMEOUT_SECONDS_MAX) | st.floats(0, 0.01), min_size=1, max_size=300)
WIDTH = 10 ** (1 / BUCKETS_PER_DECADE)


def tally(times: list[float], **errors: int) -> Tally:
    """What is kept of these times."""
    latency = [0] * LATENCY_BUCKETS
    for seconds in times:
        latency[bisect_left(LATENCY_BOUNDS, seconds)] += 1
    return Tally(**errors, latency=tuple(latency))


@given(TIMES, st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]))
def test_quantile_is_off_by_less_than_its_bucket_is_wide(times: list[float], share: float) -> None:
    """Compared with the exact one, by nearest rank."""
    exact = sorted(times)[max(1, ceil(share * len(times))) - 1]
    told = tally(times).quantile_seconds(share)

    assert told is not None
    assert bisect_left(LATENCY_BOUNDS, told) == bisect_left(LATENCY_BOUNDS, exact)
    assert exact < LATENCY_BOUNDS[0] or 1 / WIDTH <= told / exact <= WIDTH


@given(TIMES, TIMES)
def test_parts_add_up_to_the_whole(some: list[float], more: list[float]) -> None:
    """Counts of two gateways, or of two minutes, are as if one had counted."""
    assert tally(some, refused=1) + tally(more, refused=2, server_errors=3) == tally(
        [*some, *more], refused=3, server_errors=3
    )


def test_all_that_may_take_long_has_a_bucket_with_two_ends() -> None:
    """A function that ran into its timeout is told as long as it took, nearly."""
    assert LATENCY_BOUNDS[0] == pytest.approx(0.0001)
    assert LATENCY_BOUNDS[-1] > TIMEOUT_SECONDS_MAX


def test_nothing_has_no_quantile() -> None:
    """And no errors."""
    nothing = Tally()

    assert (nothing.p50_seconds, nothing.p99_seconds) == (None, None)
    assert (nothing.requests, nothing.answered, nothing.errors) == (0, 0, 0)


def test_what_was_answered_and_what_went_wrong_is_all_there_was() -> None:
    """Refusals are errors of their own kind."""
    told = tally([0.001] * 10, client_errors=1, server_errors=2, refused=3)

    assert (told.requests, told.errors, told.answered) == (10, 6, 4)


def test_what_takes_for_ever_is_told_by_the_last_bound() -> None:
    """Nobody knows more of it."""
    assert tally([1e9]).p50_seconds == LATENCY_BOUNDS[-1]
