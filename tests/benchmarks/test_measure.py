"""What rounds are summed up to."""

from __future__ import annotations

import math

import pytest

from benchmarks.measure import Figure, interleaved, percentile, ratio, summarise


def test_median_of_rounds_is_the_figure() -> None:
    """One round that another program disturbed does not move the figure."""
    figure = summarise([100.0, 10.0, 104.0, 98.0, 102.0])

    assert figure == Figure(median=100.0, low=10.0, high=104.0, rounds=5)


def test_spread_is_half_the_reach_as_a_part_of_the_median() -> None:
    """90 to 110 around 100 is ±10 %."""
    assert summarise([90.0, 100.0, 110.0]).spread == pytest.approx(0.1)


@pytest.mark.parametrize("rates", [[], [math.nan], [math.inf, 1.0], [-1.0]])
def test_what_is_no_rate_is_refused(rates: list[float]) -> None:
    """No rounds, and numbers that are no rates, are errors and not figures."""
    with pytest.raises(ValueError, match=r"rate|round"):
        summarise(rates)


def test_ratio_is_ours_over_peers() -> None:
    """More is better: twice the peer's rate is 2."""
    assert ratio(summarise([200.0]), summarise([100.0])) == 2.0


def test_ratio_to_a_peer_that_did_nothing_is_a_number() -> None:
    """A peer without a single answer makes no infinity."""
    assert ratio(summarise([200.0]), summarise([0.0])) == 0.0


def test_percentiles_are_values_that_were_seen() -> None:
    """The smallest value that the given part of all values does not exceed."""
    values = [float(number) for number in range(1, 101)]

    assert percentile(values, 0.50) == 50.0
    assert percentile(values, 0.99) == 99.0
    assert percentile(values, 1.0) == 100.0
    assert percentile([7.0], 0.5) == 7.0
    assert percentile([], 0.5) == 0.0


def test_contestants_take_turns() -> None:
    """A B C A B C, never A A B B."""
    turns = list(interleaved(["a", "b", "c"], 2))

    assert turns == [(1, "a"), (1, "b"), (1, "c"), (2, "a"), (2, "b"), (2, "c")]
