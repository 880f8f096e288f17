"""`gettone list`, also called `ls`: services, and what is in one. Columns as twilio-run has them, in our spelling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.given import Cwd
from gettone.cli.output import BOLD, Cell, Format, Json, Output, chosen, paint, show_json, show_rows
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
from gettone.client.builds import Builds, RemoteBuild
from gettone.client.connection import Connection
from gettone.client.environments import Environments, RemoteEnvironment
from gettone.client.files import RemoteVersion
from gettone.client.services import RemoteService, Services
from gettone.client.variables import Variables
from gettone.model.errors import PlatformError

app = typer.Typer()

TYPES = ("services", "environments", "builds", "functions", "assets", "variables")
_SHORT: Mapping[str, tuple[str, ...]] = {
    "services": ("unique_name", "sid", "updated_at"),
    "environments": ("unique_name", "domain_name", "sid", "build_sid"),
    "builds": ("sid", "status", "updated_at"),
    "functions": ("path", "visibility", "sid"),
    "assets": ("path", "visibility", "sid"),
    "variables": ("key", "sid", "updated_at"),
}

Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to look: the service, and the environment of functions, assets and variables."""

    connection: Connection
    find_service: Callable[[], RemoteService]
    find_environment: Callable[[], RemoteEnvironment]


@app.command(epilog="Example: gettone list functions,assets --environment stage")
def list_all(
    kinds: Annotated[
        str, typer.Argument(metavar="[TYPES]", help=f"With commas between them: {', '.join(TYPES)}.")
    ] = "services",
    types: Annotated[str | None, typer.Option("--types", metavar="TYPES", help="The same.")] = None,
    properties: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Which columns, with commas between them.")
    ] = None,
    extended_output: Annotated[bool, typer.Option("--extended-output", help="All columns.")] = False,
    environment: EnvironmentOption = None,
    production: Production = False,
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
    """List services, or what is in one."""
    wanted = _read_types(types or kinds)
    output = chosen(output, as_json)
    if output is Format.TSV and len(wanted) > 1:
        raise PlatformError("invalid", "-o tsv is for one type at a time: name one, or take -o json")
    names = None if properties is None else tuple(each.strip() for each in properties.split(","))
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        where = choose_where(connection, WhereOptions(service_sid, service_name, environment, production), "list")

        def find_service() -> RemoteService:
            return get_service(connection, where)

        place = _Place(connection, find_service, lambda: get_environment(connection, where, find_service()))
        found = {kind: list(_rows(kind, place)) for kind in wanted}
    if output is Format.JSON:
        cut = {kind: [_cut(row, names) for row in rows] for kind, rows in found.items()}
        show_json(cut if len(wanted) > 1 else cut[wanted[0]])
        return
    for number, (kind, rows) in enumerate(found.items()):
        if len(wanted) > 1:
            print(f"{chr(10) if number else ''}{paint(BOLD, kind)}")
        columns = names or (tuple(rows[0]) if extended_output and rows else _SHORT[kind])
        show_rows(output, columns, rows, empty=f"There are no {kind}.")


def _read_types(text: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    for each in wanted:
        if each not in TYPES:
            raise PlatformError("invalid", f"there is no type {each[:40]!r}: name some of {', '.join(TYPES)}")
    return wanted or ("services",)


def _cut(row: Row, names: tuple[str, ...] | None) -> Row:
    return row if names is None else {name: row.get(name) for name in names}


def _rows(kind: str, place: _Place) -> Iterator[Row]:
    match kind:
        case "services":
            yield from map(_service, Services(place.connection).list())
        case "environments":
            yield from map(_environment, Environments(place.connection, place.find_service().sid).list())
        case "builds":
            yield from map(_build, Builds(place.connection, place.find_service().sid).list())
        case "functions" | "assets":
            environment = place.find_environment()
            if environment.build_sid is not None:
                build = Builds(place.connection, environment.service_sid).get(environment.build_sid)
                versions = build.functions if kind == "functions" else build.assets
                yield from map(_file, sorted(versions, key=lambda each: each.path))
        case _:
            environment = place.find_environment()
            for each in Variables(place.connection, environment.service_sid, environment.sid).list():
                # Values are shown by `env list --show-values`, to who asks for them.
                yield {
                    "key": each.key,
                    "sid": each.sid,
                    "environment_sid": environment.sid,
                    **_times(each.created_at, each.updated_at),
                }


def _service(each: RemoteService) -> Row:
    return {
        "unique_name": each.unique_name,
        "sid": each.sid,
        "friendly_name": each.friendly_name,
        "domain_base": each.domain_base,
        "include_credentials": each.include_credentials,
        "ui_editable": each.ui_editable,
        **_times(each.created_at, each.updated_at),
    }


def _environment(each: RemoteEnvironment) -> Row:
    return {
        "unique_name": each.unique_name,
        "sid": each.sid,
        "domain_suffix": each.domain_suffix,
        "domain_name": each.domain_name,
        "build_sid": each.build_sid,
        **_times(each.created_at, each.updated_at),
    }


def _build(each: RemoteBuild) -> Row:
    return {
        "sid": each.sid,
        "status": each.status.value,
        "runtime": each.runtime,
        "functions": len(each.functions),
        "assets": len(each.assets),
        **_times(each.created_at, each.updated_at),
    }


def _file(each: RemoteVersion) -> Row:
    return {
        "path": each.path,
        "visibility": each.visibility.value,
        "sid": each.file_sid,
        "version_sid": each.sid,
        "created_at": each.created_at,
    }


def _times(created_at: datetime, updated_at: datetime) -> Row:
    return {"created_at": created_at, "updated_at": updated_at}
