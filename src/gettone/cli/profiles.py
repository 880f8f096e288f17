"""What `gettone login` keeps: servers, and who one is there. Readable by its owner alone, and written whole or not.

The file has secrets in it, so it is neither printed nor put into a message. Must not know how a server is asked.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from gettone.model.errors import PlatformError

FILE = "profiles.toml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_HEAD = "# Written by gettone login. It has secrets in it: keep it to yourself.\n"
_BYTES_MAX = 1 << 20


@dataclass(frozen=True, slots=True)
class Profile:
    """A server and who one is there. `is_own_key` where `login` made the key, so that `logout` revokes it."""

    url: str
    username: str
    secret: str = field(repr=False)
    account_sid: str
    is_own_key: bool = False


@dataclass(frozen=True, slots=True)
class Profiles:
    """All that is kept. `active` is the name of the one that counts where none is named."""

    active: str | None = None
    by_name: Mapping[str, Profile] = field(default_factory=lambda: MappingProxyType({}))

    def get(self, name: str) -> Profile:
        """The profile of a name. Raises PlatformError `not_found` that names the others."""
        if name not in self.by_name:
            known = ", ".join(sorted(self.by_name)) or "none"
            raise PlatformError(
                "not_found", f"there is no profile {name!r} (there is {known}): make it with gettone login --profile"
            )
        return self.by_name[name]

    def put(self, name: str, profile: Profile) -> Profiles:
        """With this one more, which is active now."""
        return Profiles(name, MappingProxyType({**self.by_name, name: profile}))

    def renew(self, name: str, profile: Profile) -> Profiles:
        """With this one in place of that of the same name."""
        return replace(self, by_name=MappingProxyType({**self.by_name, name: profile}))

    def without(self, name: str) -> Profiles:
        """With this one less. The last one that is left becomes active, where the active one goes."""
        left = {each: profile for each, profile in self.by_name.items() if each != name}
        active = self.active if self.active in left else next(iter(left)) if len(left) == 1 else None
        return Profiles(active, MappingProxyType(left))

    def use(self, name: str) -> Profiles:
        """With this one active. Raises PlatformError `not_found`."""
        self.get(name)
        return replace(self, active=name)


def check_name(name: str) -> str:
    """The name of a profile. Raises PlatformError `invalid`."""
    if not _NAME.fullmatch(name):
        raise PlatformError("invalid", "a profile's name has letters, digits, dots and hyphens: choose another")
    return name


def profiles_file(environ: Mapping[str, str]) -> Path:
    """Where profiles are kept (XDG Base Directory Specification)."""
    config = environ.get("XDG_CONFIG_HOME") or ""
    # A relative one is to be ignored, the specification says.
    folder = Path(config) if config.startswith("/") else Path.home() / ".config"
    return folder / "gettone" / FILE


def read_profiles(file: Path) -> Profiles:
    """What is kept. Raises PlatformError `invalid` for a file that cannot be read."""
    try:
        with file.open("rb") as stream:
            values = tomllib.loads(stream.read(_BYTES_MAX).decode("utf-8"))
    except FileNotFoundError:
        return Profiles()
    except UnicodeDecodeError:
        raise _broken(file, "it is not UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError):
        # What TOML says of it could show a secret.
        raise _broken(file, "it is no TOML") from None
    except OSError as error:
        raise _broken(file, str(error.strerror)) from None
    active, tables = values.get("active"), values.get("profiles", {})
    if not isinstance(tables, dict) or not isinstance(active, str | None):
        raise _broken(file, "it has no profiles")
    by_name = {name: _read(file, name, table) for name, table in tables.items()}
    return Profiles(active if active in by_name else None, MappingProxyType(by_name))


def write_profiles(file: Path, profiles: Profiles) -> None:
    """Keep all of it, in place of what was kept. Raises PlatformError `unavailable`; then nothing has changed."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.parent.chmod(0o700)
        descriptor, draft = tempfile.mkstemp(prefix=f".{FILE}-", dir=file.parent)  # 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(_write(profiles))
                stream.flush()
                os.fsync(stream.fileno())
            Path(draft).replace(file)
        except BaseException:
            with suppress(OSError):
                Path(draft).unlink()
            raise
    except OSError as error:
        raise PlatformError(
            "unavailable", f"{file} cannot be written ({error.strerror}): set XDG_CONFIG_HOME to a folder of yours"
        ) from error


def _read(file: Path, name: str, table: object) -> Profile:
    if not isinstance(table, dict):
        raise _broken(file, f"the profile {name} is no table")
    texts = {each: table.get(each) for each in ("url", "username", "secret", "account_sid")}
    missing = [each for each, value in texts.items() if not isinstance(value, str)]
    if missing:
        raise _broken(file, f"the profile {name} has no {missing[0]}")
    return Profile(**{each: str(value) for each, value in texts.items()}, is_own_key=table.get("is_own_key") is True)


def _write(profiles: Profiles) -> str:
    # A JSON string is a TOML string: both escape what must be escaped, and nothing here is a surrogate or DEL.
    lines = [_HEAD]
    if profiles.active is not None:
        lines.append(f"active = {json.dumps(profiles.active)}\n")
    for name, profile in profiles.by_name.items():
        lines.append(f"\n[profiles.{json.dumps(name)}]\n")
        values = {"url": profile.url, "username": profile.username, "secret": profile.secret}
        values["account_sid"] = profile.account_sid
        lines += [f"{each} = {json.dumps(value)}\n" for each, value in values.items()]
        if profile.is_own_key:
            lines.append("is_own_key = true\n")
    return "".join(lines)


def _broken(file: Path, why: str) -> PlatformError:
    return PlatformError("invalid", f"{file} cannot be used ({why}): mend it, or move it away and gettone login again")
