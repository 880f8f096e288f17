"""Which server a verb asks, and as whom: decided from options, profiles, variables and the project, in this order.

1. `--url`, `--username` and a password; what is left out comes from below, but credentials only from the same server's.
2. `--profile`.
3. `GETTONE_URL` with `TWILIO_API_KEY` and `TWILIO_API_SECRET`, or `TWILIO_ACCOUNT_SID` and `TWILIO_AUTH_TOKEN`; or the
   project's `.env` with `ACCOUNT_SID` and `AUTH_TOKEN`, as twilio-run has it.
4. The project's link; the active profile.

Credentials of variables and `.env` go to an address that was named, never to a profile's: they may be somebody else's.
Must not know what is asked.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gettone.cli.asking import ask, ask_secret, read_secret
from gettone.cli.given import GIVEN, note_profile
from gettone.cli.link_file import Link, read_link
from gettone.cli.output import warn
from gettone.cli.profiles import Profiles, profiles_file, read_profiles
from gettone.model.errors import PlatformError

if TYPE_CHECKING:
    from gettone.client.connection import Connection

Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="The Gettone to ask; else GETTONE_URL.")]
Username = Annotated[
    str | None, typer.Option("--username", "-u", metavar="SID", help="An account's SID, or an API key's.")
]
Password = Annotated[
    str | None,
    typer.Option("--password", "-p", metavar="SECRET", help="Its secret. Others on this machine can read it here."),
]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the secret from stdin.")]
ProfileName = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", callback=note_profile, help="The profile to use.")
]

KEY_VARIABLES = ("TWILIO_API_KEY", "TWILIO_API_SECRET")
ACCOUNT_VARIABLES = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
PROJECT_VARIABLES = ("ACCOUNT_SID", "AUTH_TOKEN")
LOCAL = "http://localhost:8001"


@dataclass(frozen=True, slots=True)
class ConnectOptions:
    """What was typed; None where nothing was."""

    url: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_stdin: bool = False
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What there is beside the options."""

    environ: Mapping[str, str] = field(repr=False)
    dotenv: Mapping[str, str] = field(repr=False)
    profiles: Profiles
    link: Link | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A server and who asks it; None for what is still to be asked for. `profile` is where it is from, if from one."""

    url: str
    username: str | None
    secret: str | None = field(repr=False)
    profile: str | None = None


def connect(options: ConnectOptions | None = None) -> Connection:
    """A connection to the server that is meant, not yet used. Raises PlatformError `invalid` where none is named."""
    options = options or ConnectOptions()
    given = given_secret(options)
    choice = choose(options, look_around(Path()))
    username = choice.username or ask("SID of the account or the API key", instead="--username")
    secret = given or choice.secret
    if secret is None:
        secret = ask_secret(f"Secret of {username}", instead="--password-stdin")
    return open_connection(choice.url, username, secret)


def open_connection(url: str, username: str, secret: str) -> Connection:
    """A connection to a Gettone, not yet used. Says so where others could read what is sent."""
    from gettone.client.address import gettone_at
    from gettone.client.connection import Connection, Credentials

    address = gettone_at(url)
    if not address.is_encrypted:
        warn(f"{address.name} is not encrypted: the secret can be read on the way. Use https")
    return Connection(address, Credentials(username, secret), ca_file=_ca_file(os.environ))


def choose(options: ConnectOptions, around: Around) -> Choice:
    """Which server, and as whom. Raises PlatformError `invalid` where no server is named."""
    named = options.profile or GIVEN.profile
    profile = _profile(named, around)
    url = options.url or (around.environ.get("GETTONE_URL") if named is None else None)
    if not url:
        if profile is None:
            raise _nobody()
        kept = around.profiles.get(profile)
        if options.username is not None and options.username != kept.username:
            return Choice(kept.url, options.username, None)
        return Choice(kept.url, kept.username, kept.secret, profile)
    if options.username is not None:
        return Choice(url, options.username, _secret_for(options.username, url, profile, around))
    for names, values in (
        (KEY_VARIABLES, around.environ),
        (ACCOUNT_VARIABLES, around.environ),
        (PROJECT_VARIABLES, around.dotenv),
    ):
        username, secret = (values.get(name) for name in names)
        if username and secret and named is None:
            return Choice(url, username, secret)
    if profile is not None and is_same_server(around.profiles.get(profile).url, url):
        kept = around.profiles.get(profile)
        return Choice(url, kept.username, kept.secret, profile)
    return Choice(url, None, None)


def look_around(folder: Path) -> Around:
    """What there is beside the options: variables, the project's files, profiles."""
    return Around(
        environ=os.environ,
        dotenv=_read_dotenv(folder),
        profiles=read_profiles(profiles_file(os.environ)),
        link=read_link(folder),
    )


def given_secret(options: ConnectOptions) -> str | None:
    """The secret that was typed with the command, or comes on stdin; None for neither."""
    if options.password_stdin:
        if options.password is not None:
            raise PlatformError("invalid", "--password and --password-stdin are given: give one of them")
        return read_secret()
    if options.password is not None:
        warn("a password on the command line can be read by others on this machine: use --password-stdin")
    return options.password


def _ca_file(environ: Mapping[str, str]) -> Path | None:
    """Certificates to trust instead of the system's."""
    named = environ.get("SSL_CERT_FILE")
    return Path(named) if named else None


def _profile(named: str | None, around: Around) -> str | None:
    if named is not None:
        around.profiles.get(named)
        return named
    if around.link is not None:
        around.profiles.get(around.link.profile)
        return around.link.profile
    return around.profiles.active


def _secret_for(username: str, url: str, profile: str | None, around: Around) -> str | None:
    """The secret of a name where it is known already."""
    for names, values in (
        (KEY_VARIABLES, around.environ),
        (ACCOUNT_VARIABLES, around.environ),
        (PROJECT_VARIABLES, around.dotenv),
    ):
        if values.get(names[0]) == username:
            return values.get(names[1]) or None
    if profile is not None:
        kept = around.profiles.get(profile)
        if kept.username == username and is_same_server(kept.url, url):
            return kept.secret
    return None


def is_same_server(one: str, other: str) -> bool:
    """Whether two URLs are of one server."""
    from gettone.client.address import origin_of

    return origin_of(one) == origin_of(other)


def _read_dotenv(folder: Path) -> Mapping[str, str]:
    if not (folder / ".env").is_file():
        return {}
    from gettone.project.variables import read_variables

    return read_variables(folder, None)[0]


def _nobody() -> PlatformError:
    return PlatformError(
        "invalid", f"no server is named: sign in with gettone login {LOCAL}, or give --url and --username"
    )
