"""`.twilioserverlessrc`: what a project says once for the options of its verbs, as twilio-run reads it. JSON5.

What stands at the top is for all; `commands.deploy` is for one verb, `environments.stage` for one environment (`*` is
production), `projects.AC...` for one account; of these the later one wins. Names are twilio-run's, and what is not
known here is passed over: the file may say more to others. Must not know what the options do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import json5

from gettone.model.errors import PlatformError
from gettone.project.files import decode_text, find_bytes

CONFIG_FILE = ".twilioserverlessrc"
PRODUCTION = "*"
_SCOPES = ("commands", "environments", "projects")


@dataclass(frozen=True, slots=True)
class ServerlessConfig:
    """What a project says for one verb, one environment and one account: names and values."""

    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A text; None where nothing is said. Raises PlatformError `invalid` for anything else."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value or None
        raise _wrong(f"{name} must be a text")

    def flag(self, name: str) -> bool | None:
        """Yes or no; None where nothing is said. Errors as in `text`."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return value
        raise _wrong(f"{name} must be true or false")


def read_config(
    folder: Path, verb: str, *, suffix: str | None = None, is_production: bool = False, account: str | None = None
) -> ServerlessConfig:
    """What the folder's file says. Raises PlatformError `invalid`."""
    content = find_bytes(folder / CONFIG_FILE, CONFIG_FILE)
    return (
        ServerlessConfig()
        if content is None
        else parse_config(
            decode_text(content, CONFIG_FILE), verb, suffix=suffix, is_production=is_production, account=account
        )
    )


def parse_config(
    text: str, verb: str, *, suffix: str | None = None, is_production: bool = False, account: str | None = None
) -> ServerlessConfig:
    """Read the file's text. Errors as in `read_config`."""
    try:
        said: object = json5.loads(text.removeprefix("\ufeff"), allow_duplicate_keys=False)
    except (ValueError, RecursionError) as error:
        reason = str(error).removeprefix("<string>:")
        raise _wrong(f"cannot be read as JSON5 (line {reason})" if str(error) != reason else "cannot be read") from None
    top = _table(said, "the file")
    values = {name: value for name, value in top.items() if name not in _SCOPES}
    environment = PRODUCTION if is_production else suffix
    for scope, name in (("commands", verb), ("environments", environment), ("projects", account)):
        scoped = _table(top.get(scope, {}), scope)
        if name is not None and name in scoped:
            values |= _table(scoped[name], f"{scope}.{name}")
    return ServerlessConfig(values)


def _table(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong(f"{name} must be an object")
    return value


def _wrong(what: str) -> PlatformError:
    return PlatformError("invalid", f"{CONFIG_FILE}: {what}: mend it", file=CONFIG_FILE)
