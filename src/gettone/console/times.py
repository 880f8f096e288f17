"""Times as people say them: how long ago, and exactly when in the reader's zone. Pure. Must not know pages."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTE, HOUR, DAY = 60, 3600, 86400
# Beyond this, a date says more than a number of days.
RELATIVE_DAYS = 30

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def ago(moment: datetime, now: datetime) -> tuple[str, int]:
    """How far a moment is from now: the end of a word's key, and its count."""
    seconds = (now - moment).total_seconds()
    side, distance = ("ago", seconds) if seconds >= 0 else ("ahead", -seconds)
    if distance < MINUTE:
        return ("just_now", 0) if side == "ago" else ("in_a_moment", 0)
    if distance < HOUR:
        return f"minutes_{side}", int(distance // MINUTE)
    if distance < DAY:
        return f"hours_{side}", int(distance // HOUR)
    return f"days_{side}", int(distance // DAY)


def is_near(moment: datetime, now: datetime) -> bool:
    """Whether a distance in words says more than a date."""
    return abs((now - moment).total_seconds()) < RELATIVE_DAYS * DAY


def exact(moment: datetime, zone: tzinfo, locale: str) -> str:
    """Day and minute in a zone, as a locale writes them."""
    local = moment.astimezone(zone)
    return f"{day(moment, zone, locale)}{' ' if locale == 'ja' else ', '}{local:%H:%M}"


def day(moment: datetime, zone: tzinfo, locale: str) -> str:
    """The day in a zone, as a locale writes it."""
    local = moment.astimezone(zone)
    if locale == "ja":
        return f"{local.year}年{local.month}月{local.day}日"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def clock(moment: datetime, zone: tzinfo) -> str:
    """The time of day in a zone, to the second."""
    return f"{moment.astimezone(zone):%H:%M:%S}"


def read_zone(name: str | None) -> tzinfo:
    """The zone of a name; UTC when there is none such."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name that is a folder of zones
        return UTC


def duration(seconds: float) -> str:
    """A length of time with its unit: `1.9 ms`, `41 ms`, `2.3 s`, `3 min`."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 2 * MINUTE:
        return f"{seconds:.1f} s"
    return f"{seconds / MINUTE:.0f} min"
