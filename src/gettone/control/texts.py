"""Which texts may be names and addresses. Pure; must not know what is named."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from gettone.model.errors import PlatformError

URL_CHARACTERS_MAX = 1024

# PostgreSQL keeps no NUL, a line break in a name forges lines in logs, and no UTF-8 holds half of a surrogate pair.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]]+)(?::[0-9]*)?")


def check_text(parameter: str, text: str, most: int, least: int = 0) -> str:
    """The text, when it is one line of so many characters. Raises PlatformError `invalid` that names the parameter.

    Where it may not be empty, it may not be blank either.
    """
    if least > 0 and len(text.strip()) < least:
        raise PlatformError(
            "invalid", f"{parameter} is missing: it needs {least} or more characters", parameter=parameter
        )
    if len(text) > most:
        raise PlatformError(
            "invalid", f"{parameter} has {len(text)} characters, {most} are allowed: shorten it", parameter=parameter
        )
    if _UNPRINTABLE.search(text):
        raise PlatformError("invalid", f"{parameter} holds a control character: leave it out", parameter=parameter)
    return text


def check_url(parameter: str, text: str) -> str:
    """The text, when it is the address of a web page. Raises PlatformError `invalid` that names the parameter."""
    check_text(parameter, text, URL_CHARACTERS_MAX)
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        # Brackets hold an address of IPv6 and nothing stands around them (RFC 3986, 3.2.2): older Pythons let it pass.
        is_one = is_one and _HOST.fullmatch(parts.netloc.rpartition("@")[2]) is not None
    except ValueError:  # a port that is no number, a bracket that is not closed
        is_one = False
    if not is_one or not text.isascii() or " " in text:
        raise PlatformError(
            "invalid",
            f"{parameter} is no address of a web page: write https://host/path, and %-encode what is not ASCII",
            parameter=parameter,
        )
    return text
