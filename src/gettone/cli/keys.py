"""`gettone keys`: API keys of the account. A secret is printed once, where it is made, and nowhere else."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from gettone.cli.asking import Yes, confirm
from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.durations import read_duration
from gettone.cli.output import Cell, Format, Json, Output, chosen, moment, say, show_one, show_rows, warn
from gettone.cli.profiles import Profile, profiles_file, read_profiles, write_profiles
from gettone.client.connection import Connection
from gettone.client.keys import Keys, NewRemoteKey, RemoteKey
from gettone.model.api_keys import ApiKeyType

app = typer.Typer(help="API keys of the account.", no_args_is_help=True)

Sid = Annotated[str, typer.Argument(metavar="SID", help="The key's.")]


@app.callback()
def _keys() -> None:
    """API keys of the account."""


@app.command("create", epilog="Example: gettone keys create ci --policy deploy --service my-service")
def create_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    key_type: Annotated[
        ApiKeyType | None, typer.Option("--type", help="Standard, unless there is a policy.", show_default=False)
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", metavar="PERMISSION", help="What a restricted key may do; repeat it for more."),
    ] = None,
    service: Annotated[str | None, typer.Option(metavar="SERVICE", help="Limit it to one service.")] = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    output: Output = Format.TABLE,
    as_json: Json = False,
) -> None:
    """Create a key. Its secret is printed this once."""
    names = [each.strip() for item in policy or () for each in item.split(",") if each.strip()]
    wanted = key_type or (ApiKeyType.RESTRICTED if names else ApiKeyType.STANDARD)
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        new = Keys(connection).create(name, wanted, policy=names or None, service=service)
    _show_new(new, chosen(output, as_json))


@app.command("list", epilog="Example: gettone keys list -o json")
def list_keys(
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    output: Output = Format.TABLE,
    as_json: Json = False,
) -> None:
    """List keys, without secrets."""
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        rows = [_row(key) for key in Keys(connection).list()]
    columns = ("sid", "name", "type", "policy", "service_sid", "created_at", "last_used_at")
    show_rows(chosen(output, as_json), columns, rows)


@app.command("rotate", epilog="Example: gettone keys rotate SK... --overlap 24h")
def rotate_key(
    sid: Sid,
    overlap: Annotated[
        str, typer.Option(metavar="SPAN", help="How long the old secret is good yet: 0, 10m, 24h, 7d.")
    ] = "24h",
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    output: Output = Format.TABLE,
    as_json: Json = False,
) -> None:
    """Give a key another secret, which is printed this once. The old one is good for a while yet."""
    seconds = read_duration(overlap, "--overlap").total_seconds()
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        new = Keys(connection).rotate(sid, seconds)
        _keep_own(connection, new)
    _show_new(new, chosen(output, as_json))
    if new.key.previous_secret_until is not None:
        say(f"The old secret is good until {moment(new.key.previous_secret_until)}.")


@app.command("revoke", epilog="Example: gettone keys revoke SK... --yes")
def revoke_keys(
    sids: Annotated[list[str], typer.Argument(metavar="SID...", help="One key or more.")],
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    yes: Yes = False,
) -> None:
    """End keys. What signs in with them, and the tokens that they signed, is refused from now on."""
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        for sid in sids:
            key = Keys(connection).get(sid)
            own = ", which this command signs in with" if sid == connection.username else ""
            if confirm(f"Revoke {key.sid} ({key.friendly_name or 'without a name'}){own}?", default=False, yes=yes):
                Keys(connection).delete(sid)
                say(f"Revoked {sid}.")
            else:
                say(f"Left {sid} as it is.")


def _show_new(new: NewRemoteKey, output: Format) -> None:
    show_one(output, {**_row(new.key), "secret": new.secret})
    say("The secret is shown this once: keep it where it is needed.")


def _keep_own(connection: Connection, new: NewRemoteKey) -> None:
    """Where profiles sign in with this key: with its new secret from now on."""
    file = profiles_file(os.environ)
    kept = read_profiles(file)
    for name, held in tuple(kept.by_name.items()):
        if held.username == new.key.sid and held.url == connection.address.name:
            renewed = Profile(held.url, held.username, new.secret, held.account_sid, held.is_own_key)
            write_profiles(file, kept := kept.renew(name, renewed))
            warn(f"the profile {name} signs in with this key: it has the new secret now")


def _row(key: RemoteKey) -> dict[str, Cell]:
    return {
        "sid": key.sid,
        "name": key.friendly_name,
        "type": key.type.value,
        "policy": key.policy,
        "service_sid": key.service_sid,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "previous_secret_until": key.previous_secret_until,
    }
