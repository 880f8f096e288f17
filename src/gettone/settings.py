"""What an operator may set: `GETTONE_*` variables, with their defaults. Read by assembly and cli alone.

Each setting is explained in docs/settings.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from gettone.model.errors import PlatformError


@dataclass(frozen=True, slots=True)
class Settings:
    """Bounds of one node. Defaults are Twilio's figures where Twilio has one."""

    request_bytes: int = 1 << 20
    response_bytes: int = 4 << 20
    header_bytes: int = 15 * 1024
    headers: int = 90
    memory_bytes: int = 256 << 20
    log_bytes: int = 256 << 10
    connections: int = 10_000
    spares: int = 1


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings of a process environment. Raises PlatformError `invalid` naming the variable."""
    values: dict[str, int] = {}
    for setting in fields(Settings):
        name = f"GETTONE_{setting.name.upper()}"
        text = environ.get(name)
        if text is None:
            continue
        if not text.isascii() or not text.isdigit() or len(text) > 15:
            raise PlatformError("invalid", f"{name} is {text!r}: write a whole number, 0 or more", setting=name)
        values[setting.name] = int(text)
    return Settings(**values)
