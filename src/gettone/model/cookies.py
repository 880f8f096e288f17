"""The names of the console's own cookies. Functions may share its host name, and browsers ignore ports.

Must not know what the cookies hold.
"""

from __future__ import annotations

# `__Host-` is what browsers keep to https and to one host; over plain http on loopback it cannot be had.
CONSOLE_COOKIE = "__Host-gettone"
CONSOLE_COOKIE_PLAIN = "gettone"
# How somebody likes to read, kept while nobody is signed in.
LOCALE_COOKIE = "gettone-locale"
THEME_COOKIE = "gettone-theme"
CONSOLE_COOKIES = frozenset({CONSOLE_COOKIE, CONSOLE_COOKIE_PLAIN, LOCALE_COOKIE, THEME_COOKIE})
