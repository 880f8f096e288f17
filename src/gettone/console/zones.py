"""Time zones to choose from, and the one that a browser says it is in. Must not know whose it is."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from gettone.console.forms import Form


@cache
def known_zones() -> tuple[str, ...]:
    """The names that people choose among, in order: places, and UTC."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return ("UTC", *sorted(places))


def zone_in(form: Form) -> str | None:
    """The zone that came along unasked; None for none, and for one that is not known here."""
    zone = form.text("zone")
    return zone if zone in known_zones() else None
