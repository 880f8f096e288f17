"""How moments are written and read: ISO 8601 on the newer paths, RFC 2822 on the older ones. Pure.

Twilio's Python client reads exactly `2018-11-10T20:00:00Z`: with a fraction it leaves a raw text. So these have none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

from gettone.model.errors import PlatformError


def iso8601(moment: datetime) -> str:
    """`2018-11-10T20:00:00Z`."""
    return _utc(moment).isoformat(timespec="seconds") + "Z"


def rfc2822(moment: datetime) -> str:
    """`Thu, 30 Jul 2015 20:00:00 +0000`."""
    return format_datetime(moment.astimezone(UTC))


def precise(moment: datetime) -> str:
    """`2018-11-10T20:00:00.123456Z`, for our own paths: log lines of one second have an order."""
    return _utc(moment).isoformat(timespec="microseconds") + "Z"


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def read_date(text: str, parameter: str) -> datetime:
    """The moment that a text in ISO 8601 names, in UTC unless it says otherwise. Raises PlatformError `invalid`."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PlatformError(
            "invalid", f"{parameter} is no date: write 2026-01-31 or 2026-01-31T12:00:00Z", parameter=parameter
        ) from None
