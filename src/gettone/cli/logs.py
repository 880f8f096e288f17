"""`gettone logs`: what functions printed, and what the platform said of them; with `--tail` also what comes.

A connection that breaks is made again, and what came meanwhile is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

import typer

from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.durations import read_duration
from gettone.cli.given import Cwd
from gettone.cli.log_lines import COLUMNS, print_line, row
from gettone.cli.output import Format, Json, Output, chosen, say, show_json, show_rows, warn
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
from gettone.client.connection import Connection
from gettone.client.environments import RemoteEnvironment
from gettone.client.files import Functions
from gettone.client.logs import Logs, LogWish, MissingLines, RemoteLogLine
from gettone.model.errors import PlatformError
from gettone.model.logs import Level
from gettone.model.sids import FUNCTION, REQUEST

app = typer.Typer()

LIMIT = 50  # twilio-run's
SEARCHED_MAX = 10_000


@app.command(epilog="Example: gettone logs hello --tail --level error")
def logs(
    function: Annotated[str | None, typer.Argument(metavar="[FUNCTION]", help="Of this one only: its path.")] = None,
    tail: Annotated[bool, typer.Option("--tail", "--follow", "-f", help="Go on as lines come.")] = False,
    since: Annotated[str | None, typer.Option(metavar="SPAN", help="All since then: 30s, 10m, 24h, 7d.")] = None,
    levels: Annotated[list[Level] | None, typer.Option("--level", help="Repeat it for more than one.")] = None,
    request: Annotated[str | None, typer.Option("--request", metavar="SID", help="Of one request.")] = None,
    function_named: Annotated[
        str | None, typer.Option("--function", metavar="PATH", help="The same as FUNCTION.")
    ] = None,
    function_sid: Annotated[str | None, typer.Option(metavar="SID", help="Of one function, by its SID.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, max=SEARCHED_MAX, metavar="N", help="So many, the last ones; 50, or all with --since."),
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
    output: Output = Format.TABLE,
    as_json: Json = False,
    _cwd: Cwd = None,
) -> None:
    """Show the last lines of the log, oldest first; with --tail also those that come."""
    output = chosen(output, as_json)
    start_at = None if since is None else datetime.now(UTC) - read_duration(since, "--since")
    if request is not None:
        REQUEST.check(request)
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        options = WhereOptions(service_sid, service_name, environment, production)
        where = choose_where(connection, options, "logs")
        service = get_service(connection, where)
        target = get_environment(connection, where, service)
        paths = {each.sid: each.friendly_name for each in Functions(connection, service.sid).list()}
        sid = _function(function_sid, function or function_named, paths)
        wish = LogWish(sid, request, tuple(each.value for each in levels or ()))
        found = Logs(connection, service.sid, target.sid)
        count = limit or (LIMIT if since is None else SEARCHED_MAX)
        past = _past(found, wish, start_at, count)
        if not tail:
            rows = [row(line, paths) for line in past]
            if output is Format.JSON:
                show_json(rows)
            elif output is Format.TSV:
                show_rows(output, COLUMNS, rows)
            else:
                for line in past:
                    print_line(line, paths, output)
            if not past:
                say("There are no lines.")
            return
        _follow(connection, target, found, wish, past, paths, output)


def _past(logs: Logs, wish: LogWish, start_at: datetime | None, count: int) -> list[RemoteLogLine]:
    """The last lines that are wanted, oldest first."""
    everything = logs.list(limit=SEARCHED_MAX, function_sid=wish.function_sid, start_at=start_at)
    return list(islice(_wanted(everything, wish), count))[::-1]


def _wanted(lines: Iterable[RemoteLogLine], wish: LogWish) -> Iterator[RemoteLogLine]:
    for line in lines:
        if wish.levels and line.level not in wish.levels:
            continue
        if wish.request_sid in (None, line.request_sid):
            yield line


def _follow(
    connection: Connection,
    environment: RemoteEnvironment,
    logs: Logs,
    wish: LogWish,
    past: list[RemoteLogLine],
    paths: Mapping[str, str],
    output: Format,
) -> None:
    for line in past:
        print_line(line, paths, output)
    known = dict(paths)
    say(f"Lines of {environment.unique_name} as they come; Ctrl-C ends it.")
    for item in logs.tail(wish, after=past[-1].sid if past else None):
        if isinstance(item, MissingLines):
            count = "Some" if item.count is None else str(item.count)
            warn(f"{count} lines are missing here: gettone logs --since shows them")
            continue
        if item.function_sid is not None and item.function_sid not in known:
            # It was deployed since this began.
            functions = Functions(connection, environment.service_sid).list()
            known |= {item.function_sid: ""} | {each.sid: each.friendly_name for each in functions}
        print_line(item, known, output)


def _function(sid: str | None, path: str | None, paths: Mapping[str, str]) -> str | None:
    """The SID of the function that is meant; None for all. Raises PlatformError `invalid`, `not_found`."""
    if sid is not None:
        return FUNCTION.check(sid)
    if path is None:
        return None
    if FUNCTION.matches(path):
        return path
    wanted = "/" + path.strip("/")
    # The oldest of a name is the one that counts.
    found = [each for each, name in paths.items() if name == wanted]
    if not found:
        names = ", ".join(sorted(set(paths.values()))[:10])
        raise PlatformError("not_found", f"there is no function {wanted} here; there are: {names or 'none'}")
    return found[-1]
