"""`gettone token`: make tokens, read them, check them. Asks no server. Making them is in `token_create`."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gettone.cli import token_create
from gettone.cli.asking import ask
from gettone.cli.connecting import ProfileName
from gettone.cli.output import Cell, Format, Output, moment, printable, say, show_one, warn
from gettone.cli.token_values import find_account, find_key, find_secret, read_env_file, read_line
from gettone.model.errors import PlatformError
from gettone.tokens import (
    JsonObject,
    JsonValue,
    MintError,
    TokenError,
    TrustedKey,
    UnverifiedToken,
    decode,
    verify,
)

app = typer.Typer(
    help="Make tokens, read them, check them.",
    epilog="Example: gettone token create video --identity alice --room kitchen",
    no_args_is_help=True,
)
app.add_typer(token_create.app, name="create")

_Token = Annotated[str | None, typer.Argument(metavar="[TOKEN]", help="From stdin when it is left out.")]
_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@app.command("decode", epilog="Example: gettone token decode -o json < token.txt")
def decode_token(token: _Token = None, output: Output = Format.TABLE) -> None:
    """Show what a token says, without checking who wrote it."""
    try:
        read = decode(_token(token))
    except TokenError as error:
        raise PlatformError("invalid", f"this is no token: {error}") from error
    warn("not verified: anybody can have written this. gettone token verify checks it")
    _show(read.header, read.claims, output)


@app.command("verify", epilog="Example: gettone token verify --env .env < token.txt")
def verify_token(
    token: _Token = None,
    key: Annotated[
        str | None, typer.Option("--key", "--api-key", help="The one API key to trust, instead of API_KEY.")
    ] = None,
    account_sid: Annotated[
        str | None, typer.Option("--account-sid", help="The one account to trust, instead of ACCOUNT_SID.")
    ] = None,
    leeway: Annotated[
        int, typer.Option(min=0, max=300, metavar="SECONDS", help="How far two clocks may be apart.")
    ] = 0,
    env: Annotated[
        Path | None, typer.Option("--env", metavar="FILE", help="Take variables from a file such as .env.")
    ] = None,
    output: Output = Format.TABLE,
    _profile: ProfileName = None,
) -> None:
    """Check a token with its key's secret: from API_SECRET, the profile, the next line of stdin, or a prompt.

    Without a key and an account to trust, it is the secret alone that decides.
    """
    text = _token(token)
    environ = read_env_file(env, os.environ)
    try:
        read = decode(text)
        key_sid = key or find_key(environ) or _claim(read, "iss")
        account = account_sid or find_account(environ) or _claim(read, "sub")
        secret = find_secret(key_sid, environ)
        verified = verify(text, {key_sid: TrustedKey(secret, account)}, leeway_seconds=leeway)
    except (TokenError, MintError) as error:
        raise PlatformError("denied", f"the token is not good: {error}") from error
    say(f"verified: signed by {printable(key_sid)}")
    _show(read.header, verified.claims, output)


def _token(given: str | None) -> str:
    if given is not None:
        return given.strip()
    if sys.stdin.isatty():
        return ask("Token", instead="it after the command, or on stdin")
    token = read_line()
    if not token:
        raise PlatformError("invalid", "there is no token: write it after the command, or send it on stdin")
    return token


def _claim(read: UnverifiedToken, name: str) -> str:
    value = read.claims.get(name)
    return value if isinstance(value, str) else ""


def _show(header: JsonObject, claims: JsonObject, output: Format) -> None:
    if output is Format.JSON:
        # ASCII alone: a terminal may be steered by what JSON need not escape.
        print(json.dumps({"header": header, "claims": claims}, indent=2))
    else:
        show_one(output, _values(header, claims))


def _values(header: JsonObject, claims: JsonObject) -> dict[str, Cell]:
    """What a person looks for first; the names of grants are as strange as the rest."""
    grants = claims.get("grants")
    others = dict(grants) if isinstance(grants, dict) else {}
    values: dict[str, Cell] = {"identity": _text(others.pop("identity", None))}
    values |= {printable(name): _text(value) for name, value in others.items()}
    values |= {"account": _text(claims.get("sub")), "api_key": _text(claims.get("iss"))}
    if "twr" in header:
        values["region"] = _text(header["twr"])
    for name, claim in (("issued", "iat"), ("not_before", "nbf"), ("expires", "exp")):
        if claim in claims:
            values[name] = _moment(claims[claim])
    return {**values, "signed_with": _text(header.get("alg"))}


def _text(value: JsonValue) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value)


def _moment(value: JsonValue) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return _text(value)
    try:
        point = datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return str(value)
    return f"{moment(point)} ({_distance(value - int(time.time()))})"


def _distance(seconds: int) -> str:
    for size, noun in _SPANS:
        count = abs(seconds) // size
        if count:
            span = f"{count} {noun}{'' if count == 1 else 's'}"
            return f"in {span}" if seconds > 0 else f"{span} ago"
    return "now"
