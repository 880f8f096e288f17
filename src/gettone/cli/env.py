"""`gettone env`: variables of an environment. What it serves has each change at once. Values are shown when asked for.

A value that is a secret is asked for without echo, or read from stdin: `gettone env set API_SECRET`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.asking import Yes, confirm
from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.env_text import written_env
from gettone.cli.env_values import read_values
from gettone.cli.given import Cwd
from gettone.cli.output import Cell, Format, Json, Output, chosen, say, show_rows, warn
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
from gettone.client.environments import RemoteEnvironment
from gettone.client.variables import RemoteVariable, Variables
from gettone.control.drafts import NOT_SAVED
from gettone.model.errors import PlatformError
from gettone.project.variables import read_variables

app = typer.Typer(help="Variables of an environment.", no_args_is_help=True)

Key = Annotated[str | None, typer.Option("--key", metavar="NAME", help="Its name.")]
Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="Its name.")]


@dataclass(frozen=True, slots=True)
class _Place:
    environment: RemoteEnvironment
    variables: Variables


@app.callback()
def _env() -> None:
    """Variables of an environment."""


@app.command("set", epilog="Example: gettone env set GREETING=ciao API_SECRET --environment stage")
def set_variables(
    pairs: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE...]", help="A name alone: its value is asked for.")
    ] = None,
    key: Key = None,
    value: Annotated[
        str | None, typer.Option("--value", metavar="VALUE", help="Its value. Others on this machine can read it here.")
    ] = None,
    environment: EnvironmentOption = None,
    production: Production = False,
    service_sid: ServiceSid = None,
    service_name: ServiceName = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    _cwd: Cwd = None,
) -> None:
    """Give variables their values. A name without one is asked for, or its value read from stdin."""
    if password_stdin and any("=" not in each for each in pairs or ()):
        raise PlatformError("invalid", "stdin has one secret only: give the password, or the value, in another way")
    values = read_values(pairs or [], key, value)
    where = WhereOptions(service_sid, service_name, environment, production)
    with _entered(ConnectOptions(url, username, password, password_stdin, profile), where) as place:
        changed = place.variables.replace(values)
    if changed:
        say(f"Set in {place.environment.unique_name}: {', '.join(changed)}")
    else:
        say(f"Nothing was changed: {place.environment.unique_name} has these values already.")


@app.command("get", epilog="Example: gettone env get GREETING")
def get_variable(
    name: Name = None,
    key: Key = None,
    environment: EnvironmentOption = None,
    production: Production = False,
    service_sid: ServiceSid = None,
    service_name: ServiceName = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    _cwd: Cwd = None,
) -> None:
    """Print the value of a variable."""
    wanted = _one_name(name, key)
    where = WhereOptions(service_sid, service_name, environment, production)
    with _entered(ConnectOptions(url, username, password, password_stdin, profile), where) as place:
        found = _get(place, wanted)
    print(_seen(found))


@app.command("list", epilog="Example: gettone env list --show-values -o json")
def list_variables(
    show_values: Annotated[bool, typer.Option("--show-values", help="With their values.")] = False,
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
    """List variables; their values only when they are asked for."""
    where = WhereOptions(service_sid, service_name, environment, production)
    with _entered(ConnectOptions(url, username, password, password_stdin, profile), where) as place:
        found = sorted(place.variables.list(), key=lambda each: each.key)
    rows: list[dict[str, Cell]] = []
    for each in found:
        shown: dict[str, Cell] = {"value": _seen(each)} if show_values else {}
        rows.append({"key": each.key, **shown, "sid": each.sid, "updated_at": each.updated_at})
    columns = ("key", "value", "updated_at") if show_values else ("key", "updated_at")
    show_rows(chosen(output, as_json), columns, rows, empty=f"{place.environment.unique_name} has no variables.")


@app.command("unset", epilog="Example: gettone env unset GREETING")
def unset_variables(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Their names.")] = None,
    key: Key = None,
    environment: EnvironmentOption = None,
    production: Production = False,
    service_sid: ServiceSid = None,
    service_name: ServiceName = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    _cwd: Cwd = None,
) -> None:
    """Take variables away."""
    wanted = list(dict.fromkeys([*(names or []), *([key] if key is not None else [])]))
    if not wanted:
        raise PlatformError("invalid", "which variable? Write gettone env unset NAME")
    where = WhereOptions(service_sid, service_name, environment, production)
    with _entered(ConnectOptions(url, username, password, password_stdin, profile), where) as place:
        found = [_get(place, name) for name in wanted]
        for each in found:
            place.variables.delete(each.sid)
            say(f"Took {each.key} out of {place.environment.unique_name}.")


@app.command("import", epilog="Example: gettone env import .env.stage --environment stage --yes")
def import_variables(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="The variables, as .env has them.")] = Path(".env"),
    env: Annotated[Path | None, typer.Option("--env", metavar="FILE", help="The same.")] = None,
    environment: EnvironmentOption = None,
    production: Production = False,
    service_sid: ServiceSid = None,
    service_name: ServiceName = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    yes: Yes = False,
    _cwd: Cwd = None,
) -> None:
    """Give an environment the variables of a file, and no others: what is not in the file is taken away."""
    file = env or file
    read, remarks = read_variables(Path(), file)
    for remark in remarks:
        warn(remark)
    values = {key: value for key, value in read.items() if key not in NOT_SAVED}
    where = WhereOptions(service_sid, service_name, environment, production)
    with _entered(ConnectOptions(url, username, password, password_stdin, profile), where) as place:
        gone = sorted({each.key for each in place.variables.list()} - values.keys())
        name = place.environment.unique_name
        if gone and not confirm(
            f"Take {', '.join(gone)} out of {name}? {file} does not have them", yes=yes, default=False
        ):
            say("Nothing was changed.")
            return
        changed = place.variables.replace(values, keep_others=False)
    if changed:
        say(f"Changed in {name}: {', '.join(changed)}")
    else:
        say(f"Nothing was changed: {name} has exactly these variables already.")


@app.command("pull", epilog="Example: gettone env pull > .env")
def pull_variables(
    environment: EnvironmentOption = None,
    production: Production = False,
    service_sid: ServiceSid = None,
    service_name: ServiceName = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    _cwd: Cwd = None,
) -> None:
    """Print all variables with their values, as .env has them."""
    where = WhereOptions(service_sid, service_name, environment, production)
    with _entered(ConnectOptions(url, username, password, password_stdin, profile), where) as place:
        values = {each.key: _seen(each) for each in place.variables.list()}
    sys.stdout.write(written_env(values))


@contextmanager
def _entered(connecting: ConnectOptions, options: WhereOptions) -> Iterator[_Place]:
    """The environment that is meant, while the connection is open."""
    with connect(connecting) as connection:
        where = choose_where(connection, options, "env")
        service = get_service(connection, where)
        environment = get_environment(connection, where, service)
        yield _Place(environment, Variables(connection, service.sid, environment.sid))


def _one_name(name: str | None, key: str | None) -> str:
    if (name is None) == (key is None):
        raise PlatformError("invalid", "which variable? Write gettone env get NAME")
    return name or key or ""


def _get(place: _Place, name: str) -> RemoteVariable:
    for each in place.variables.list():
        if each.key == name:
            return each
    raise PlatformError(
        "not_found",
        f"{place.environment.unique_name} has no variable {name[:64]}: gettone env list shows those that there are",
    )


def _seen(variable: RemoteVariable) -> str:
    if variable.value is None:
        raise PlatformError(
            "denied",
            f"the value of {variable.key} is not for you to see: sign in with a key that may (variables:reveal)",
        )
    return variable.value
