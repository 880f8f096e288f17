"""`gettone owner`: for whoever sits at the machine, when nobody can sign in."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from gettone.assembly.control_plane import open_office
from gettone.cli.server_options import Data, DatabaseUrl
from gettone.control.links import Links
from gettone.control.passwords import Passwords
from gettone.model.errors import PlatformError
from gettone.settings import Settings, read_settings

app = typer.Typer(help="For whoever sits at the machine, when nobody can sign in.", no_args_is_help=True)


@app.callback()
def _owner() -> None:
    """For whoever sits at the machine, when nobody can sign in."""


@app.command("reset-link", epilog="Example: gettone owner reset-link --data /var/lib/gettone")
def reset_link(
    data: Data = None,
    database_url: DatabaseUrl = None,
    email: Annotated[str | None, typer.Option(help="Which owner, where there are several.")] = None,
    console_port: Annotated[int, typer.Option(min=1, max=65535, help="Of console and API.")] = 8001,
) -> None:
    """Print a one-time link: for an owner's new password, or for who is to become the owner."""
    run_reset_link(data, database_url, email, console_port)


def run_reset_link(data: Path | None, database_url: str | None, email: str | None, console_port: int) -> None:
    """Print a one-time link: for an owner's new password, or for who is to become the owner. Raises PlatformError."""
    settings = read_settings(os.environ, {"data": data, "database_url": database_url})
    if not settings.key_file.exists():
        raise PlatformError("not_found", f"there is no Gettone in {settings.data}: name its folder with --data")
    secret = asyncio.run(_make(settings, email))
    console = settings.console_url or f"http://localhost:{console_port}"
    print("Good for one use, and soon over:")
    print(f"  {console}/set-up#{secret}")


async def _make(settings: Settings, email: str | None) -> str:
    async with open_office(settings) as (office, _):
        async with office.store.reading() as tx:
            account = next((each for each in await tx.accounts.all() if not each.is_subaccount), None)
        if account is None:
            raise PlatformError("not_found", f"{settings.data} holds no account yet: run gettone start first")
        return (await Links(office, Passwords()).make_owner_link(account.sid, email)).secret
