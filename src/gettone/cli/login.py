"""`gettone login`: be known to a server from now on. With an account's auth token, by a key made for that alone.

The auth token opens everything and ends only when it is changed everywhere; a key shows in the list, and ends alone.
"""

from __future__ import annotations

import getpass
import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.asking import ask, ask_secret, read_secret
from gettone.cli.connecting import (
    LOCAL,
    ConnectOptions,
    Password,
    PasswordStdin,
    ProfileName,
    Username,
    given_secret,
    is_same_server,
    open_connection,
)
from gettone.cli.given import GIVEN
from gettone.cli.output import Format, Json, Output, chosen, printable, say, show_one, warn
from gettone.cli.profiles import Profile, Profiles, check_name, profiles_file, read_profiles, write_profiles
from gettone.client.accounts import Accounts, RemoteIdentity
from gettone.client.address import origin_of
from gettone.client.connection import Connection
from gettone.client.keys import Keys
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError

KEY_NAME_CHARACTERS_MAX = 64

_RIGHTS = {"main": "everything in the account", "standard": "everything but accounts, keys and people"}

app = typer.Typer()


@app.command(epilog="Example: gettone login http://localhost:8001")
def login(
    url: Annotated[str | None, typer.Argument(metavar="[URL]", help="Of console and API.")] = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    key_type: Annotated[
        ApiKeyType, typer.Option(help="Of the key that is made: main may do everything, standard no keys and people.")
    ] = ApiKeyType.MAIN,
    output: Output = Format.TABLE,
    as_json: Json = False,
) -> None:
    """Sign in to a server, and keep who you are there for the other verbs.

    Takes an account's SID and auth token, or an API key's SID and secret: asked for, or the secret on stdin.
    """
    if key_type is ApiKeyType.RESTRICTED:
        raise typer.BadParameter(
            "a restricted key needs a policy: make it with gettone keys create, and sign in with it"
        )
    name = profile or GIVEN.profile
    if name is not None:
        check_name(name)
    file = profiles_file(os.environ)
    kept = read_profiles(file)
    url = url or os.environ.get("GETTONE_URL") or ask("URL of the server", LOCAL, instead="the URL: gettone login URL")
    origin_of(url)  # before anything is asked
    username = username or ask("SID of the account or the API key", instead="--username")
    secret = given_secret(ConnectOptions(password=password, password_stdin=password_stdin)) or _secret_of(username)
    with open_connection(url, username, secret) as connection:
        identity = _identify(connection)
        name = name or _name_for(kept, connection.address.name, identity.account_sid)
        before = kept.by_name.get(name)
        if before is not None:
            _check_same(before, name, connection.address.name, identity.account_sid)
        made = _settle(connection, identity, secret, key_type, kept, name, file)
    _end_former_key(before, made)
    _tell(made, name, file, _rights(identity, key_type), chosen(output, as_json))


def _secret_of(username: str) -> str:
    if GIVEN.no_input or not sys.stdin.isatty():
        return read_secret()
    return ask_secret("Auth token" if username.startswith("AC") else f"Secret of {username}")


def _identify(connection: Connection) -> RemoteIdentity:
    """Who this is, says the server. Raises PlatformError, also for a server that is none of Gettone's."""
    try:
        return Accounts(connection).identity()
    except PlatformError as error:
        if error.code != "not_found":
            raise
        raise PlatformError(
            "invalid",
            f"{connection.address.name} is no console of a Gettone: functions answer on one port, "
            "console and API on another (8001 unless it was set)",
            **error.evidence,
        ) from error


def _check_same(before: Profile, name: str, url: str, account_sid: str) -> None:
    """Raise PlatformError `conflict` where the name is another server's or another account's."""
    if before.account_sid != account_sid or not is_same_server(before.url, url):
        raise PlatformError(
            "conflict",
            f"the profile {name} is that of {before.account_sid} at {before.url}: choose another name with --profile, "
            f"or leave that one with gettone logout --profile {name}",
        )


def _settle(
    connection: Connection,
    identity: RemoteIdentity,
    secret: str,
    key_type: ApiKeyType,
    kept: Profiles,
    name: str,
    file: Path,
) -> Profile:
    """Keep a profile: what was given where that is a key, else a key made for it. What is not kept is not left over."""
    url = connection.address.name
    if identity.kind == "api key":
        profile = Profile(url, identity.name, secret, identity.account_sid)
        write_profiles(file, kept.put(name, profile))
        return profile
    new = Keys(connection).create(_key_name(), key_type)
    try:
        profile = Profile(url, new.key.sid, new.secret, identity.account_sid, is_own_key=True)
        write_profiles(file, kept.put(name, profile))
    except BaseException:
        Keys(connection).delete(new.key.sid)
        raise
    return profile


def _end_former_key(before: Profile | None, now: Profile) -> None:
    """Revoke the key that this profile had before, which nobody has any more."""
    if before is None or not before.is_own_key or before.username == now.username:
        return
    try:
        with open_connection(before.url, before.username, before.secret) as connection:
            Keys(connection).delete(before.username)
    except PlatformError as error:
        if error.evidence.get("status") != 401:
            warn(f"the key of the last login, {before.username}, is not revoked: {printable(error.message)}")


def _key_name() -> str:
    """Whose key this is, for the list of keys: user and machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return "".join(each for each in f"{user}@{socket.gethostname()}" if each.isprintable())[:KEY_NAME_CHARACTERS_MAX]


def _name_for(kept: Profiles, url: str, account_sid: str) -> str:
    """The profile that is this account's there already; else `default`, or a name of the server's."""
    for name, profile in kept.by_name.items():
        if profile.account_sid == account_sid and is_same_server(profile.url, url):
            return name
    host = url.partition("://")[2].replace(":", "-").strip("[]")
    wanted = [check_name(host)] if host[:1].isalnum() and ":" not in host and "]" not in host else []
    tries = ("default", *wanted, *(f"server-{number}" for number in range(2, 1000)))
    return next(name for name in tries if name not in kept.by_name)


def _tell(made: Profile, name: str, file: Path, rights: str, output: Format) -> None:
    made_now = " made for this" if made.is_own_key else ""
    say(f"Signed in to {made.url}, account {made.account_sid}, as the profile {name}.")
    say(f"Stored in {file}, readable by you alone: the API key {made.username}{made_now}, and its secret.")
    say(f"The key may do {rights}.")
    if made.is_own_key:
        say("The auth token is not stored. The audit log names the key; gettone logout revokes it.")
    if output is not Format.TABLE:
        told = {"profile": name, "url": made.url, "account_sid": made.account_sid, "username": made.username}
        show_one(output, {**told, "rights": rights, "file": str(file)})


def _rights(identity: RemoteIdentity, key_type: ApiKeyType) -> str:
    """What the stored key may do, in words: that of one's own, or the one that was made."""
    kind = identity.key_type or key_type.value
    what = _RIGHTS.get(kind) or ", ".join(identity.permissions) or "nothing"
    return what if identity.service_sid is None else f"{what}, in the service {identity.service_sid} alone"
