"""`gettone promote`, also called `activate`: what one environment serves, or an older build, goes live in another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.given import Cwd
from gettone.cli.live import go_live
from gettone.cli.output import Format, Json, Output, chosen, say
from gettone.cli.where import (
    EnvironmentOption,
    Production,
    ServiceName,
    ServiceSid,
    Where,
    WhereOptions,
    choose_where,
    get_environment,
    get_service,
)
from gettone.client.connection import Connection
from gettone.client.deploying_standing import environment_name, find_environment
from gettone.client.environments import Environments, RemoteEnvironment
from gettone.client.services import RemoteService
from gettone.client.variables import Variables
from gettone.control.drafts import NOT_SAVED
from gettone.model.errors import PlatformError
from gettone.project.variables import read_variables

app = typer.Typer()


@app.command(epilog="Example: gettone promote --from dev --to stage --create-environment")
def promote(
    source: Annotated[
        str | None,
        typer.Option("--source-environment", "--from", metavar="NAME", help="The environment whose build it is."),
    ] = None,
    build_sid: Annotated[
        str | None, typer.Option("--build-sid", "--from-build", metavar="SID", help="A build, instead.")
    ] = None,
    environment: EnvironmentOption = None,
    production: Production = False,
    create: Annotated[bool, typer.Option("--create-environment", help="Make the environment where it is not.")] = False,
    force: Annotated[bool, typer.Option("--force", help="The same as --create-environment.")] = False,
    env: Annotated[
        Path | None, typer.Option("--env", metavar="FILE", help="Variables to set there; else none are.")
    ] = None,
    message: Annotated[str | None, typer.Option("--message", "-m", metavar="TEXT", help="Why; it is kept.")] = None,
    service_sid: ServiceSid = None,
    service_name: ServiceName = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    output: Output = Format.TABLE,
    as_json: Json = False,
    _cwd: Cwd = None,
) -> None:
    """Let an environment serve what another serves. Each keeps its own variables."""
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        options = WhereOptions(service_sid, service_name, environment, production)
        where = choose_where(connection, options, "promote")
        if source is None and build_sid is None:
            source, build_sid = where.config.text("sourceEnvironment"), where.config.text("buildSid")
        if (source is None) == (build_sid is None):
            raise PlatformError(
                "invalid", "what is to be promoted? Give --from and an environment, or --build-sid alone"
            )
        service = get_service(connection, where)
        sid = build_sid or _live_build(connection, service, source or "")
        create = create or force or bool(where.config.flag("createEnvironment"))
        target = _target(connection, where, service, create=create)
        if env is not None:
            _set(connection, service, target, env)
        said = message or (f"from {source}" if source else None)
        go_live(connection, service, target, sid, said, chosen(output, as_json))


def _live_build(connection: Connection, service: RemoteService, name: str) -> str:
    # Production has no suffix: its name is how people call it.
    found = find_environment(connection, service.sid, name)
    if found is None:
        raise PlatformError(
            "not_found", f"{service.unique_name} has no environment {name}: gettone list environments shows them"
        )
    if found.build_sid is None:
        raise PlatformError("conflict", f"nothing is live in {found.unique_name}: deploy there first")
    return found.build_sid


def _target(connection: Connection, where: Where, service: RemoteService, *, create: bool) -> RemoteEnvironment:
    found = find_environment(connection, service.sid, where.suffix)
    if found is not None:
        return found
    if not create or (where.suffix or "").startswith("ZE"):
        try:
            return get_environment(connection, where, service)
        except PlatformError as error:
            raise PlatformError("not_found", f"{error.message}. --create-environment makes it") from None
    name = environment_name(where.suffix)
    say(f"Creating environment {name}")
    return Environments(connection, service.sid).create(name, where.suffix)


def _set(connection: Connection, service: RemoteService, target: RemoteEnvironment, file: Path) -> None:
    found, _ = read_variables(Path(), file)
    values = {key: value for key, value in found.items() if key not in NOT_SAVED}
    changed = Variables(connection, service.sid, target.sid).replace(values)
    if changed:
        say(f"Set variables: {', '.join(changed)}")
