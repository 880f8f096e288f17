"""`gettone whoami`: which server the other verbs would ask, as whom, and what they may do there."""

from __future__ import annotations

import typer

from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.output import Cell, Format, Json, Output, chosen, show_one
from gettone.client.accounts import Accounts

app = typer.Typer()


@app.command(epilog="Example: gettone whoami --profile staging -o json")
def whoami(
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    output: Output = Format.TABLE,
    as_json: Json = False,
) -> None:
    """Tell who you are to a server, and what you may do there."""
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        identity = Accounts(connection).identity()
    told: dict[str, Cell] = {
        "url": connection.address.name,
        "account_sid": identity.account_sid,
        "username": identity.name,
        "kind": identity.kind,
        "key_type": identity.key_type,
        "service_sid": identity.service_sid,
        "permissions": identity.permissions,
    }
    output = chosen(output, as_json)
    if output is Format.TABLE:
        told = {name: value for name, value in told.items() if value is not None}
    show_one(output, told)
