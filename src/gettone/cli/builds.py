"""`gettone builds`: what was built of a service, and where it is live; of one build, what is in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import islice
from typing import Annotated

import typer

from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.given import Cwd
from gettone.cli.output import Cell, Format, Json, Output, chosen, show_rows
from gettone.cli.where import ServiceName, ServiceSid, WhereOptions, choose_where, get_service
from gettone.client.builds import Builds, RemoteBuild
from gettone.client.connection import Connection
from gettone.client.deploying_standing import read_contents
from gettone.client.environments import Environments

app = typer.Typer()

LIMIT = 20


@app.command(epilog="Example: gettone builds --limit 5 -o json")
def builds(
    build: Annotated[str | None, typer.Argument(metavar="[BUILD]", help="Show what is in this one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="So many, the newest first.")] = LIMIT,
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
    """List the builds of a service, newest first; or what is in one."""
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        where = choose_where(connection, WhereOptions(service_sid, service_name), "builds")
        service = get_service(connection, where)
        found = Builds(connection, service.sid)
        if build is not None:
            columns: tuple[str, ...] = ("kind", "path", "visibility", "sid", "digest")
            rows = _contents(connection, found.get(build))
        else:
            columns = ("sid", "status", "created_at", "functions", "assets", "runtime", "live_in")
            live = _live(connection, service.sid)
            rows = [_row(each, live) for each in islice(found.list(), limit)]
    show_rows(chosen(output, as_json), columns, rows, empty="There are no builds yet: gettone deploy makes one.")


def _live(connection: Connection, service: str) -> Mapping[str, list[str]]:
    """Where each build is live."""
    names: dict[str, list[str]] = defaultdict(list)
    for environment in Environments(connection, service).list():
        if environment.build_sid is not None:
            names[environment.build_sid].append(environment.unique_name)
    return names


def _row(build: RemoteBuild, live: Mapping[str, list[str]]) -> dict[str, Cell]:
    return {
        "sid": build.sid,
        "status": build.status.value,
        "created_at": build.created_at,
        "functions": len(build.functions),
        "assets": len(build.assets),
        "runtime": build.runtime,
        "dependencies": [f"{each.name}@{each.version}" for each in build.dependencies],
        "live_in": live.get(build.sid, []),
    }


def _contents(connection: Connection, build: RemoteBuild) -> list[dict[str, Cell]]:
    digests = {content.sid: content.digest for _, content in read_contents(connection, build.service_sid)}
    return [
        {
            "kind": kind,
            "path": each.path,
            "visibility": each.visibility.value,
            "sid": each.sid,
            "digest": digests.get(each.sid),
        }
        for kind, versions in (("function", build.functions), ("asset", build.assets))
        for each in sorted(versions, key=lambda version: version.path)
    ]
