"""How often something may be tried: free tries, doubling pauses, quotas, and their bounds."""

from __future__ import annotations

import pytest

from gettone.control.throttle import Pace, Quota, Throttle, network_of, take_all
from gettone.model.errors import PlatformError
from tests.control.offices import Clock


def pause(throttle: Throttle, name: str) -> object:
    """How long a name has to wait."""
    with pytest.raises(PlatformError) as refused:
        throttle.check(name)
    assert refused.value.code == "denied"
    return refused.value.evidence["retry_after_seconds"]


def test_pauses_double_after_the_free_failures() -> None:
    """Up to the longest; who waits may try again."""
    clock = Clock()
    throttle = Throttle(clock, Pace(free=2, pause_seconds_max=5))
    pauses = []
    for _ in range(6):
        throttle.begin("ada")
        try:
            throttle.check("ada")
            pauses.append(0)
        except PlatformError as error:
            pauses.append(error.evidence["retry_after_seconds"])  # type: ignore[arg-type]
            clock.move(seconds=pauses[-1])

    assert pauses == [0, 1, 2, 4, 5, 5]


def test_tries_that_come_in_a_pause_do_not_lengthen_it() -> None:
    """Nobody is kept out for ever by who tries all the time."""
    clock = Clock()
    throttle = Throttle(clock, Pace(free=1, pause_seconds_max=60))
    throttle.begin("ada")
    for _ in range(10):
        with pytest.raises(PlatformError):
            throttle.begin("ada")

    assert pause(throttle, "ada") == 1
    clock.move(seconds=1)
    throttle.begin("ada")


def test_success_is_forgiven_and_failures_are_forgotten_in_time() -> None:
    """One back is one back; an hour without a failure is a new beginning."""
    clock = Clock()
    throttle = Throttle(clock, Pace(free=2, pause_seconds_max=60))
    for _ in range(2):
        throttle.begin("ada")
    assert pause(throttle, "ada") == 1
    throttle.forgive("ada")
    throttle.check("ada")
    throttle.begin("ada")
    clock.move(hours=1, seconds=1)
    throttle.begin("ada")

    throttle.check("ada")
    throttle.begin("ada")
    assert pause(throttle, "ada") == 1
    throttle.forget("ada")
    throttle.check("ada")


def test_names_do_not_share_and_are_bounded() -> None:
    """What was tried longest ago is forgotten first, whatever is sent."""
    clock = Clock()
    throttle = Throttle(clock, Pace(free=1, pause_seconds_max=60), names_max=2)
    for name in ("first", "x" * 1_000_000, "\ud800"):
        throttle.begin(name)

    throttle.check("first")
    assert pause(throttle, "\ud800") == 1


def test_quota_counts_within_its_time() -> None:
    """The next one is when the oldest is no longer within it."""
    clock = Clock()
    quota = Quota(clock, 2, 60)
    quota.take("ada")
    clock.move(seconds=20)
    quota.take("ada")
    with pytest.raises(PlatformError) as refused:
        quota.take("ada")
    clock.move(seconds=40)
    quota.take("ada")

    assert refused.value.evidence["retry_after_seconds"] == 40
    assert quota.wait("ada") == 20


def test_several_quotas_are_taken_together_or_not_at_all() -> None:
    """What one refuses costs nothing of the other."""
    clock = Clock()
    wide, narrow = Quota(clock, 2, 60), Quota(clock, 1, 60)
    take_all((wide, "ada"), (narrow, "ada"))
    with pytest.raises(PlatformError):
        take_all((wide, "ada"), (narrow, "ada"))

    assert wide.wait("ada") == 0
    quota = Quota(clock, 1, 60, names_max=1)
    quota.take("ada")
    quota.take("bob")
    assert (quota.wait("ada"), quota.wait("bob")) == (0, 60)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        (None, "elsewhere"),
        ("nonsense", "elsewhere"),
    ],
)
def test_callers_are_told_apart_by_network(address: str | None, network: str) -> None:
    """Who has an IPv6 connection has a whole /64 to call from."""
    assert network_of(address) == network
