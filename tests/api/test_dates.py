"""Moments as clients read them, and as they write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.api.dates import iso8601, precise, read_date, rfc2822
from gettone.model.errors import PlatformError

MOMENT = datetime(2015, 7, 30, 22, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))


def test_iso_8601_has_no_fraction() -> None:
    """Twilio's Python client takes exactly this form."""
    assert iso8601(MOMENT) == "2015-07-30T20:00:00Z"


def test_rfc_2822_names_its_zone() -> None:
    """As the paths of 2010 write it."""
    assert rfc2822(MOMENT) == "Thu, 30 Jul 2015 20:00:00 +0000"


def test_own_moments_are_whole() -> None:
    """Nothing is cut off."""
    assert precise(MOMENT) == "2015-07-30T20:00:00.123456Z"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00.5+02:00", datetime(2026, 1, 31, 10, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_date_is_read(text: str, moment: datetime) -> None:
    """Dates and times, with a zone or without."""
    assert read_date(text, "StartDate") == moment


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-01:00"]
)
def test_other_text_is_no_date(text: str) -> None:
    """What is no moment of the calendar is told apart by name."""
    with pytest.raises(PlatformError, match="StartDate is no date"):
        read_date(text, "StartDate")


@given(st.datetimes(timezones=st.just(UTC)))
def test_own_moments_are_read_back(moment: datetime) -> None:
    """What we write, we read."""
    assert read_date(precise(moment), "StartDate") == moment
