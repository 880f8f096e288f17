"""`gettone invoke`: a function called as its callers do. The body goes to stdout, everything else to stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.given import Cwd
from gettone.cli.log_lines import row, shown
from gettone.cli.output import Format, Output, chosen, printable, say, show_json
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
from gettone.client.accounts import Accounts
from gettone.client.checks import base_url
from gettone.client.connection import Connection
from gettone.client.environments import RemoteEnvironment
from gettone.client.files import Functions
from gettone.client.invoking import Answer, invoke
from gettone.client.logs import Logs, RemoteLogLine
from gettone.control.call_requests import Call, Encoding, prepare
from gettone.model.errors import PlatformError

app = typer.Typer()

# Lines are written in batches: so long after the answer the last of them are there.
LOG_SECONDS = 1.5
LOG_POLL_SECONDS = 0.15
# Clocks of two machines differ.
CLOCK_SECONDS = 60
FAILED_FROM = 400


class Method(StrEnum):
    """What functions are asked with."""

    GET = "GET"
    POST = "POST"


@app.command("invoke", epilog="Example: gettone invoke create-room-token -d identity=alice --json")
def invoke_function(
    function: Annotated[str, typer.Argument(metavar="FUNCTION", help="Its path: /hello, or hello.")],
    data: Annotated[
        list[str] | None, typer.Option("--data", "-d", metavar="NAME=VALUE", help="A parameter; repeat it for more.")
    ] = None,
    as_json_body: Annotated[bool, typer.Option("--json", help="Send parameters as JSON, not as a form.")] = False,
    method: Annotated[Method | None, typer.Option(help="POST unless set.", case_sensitive=False)] = None,
    signed: Annotated[bool, typer.Option("--signed", help="Sign it as Twilio does, for protected functions.")] = False,
    log: Annotated[bool, typer.Option("--logs/--no-logs", help="Show what it printed.")] = True,
    fail: Annotated[bool, typer.Option("--fail", help="Exit with 1 where it answers 400 or more.")] = False,
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
    _cwd: Cwd = None,
) -> None:
    """Call a function, and show what it answers and what it printed."""
    call = Call(
        path="/" + function.removeprefix("/"),
        method="GET" if method is Method.GET else "POST",
        encoding=Encoding.JSON if as_json_body else Encoding.FORM,
        parameters=_parameters(data or []),
        signed=signed,
    )
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        options = WhereOptions(service_sid, service_name, environment, production)
        where = choose_where(connection, options, "invoke")
        service = get_service(connection, where)
        target = get_environment(connection, where, service)
        token = _auth_token(connection, service.account_sid) if signed else None
        origin = base_url(connection, service.sid, target.sid)
        request = prepare(call, origin, token)
        headers = {**request.headers, "user-agent": "Gettone command line"}
        asked_at = datetime.now(UTC)
        answer = invoke(origin, request.method, request.target, headers, request.content)
        lines = _lines(connection, target, answer, asked_at) if log else []
        paths = {each.sid: each.friendly_name for each in Functions(connection, service.sid).list()} if lines else {}
    if chosen(output) is Format.JSON:
        show_json(
            {
                "status": answer.status,
                "headers": [list(each) for each in answer.headers],
                "body": answer.body.decode("utf-8", "replace"),
                "request_sid": answer.request_sid,
                "logs": [row(line, paths) for line in lines],
            }
        )
    else:
        _show(answer)
        for line in lines:
            say(shown(line, paths))
    if fail and answer.status >= FAILED_FROM:
        raise typer.Exit(1)


def _parameters(pairs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    parameters = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise PlatformError("invalid", f"{pair[:40]!r} is no parameter: write -d name=value")
        parameters.append((name, value))
    return tuple(parameters)


def _auth_token(connection: Connection, account_sid: str) -> str:
    token = Accounts(connection).auth_token(account_sid)
    if token is None:
        raise PlatformError(
            "denied",
            "a signature is made with the account's auth token, which this key may not see: sign in with the account's"
            " SID and auth token, or with a main key",
        )
    return token


def _lines(
    connection: Connection, environment: RemoteEnvironment, answer: Answer, asked_at: datetime
) -> list[RemoteLogLine]:
    """What the call printed, oldest first: as soon as there is something, and it does not grow any more."""
    if answer.request_sid is None:
        return []
    logs = Logs(connection, environment.service_sid, environment.sid)
    since = asked_at - timedelta(seconds=CLOCK_SECONDS)
    found: list[RemoteLogLine] = []
    end = time.monotonic() + LOG_SECONDS
    while True:
        lines = [each for each in logs.list(limit=1000, start_at=since) if each.request_sid == answer.request_sid]
        if (lines and len(lines) == len(found)) or time.monotonic() > end:
            return lines[::-1]
        found = lines
        connection.pause(LOG_POLL_SECONDS)


def _show(answer: Answer) -> None:
    say(f"{answer.status} {answer.reason}".rstrip())
    for name, value in answer.headers:
        say(f"{printable(name)}: {printable(value)}")
    sys.stdout.flush()
    body = answer.body
    if sys.stdout.isatty():
        # What a function answers must not steer the terminal.
        print("\n".join(map(printable, body.decode("utf-8", "replace").splitlines())))
    else:
        sys.stdout.buffer.write(body)
    sys.stdout.flush()
