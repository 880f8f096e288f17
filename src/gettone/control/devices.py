"""What a browser says that it is, in two names that people know. Pure; must not know who sat at it.

Browsers name each other, so the order counts: the more special one stands first.
"""

from __future__ import annotations

from dataclasses import dataclass

USER_AGENT_CHARACTERS_MAX = 300

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chromium", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser and what it runs on; None for what is not known."""

    browser: str | None
    system: str | None


def device_of(user_agent: str) -> Device:
    """The device that a User-Agent header names."""
    return Device(_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))


def kept_user_agent(text: str) -> str:
    """A User-Agent header as it is kept: short, and nothing in it but printable ASCII."""
    return "".join(letter for letter in text[:USER_AGENT_CHARACTERS_MAX] if " " <= letter <= "~")


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for sign, name in names if sign in user_agent), None)
