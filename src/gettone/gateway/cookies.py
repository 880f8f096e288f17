"""Which cookies pass between a browser and a function: never the console's own, in neither direction.

Must not know HTTP messages: these are texts of headers.
"""

from __future__ import annotations

from gettone.model.cookies import CONSOLE_COOKIES

_SPACE = " \t"
# Browsers tell case apart in names, but for the prefix (RFC 6265bis section 4.1.3): any spelling is kept back.
_WITHHELD = frozenset(name.lower() for name in CONSOLE_COOKIES)
_WITHHELD_BYTES = tuple(name.encode() for name in _WITHHELD)


def without_console(cookie: bytes) -> bytes:
    """A Cookie header without the console's pairs. The rest is left exactly as it came."""
    lowered = cookie.lower()
    if not any(name in lowered for name in _WITHHELD_BYTES):
        return cookie
    kept = [pair for pair in cookie.split(b";") if not is_console(pair.decode("latin-1"))]
    return b";".join(kept).strip()


def is_console(pair: str) -> bool:
    """Whether a cookie, `name=value` and maybe attributes after it, is one that a browser would send as the console's.

    A cookie without a name is sent as its value alone: `=gettone=x` comes back as `gettone=x`.
    """
    text = pair.partition(";")[0].lstrip(_SPACE + "=")
    return text.partition("=")[0].strip(_SPACE).lower() in _WITHHELD
