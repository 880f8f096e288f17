"""What an operator may set: `GETTONE_*` variables and one TOML file, with their defaults.

Read by assembly and cli alone. Each setting is explained in docs/settings.md. A variable wins over the file, what was
typed wins over both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from gettone.model.errors import PlatformError

DATA_FOLDER = Path(".gettone")
SETTINGS_FILE = "settings.toml"  # in the data folder
PREFIX = "GETTONE_"
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Bounds default to Twilio's figures where Twilio has one."""

    data: Path = DATA_FOLDER
    settings: Path | None = None
    database_url: str | None = field(default=None, repr=False)
    master_key_file: Path | None = None

    host: str = "127.0.0.1"
    domain: str = "localhost"
    public_url: str | None = None
    console_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None

    account_sid: str | None = None
    auth_token: str | None = field(default=None, repr=False)
    owner_email: str | None = None
    owner_password_file: Path | None = None
    api_keys_file: Path | None = None

    # People: docs/people.md.
    sign_up: str = "invitation"
    session_idle_seconds: int = DAY_SECONDS
    session_seconds: int = 7 * DAY_SECONDS
    smtp_host: str | None = None
    smtp_port: int | None = None
    smtp_tls: str = "starttls"
    smtp_from: str | None = None
    smtp_username: str | None = None
    smtp_password_file: Path | None = None
    sms_webhook_url: str | None = field(default=None, repr=False)
    sms_webhook_secret_file: Path | None = None
    sms_account_sid: str | None = None
    sms_auth_token_file: Path | None = None
    sms_from: str | None = None
    sms_api_url: str | None = None

    # How functions are confined: docs/security.md.
    sandbox: str = "auto"
    network_allow: tuple[str, ...] = ()

    request_bytes: int = 1 << 20
    response_bytes: int = 4 << 20
    header_bytes: int = 15 * 1024
    headers: int = 90
    memory_bytes: int = 256 << 20
    log_bytes: int = 256 << 10
    connections: int = 10_000
    spares: int = 1
    log_retention_seconds: int = 30 * DAY_SECONDS

    # Packages of builds: docs/builds.md.
    npmrc: Path | None = None
    pip_conf: Path | None = None
    install_scripts: bool = False

    # How much of everything there may be; control/limits.py has their reasons.
    services_per_account: int = 50
    environments_per_service: int = 25
    functions_per_service: int = 10_000
    host_names_per_environment: int = 100
    function_versions_per_build: int = 1000
    public_assets_per_build: int = 1000
    protected_assets_per_build: int = 1000
    private_assets_per_build: int = 50
    npm_modules_per_build: int = 100
    builds_per_hour: int = 100
    variable_key_characters: int = 128
    variable_value_bytes: int = 450
    environment_bytes: int = 3072
    unique_name_characters: int = 50
    environment_name_characters: int = 100
    domain_suffix_characters: int = 16
    friendly_name_characters: int = 255
    path_characters: int = 255
    applications_per_account: int = 1000
    subaccounts_per_account: int = 1000
    policy_entries: int = 100
    api_keys_per_account: int = 1000
    members_per_account: int = 1000

    @property
    def console_host(self) -> str | None:
        """The host name in the console's address, where one was set."""
        return None if self.console_url is None else urlsplit(self.console_url).hostname

    @property
    def key_file(self) -> Path:
        """Where the master key is."""
        return self.master_key_file or self.data / "master.key"


def read_settings(environ: Mapping[str, str], typed: Mapping[str, object] | None = None) -> Settings:
    """The settings of a process environment, of the file that it names, and of what was typed (None: not typed).

    Raises PlatformError `invalid`, which names the setting and says what to write.
    """
    given = {name: value for name, value in (typed or {}).items() if value is not None}
    # An empty variable is one that is not set: compose files and units have no other way to say so.
    spoken = {name: text for name in _READERS if (text := environ.get(variable_of(name)))}
    values = {name: _READERS[name](variable_of(name), text) for name, text in spoken.items()}
    return Settings(**{**_of_file(values | given), **values, **given})  # type: ignore[arg-type]


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _of_file(known: Mapping[str, object]) -> dict[str, object]:
    """What the file says: the named one, which has to be there, or the one in the data folder."""
    named = known.get("settings")
    path = Path(str(named)) if named else Path(str(known.get("data", DATA_FOLDER))) / SETTINGS_FILE
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        if named is None:
            return {}
        raise PlatformError(
            "invalid", f"there is no settings file {path}: {variable_of('settings')} names it"
        ) from error
    except OSError as error:
        raise PlatformError("invalid", f"{path} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise PlatformError("invalid", f"{path} is not TOML: {error}") from error
    values: dict[str, object] = {}
    for name, value in content.items():
        if name not in _READERS or name == "settings":
            raise PlatformError(
                "invalid", f"{path}: there is no setting {name}; docs/settings.md lists them", setting=name
            )
        if not isinstance(value, (str, int, list)) or isinstance(value, bool):
            raise PlatformError("invalid", f"{path}: {name} is neither a text, a whole number nor a list of texts")
        text = ",".join(str(each) for each in value) if isinstance(value, list) else str(value)
        values[name] = _READERS[name](f"{path}: {name}", text)
    return values


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise PlatformError("invalid", f"{name} is {text!r}: write a whole number, 0 or more", setting=name)
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text not in ("on", "off"):
        raise PlatformError("invalid", f"{name} is {text!r}: write on or off", setting=name)
    return text == "on"


def _text(name: str, text: str) -> str:
    if "\0" in text or "\n" in text:
        raise PlatformError("invalid", f"{name} holds a line break: write one line", setting=name)
    return text


def _path(_name: str, text: str) -> Path:
    return Path(text).expanduser()


def _words(_name: str, text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _choice(words: tuple[str, ...], name: str, text: str) -> str:
    if text not in words:
        raise PlatformError("invalid", f"{name} is {text!r}: write one of {', '.join(words)}", setting=name)
    return text


_BY_TYPE: Mapping[str, Callable[[str, str], object]] = {
    "int": _whole,
    "int | None": _whole,
    "bool": _switch,
    "str": _text,
    "str | None": _text,
    "Path": _path,
    "Path | None": _path,
    "tuple[str, ...]": _words,
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "sign_up": ("closed", "open", "invitation"),
    "sandbox": ("auto", "bubblewrap", "off"),
    "smtp_tls": ("starttls", "tls", "off"),
}
# Annotations are texts here: every one of them has a reader, or importing this fails.
_READERS: Mapping[str, Callable[[str, str], object]] = {
    **{each.name: _BY_TYPE[str(each.type)] for each in fields(Settings)},
    **{name: partial(_choice, words) for name, words in _CHOICES.items()},
}
