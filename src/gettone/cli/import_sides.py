"""Whom an import asks: the account that it comes from, and the Gettone that it goes to. Never one for the other.

`--username` and `TWILIO_*` are the source's here, as with Twilio's own tools. The target is a profile, the project's
link, or what begins with `--to`. Must not know what is imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gettone.cli.asking import ask, ask_secret, read_secret
from gettone.cli.connecting import (
    ACCOUNT_VARIABLES,
    KEY_VARIABLES,
    ConnectOptions,
    choose,
    given_secret,
    look_around,
    open_connection,
)
from gettone.cli.output import warn
from gettone.model.errors import PlatformError

if TYPE_CHECKING:
    from gettone.client.connection import Connection, Credentials

# What a target may not take from variables: they are the source's.
_OF_THE_TARGET = ("GETTONE_URL",)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Who asks the source, and where it is; None where nothing was typed."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_stdin: bool = False
    api_url: str | None = None
    region: str | None = None
    edge: str | None = None


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """Which Gettone takes the import in, and as whom; None where nothing was typed."""

    url: str | None = None
    username: str | None = None
    password_stdin: bool = False
    profile: str | None = None


def find_credentials(username: str | None, environ: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Name and secret of who asks the source, as far as both are known.

    An auth token before a key: it may list keys, and signs for protected assets.
    """
    pairs = [tuple(environ.get(name) or None for name in names) for names in (ACCOUNT_VARIABLES, KEY_VARIABLES)]
    for name, secret in pairs:
        if name is not None and name == username:
            return name, secret
        if username is None and name is not None and secret is not None:
            return name, secret
    return username or pairs[0][0], None


def source_credentials(options: SourceOptions) -> Credentials:
    """Who asks the source: from options, stdin, variables, or whoever sits there. Raises PlatformError `invalid`."""
    from gettone.client.connection import Credentials

    given = given_secret(ConnectOptions(password=options.password, password_stdin=options.password_stdin))
    username, known = find_credentials(options.username, os.environ)
    username = username or ask(
        "Account SID of the account to import from", instead="--username, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    )
    secret = given or known
    if secret is None:
        secret = ask_secret(f"Auth token or secret of {username}", instead="--password-stdin, or TWILIO_AUTH_TOKEN")
    return Credentials(username, secret)


def open_source(options: SourceOptions, credentials: Credentials) -> Connection:
    """A connection to the source, not yet used. Raises PlatformError `invalid` for an address that is none."""
    from gettone.client.address import twilio_at
    from gettone.client.connection import Connection

    region = options.region or os.environ.get("TWILIO_REGION") or None
    edge = options.edge or os.environ.get("TWILIO_EDGE") or None
    address = twilio_at(options.api_url, region, edge)
    if not address.is_encrypted:
        warn(f"{address.name} is not encrypted: the secret can be read on the way. Use https")
    return Connection(address, credentials, ca_file=trusted())


def open_target(options: TargetOptions) -> Connection:
    """A connection to the Gettone that takes the import in, not yet used. Raises PlatformError `invalid`."""
    around = look_around(Path())
    around = replace(
        around, environ={name: around.environ[name] for name in _OF_THE_TARGET if name in around.environ}, dotenv={}
    )
    try:
        choice = choose(ConnectOptions(options.url, options.username, profile=options.profile), around)
    except PlatformError as error:
        raise PlatformError(
            error.code,
            f"it is not said which Gettone takes the import in: {error.message.replace('--username', '--to-username')}",
        ) from None
    username = choice.username or ask(f"SID of your account or key at {choice.url}", instead="--to-username")
    secret = read_secret() if options.password_stdin else choice.secret
    if secret is None:
        secret = ask_secret(f"Secret of {username} at {choice.url}", instead="--to-password-stdin")
    return open_connection(choice.url, username, secret)


@contextmanager
def speaking_of_the_target() -> Iterator[None]:
    """Let errors name the options that are the target's here."""
    try:
        yield
    except PlatformError as error:
        raise PlatformError(error.code, _for_target(error.message), **error.evidence) from error


def trusted() -> Path | None:
    """Certificates to trust in the source's instead of the system's."""
    named = os.environ.get("SSL_CERT_FILE")
    return Path(named) if named else None


def _for_target(message: str) -> str:
    # Those of the source are told apart by then.
    return message.replace("--url", "--to")
