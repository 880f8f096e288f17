"""What `gettone.toml` says, checked word by word. Must not know what the figures are used for."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gettone.model.errors import PlatformError
from gettone.model.services import CONCURRENCY_MAX, TIMEOUT_SECONDS_MAX, WORKERS_MAX, ServiceSettings
from gettone.project.files import decode_text, find_bytes
from gettone.sandbox.addresses import read_target

SETTINGS_FILE = "gettone.toml"

_TABLES = ("service", "network")
_SERVICE_KEYS = ("concurrency", "timeout_seconds", "workers_max")
_NETWORK_KEYS = ("allow",)
TARGETS_MAX = 100


def read_settings(folder: Path) -> ServiceSettings:
    """The settings of the folder's `gettone.toml`, the defaults where there is none. Errors as in `parse_settings`."""
    content = find_bytes(folder / SETTINGS_FILE, SETTINGS_FILE)
    return ServiceSettings() if content is None else parse_settings(decode_text(content, SETTINGS_FILE))


def parse_settings(text: str) -> ServiceSettings:
    """Read settings. Raises PlatformError `invalid` for a wrong syntax, an unknown name or a figure out of range."""
    service = _table(text, "service", _SERVICE_KEYS)
    default = ServiceSettings()
    return ServiceSettings(
        concurrency=_count(service, "concurrency", default.concurrency, CONCURRENCY_MAX),
        workers_max=_count(service, "workers_max", default.workers_max, WORKERS_MAX),
        timeout_seconds=_seconds(service, "timeout_seconds", default.timeout_seconds, TIMEOUT_SECONDS_MAX),
    )


def read_network(folder: Path) -> tuple[str, ...]:
    """What the folder's functions may call beside public addresses. Errors as in `parse_network`."""
    content = find_bytes(folder / SETTINGS_FILE, SETTINGS_FILE)
    return () if content is None else parse_network(decode_text(content, SETTINGS_FILE))


def parse_network(text: str) -> tuple[str, ...]:
    """Read `[network] allow`: addresses with ports. Raises PlatformError `invalid`."""
    allow = _table(text, "network", _NETWORK_KEYS).get("allow", [])
    if not isinstance(allow, list) or len(allow) > TARGETS_MAX or not all(isinstance(each, str) for each in allow):
        raise PlatformError(
            "invalid",
            f'{SETTINGS_FILE}: network.allow is a list of at most {TARGETS_MAX} texts: ["127.0.0.1:5432"]',
            file=SETTINGS_FILE,
            key="network.allow",
        )
    try:
        return tuple(str(read_target(each)) for each in allow)
    except ValueError as error:
        message = f"{SETTINGS_FILE}: network.allow: {error}"
        raise PlatformError("invalid", message, file=SETTINGS_FILE, key="network.allow") from None


def _table(text: str, name: str, keys: tuple[str, ...]) -> dict[str, object]:
    try:
        # Windows editors put a byte order mark first.
        tables: dict[str, object] = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PlatformError("invalid", f"{SETTINGS_FILE} cannot be read: {error}", file=SETTINGS_FILE) from None
    _check_names(tables, _TABLES, "", "table")
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise PlatformError("invalid", f"{SETTINGS_FILE}: {name} is a table: write [{name}]", file=SETTINGS_FILE)
    _check_names(table, keys, f"{name}.", "name")
    return table


def _check_names(table: dict[str, object], allowed: tuple[str, ...], prefix: str, noun: str) -> None:
    for key in table:
        if key not in allowed:
            names = ", ".join(prefix + name for name in allowed)
            raise PlatformError(
                "invalid",
                f"{SETTINGS_FILE}: {prefix}{key} is no {noun} here; allowed: {names}",
                file=SETTINGS_FILE,
                key=prefix + key,
                allowed=allowed,
            )


def _count(service: dict[str, object], key: str, default: int, highest: int) -> int:
    value = service.get(key, default)
    if type(value) is not int or not 1 <= value <= highest:
        raise _out_of_range(key, f"a whole number from 1 to {highest}")
    return value


def _seconds(service: dict[str, object], key: str, default: float, highest: float) -> float:
    value = service.get(key, default)
    if type(value) not in (int, float) or not isinstance(value, int | float) or not 0 < value <= highest:
        raise _out_of_range(key, f"a number of seconds above 0, at most {highest:g}")
    return float(value)


def _out_of_range(key: str, rule: str) -> PlatformError:
    return PlatformError(
        "invalid", f"{SETTINGS_FILE}: service.{key} must be {rule}", file=SETTINGS_FILE, key=f"service.{key}"
    )
