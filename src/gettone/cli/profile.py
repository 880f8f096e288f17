"""`gettone profile`: the servers that `login` knows, and which of them counts. Asks none of them, shows no secret."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from gettone.cli.output import Cell, Format, Json, Output, chosen, say, show_rows, warn
from gettone.cli.profiles import profiles_file, read_profiles, write_profiles

app = typer.Typer(help="The servers that you are signed in to.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As gettone profile list shows it.")]


@app.callback()
def _profile() -> None:
    """The servers that you are signed in to."""


@app.command("list", epilog="Example: gettone profile list -o tsv")
def list_profiles(output: Output = Format.TABLE, as_json: Json = False) -> None:
    """List profiles, without secrets."""
    kept = read_profiles(profiles_file(os.environ))
    rows: list[dict[str, Cell]] = [
        {
            "name": name,
            "url": profile.url,
            "account_sid": profile.account_sid,
            "username": profile.username,
            "active": name == kept.active,
        }
        for name, profile in kept.by_name.items()
    ]
    columns = ("name", "url", "account_sid", "username", "active")
    show_rows(chosen(output, as_json), columns, rows, "There are none yet: gettone login makes one.")


@app.command("use", epilog="Example: gettone profile use staging")
def use_profile(name: Name) -> None:
    """Let a profile count where none is named."""
    file = profiles_file(os.environ)
    chosen_profiles = read_profiles(file).use(name)
    write_profiles(file, chosen_profiles)
    say(f"{name} counts from now on: {chosen_profiles.get(name).url}")


@app.command("remove", epilog="Example: gettone profile remove staging")
def remove_profile(name: Name) -> None:
    """Forget a profile, and ask no server. To revoke its key as well: gettone logout."""
    file = profiles_file(os.environ)
    kept = read_profiles(file)
    leaving = kept.get(name)
    write_profiles(file, kept.without(name))
    say(f"Forgot the profile {name}.")
    if leaving.is_own_key:
        warn(f"its key {leaving.username} is as good as before: gettone keys revoke {leaving.username} ends it")
