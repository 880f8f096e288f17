"""`gettone link`: which profile and which service a project's folder belongs to, in a file that holds no secret."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.connecting import ConnectOptions, ProfileName, connect
from gettone.cli.given import GIVEN
from gettone.cli.link_file import Link, read_link, remove_link, write_link
from gettone.cli.output import say
from gettone.cli.profiles import profiles_file, read_profiles
from gettone.client.services import Services
from gettone.model.errors import PlatformError

app = typer.Typer()


@app.command(epilog="Example: gettone link my-service --profile staging")
def link(
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="Its name, or its SID.")] = None,
    profile: ProfileName = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the link away.")] = False,
    cwd: Annotated[Path, typer.Option("--cwd", "-C", metavar="DIR", help="The project's folder.")] = Path(),
) -> None:
    """Say which profile, and which service there, this folder belongs to.

    The other verbs take both from it, when they are called here and nothing else is named.
    """
    folder = cwd.resolve()
    if remove:
        say("The link is gone." if remove_link(folder) else "There is no link here.")
        return
    kept = read_profiles(profiles_file(os.environ))
    before = read_link(folder)
    name = profile or GIVEN.profile or (before.profile if before is not None else kept.active)
    if name is None:
        raise PlatformError("invalid", "there is no profile to link to: gettone login makes one, --profile names it")
    kept.get(name)
    if service is not None:
        service = _check(service, name)
    file = write_link(folder, Link(name, service))
    what = "the account" if service is None else f"the service {service}"
    say(f"{file} says: profile {name}, {what} at {kept.get(name).url}. There is no secret in it.")


def _check(service: str, profile: str) -> str:
    """The name of the service, as the server has it. Raises PlatformError `not_found`."""
    with connect(ConnectOptions(profile=profile)) as connection:
        found = Services(connection).find(service)
    if found is None:
        raise PlatformError(
            "not_found", f"there is no service {service} at {connection.address.name}: gettone deploy makes one"
        )
    return found.unique_name
