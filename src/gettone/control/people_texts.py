"""What people say of themselves, checked: language, time zone, phone number, and that they accept the terms. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from zoneinfo import available_timezones

from gettone.control.letters import LOCALES
from gettone.model.errors import PlatformError

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164, 6.1
_PHONE_CHARACTERS_MAX = 40


def check_locale(locale: str | None) -> str | None:
    """A language that the console speaks; None for what the browser says. Raises PlatformError `invalid`."""
    if locale is not None and locale not in LOCALES:
        raise PlatformError("invalid", f"Locale is none of {', '.join(LOCALES)}: choose one", parameter="Locale")
    return locale


def check_zone(zone: str | None) -> str | None:
    """A time zone of the tz database; None for what the browser says. Raises PlatformError `invalid`."""
    if zone is not None and zone not in _zones():
        raise PlatformError("invalid", "Zone is no time zone: write one like Europe/Rome", parameter="Zone")
    return zone


def check_phone(phone: str) -> str:
    """A phone number as it is kept: a plus sign and digits. Raises PlatformError `invalid`."""
    plain = unicodedata.normalize("NFKC", phone[:_PHONE_CHARACTERS_MAX])
    number = re.sub(r"[\s().\-/\u2010-\u2015]", "", plain)
    if number.startswith("00"):
        number = "+" + number[2:]
    if not _PHONE.fullmatch(number):
        raise PlatformError(
            "invalid",
            "Phone is no number with its country: write it like +39 06 12345678, from the plus sign on",
            parameter="Phone",
        )
    return number


def check_terms(accepts_terms: bool) -> None:
    """Raises PlatformError `invalid` for who does not accept the terms."""
    if not accepts_terms:
        raise PlatformError("invalid", "the terms have to be accepted to sign up", parameter="Terms")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
