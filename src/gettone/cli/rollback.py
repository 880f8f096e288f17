"""`gettone rollback`: an environment serves again what it served before, or the build that is named."""

from __future__ import annotations

from typing import Annotated

import typer

from gettone.cli.asking import Yes, can_ask, confirm
from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.given import Cwd
from gettone.cli.live import go_live
from gettone.cli.output import Format, Json, Output, chosen, say
from gettone.cli.where import (
    EnvironmentOption,
    Production,
    ServiceName,
    ServiceSid,
    WhereOptions,
    choose_where,
    get_environment,
    get_service,
)
from gettone.client.builds import Deployments
from gettone.client.connection import Connection
from gettone.client.environments import RemoteEnvironment
from gettone.model.errors import PlatformError

app = typer.Typer()


@app.command(epilog="Example: gettone rollback --environment stage --message 'Rooms were empty'")
def rollback(
    build: Annotated[str | None, typer.Argument(metavar="[BUILD]", help="Its SID; else the one before.")] = None,
    environment: EnvironmentOption = None,
    production: Production = False,
    message: Annotated[str | None, typer.Option("--message", "-m", metavar="TEXT", help="Why; it is kept.")] = None,
    service_sid: ServiceSid = None,
    service_name: ServiceName = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    yes: Yes = False,
    output: Output = Format.TABLE,
    as_json: Json = False,
    _cwd: Cwd = None,
) -> None:
    """Let an environment serve again what it served before. Variables stay as they are."""
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        options = WhereOptions(service_sid, service_name, environment, production)
        where = choose_where(connection, options, "rollback")
        service = get_service(connection, where)
        target = get_environment(connection, where, service)
        sid = build or _previous(connection, target)
        question = f"Let {target.unique_name} of {service.unique_name} serve build {sid}?"
        # A script said what it wants; a person may have meant another environment.
        if can_ask() and not confirm(question, yes=yes):
            say("Nothing was changed.")
            return
        go_live(connection, service, target, sid, message or "rolled back", chosen(output, as_json))


def _previous(connection: Connection, environment: RemoteEnvironment) -> str:
    """The build that was live before the one that is."""
    for deployment in Deployments(connection, environment.service_sid, environment.sid).list():
        if deployment.build_sid is not None and deployment.build_sid != environment.build_sid:
            return deployment.build_sid
    raise PlatformError(
        "not_found",
        f"{environment.unique_name} served no other build before: gettone builds lists those that there are",
    )
