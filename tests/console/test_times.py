"""Times in words and in figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gettone.console.times import ago, clock, day, duration, exact, is_near, read_zone

NOW = datetime(2026, 11, 22, 5, 27, 9, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, ("just_now", 0)),
        (59, ("just_now", 0)),
        (60, ("minutes_ago", 1)),
        (3599, ("minutes_ago", 59)),
        (3600, ("hours_ago", 1)),
        (86_400, ("days_ago", 1)),
        (29 * 86_400, ("days_ago", 29)),
        (-1, ("in_a_moment", 0)),
        (-58 * 60, ("minutes_ahead", 58)),
        (-86_400, ("days_ahead", 1)),
    ],
)
def test_distance_is_told_in_its_largest_unit(seconds: int, said: tuple[str, int]) -> None:
    """Rounded down, as people do."""
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_a_month_away_a_date_says_more() -> None:
    """On either side."""
    assert is_near(NOW - timedelta(days=29), NOW)
    assert not is_near(NOW - timedelta(days=30), NOW)
    assert not is_near(NOW + timedelta(days=31), NOW)


def test_exact_time_is_the_reader_s() -> None:
    """In the zone and in the way of the language."""
    assert exact(NOW, UTC, "en") == "22 Nov 2026, 05:27"
    assert exact(NOW, TOKYO, "ja") == "2026年11月22日 14:27"
    assert day(NOW - timedelta(hours=6), TOKYO, "en") == "22 Nov 2026"
    assert clock(NOW, TOKYO) == "14:27:09"


@pytest.mark.parametrize("name", [None, "", "Nowhere/None", "../../etc/passwd", "Europe", "a\0b"])
def test_zone_that_is_none_is_utc(name: str | None) -> None:
    """Whatever stands there, a page is shown."""
    assert read_zone(name) == UTC


def test_zone_is_read_by_name() -> None:
    """As the time zone database names it."""
    assert read_zone("Asia/Tokyo") == TOKYO


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0019, "1.9 ms"), (0.041, "41 ms"), (0.9, "900 ms"), (2.34, "2.3 s"), (119, "119.0 s"), (180, "3 min")],
)
def test_duration_has_its_unit(seconds: float, text: str) -> None:
    """Two figures or so, whatever the size."""
    assert duration(seconds) == text
