"""Spans of time as people type them: `30s`, `10m`, `24h`, `7d`. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

from gettone.model.errors import PlatformError

_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?([smhdw]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def read_duration(text: str, option: str) -> timedelta:
    """A span; a number alone is seconds. Raises PlatformError `invalid` that names the option."""
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None:
        raise PlatformError("invalid", f"{option} is no span of time: write it as 30s, 10m, 24h or 7d")
    return timedelta(seconds=float(match[1]) * _SECONDS[match[2]])
