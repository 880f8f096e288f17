"""The `gettone` command: its verbs, and how an error is told at a terminal. Must stay quick to import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gettone.model.errors import PlatformError
from gettone.sandbox.errors import LaunchError

# Typer knows no option whose value may be left out; twilio-run has three of them.
_VALUES_WHEN_BARE = {"--inspect": "127.0.0.1:9229", "--inspect-brk": "127.0.0.1:9229", "--debugpy": "5678"}

_DATA = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Where everything is kept.")]
_DATABASE_URL = Annotated[str | None, typer.Option(metavar="URL", help="PostgreSQL instead of SQLite.")]

app = typer.Typer(
    name="gettone",
    help="Mint access tokens for voice, video and chat with functions that you write.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _gettone() -> None:
    """Mint access tokens for voice, video and chat with functions that you write."""


@app.command("dev")
@app.command("run", hidden=True)
def dev(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The project's folder.")] = Path(),
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="0 picks a free one.")] = 3000,
    env: Annotated[Path | None, typer.Option("--env", help="A file of variables instead of .env.")] = None,
    host: Annotated[str | None, typer.Option("--host", help="Listen here instead of on loopback.")] = None,
    inspect: Annotated[str | None, typer.Option(metavar="[=HOST:PORT]", help="Open Node's inspector.")] = None,
    inspect_brk: Annotated[
        str | None, typer.Option(metavar="[=HOST:PORT]", help="The same, stopping at the first line.")
    ] = None,
    debugpy: Annotated[int | None, typer.Option(metavar="[=PORT]", help="Let a Python debugger attach.")] = None,
) -> None:
    """Serve a project on this machine, and serve it anew when a file changes.

    Example: gettone dev my-project --port 3000
    """
    from gettone.cli.dev import DevOptions, run_dev

    run_dev(DevOptions(folder, port, env, host, inspect, inspect_brk, debugpy))


@app.command("start")
def start(
    data: _DATA = None,
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Of the functions.")] = 8000,
    console_port: Annotated[int, typer.Option(min=0, max=65535, help="Of console and API.")] = 8001,
    host: Annotated[str | None, typer.Option(help="Listen here instead of on loopback.")] = None,
    database_url: _DATABASE_URL = None,
    domain: Annotated[str | None, typer.Option(help="Functions answer at names under it.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="A certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key (PEM).")] = None,
) -> None:
    """Run everything on this machine: API, functions, and what keeps both running.

    Example: gettone start --data /var/lib/gettone
    """
    from gettone.cli.start import StartOptions, run_start

    run_start(StartOptions(port, console_port, data, host, database_url, domain, tls_cert, tls_key))


@app.command("doctor")
def doctor(
    data: _DATA = None,
    database_url: _DATABASE_URL = None,
    output: Annotated[str, typer.Option("--output", "-o", help="text or json.")] = "text",
) -> None:
    """Tell what this machine has, what is missing, and what to do about it."""
    from gettone.cli.doctor import run_doctor

    sys.exit(run_doctor(data, database_url, as_json=output == "json"))


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="A new file.")],
    data: _DATA = None,
    database_url: _DATABASE_URL = None,
    with_key: Annotated[bool, typer.Option("--with-key", help="Put the master key in it, under a passphrase.")] = False,
) -> None:
    """Write all that is kept to one file, also while Gettone runs. The passphrase is asked for, or read from stdin."""
    from gettone.cli.backup import run_backup

    run_backup(file, data, database_url, with_key)


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="What gettone backup wrote.")],
    data: _DATA = None,
    database_url: _DATABASE_URL = None,
) -> None:
    """Make a new installation of a backup, in an empty data folder or an empty database."""
    from gettone.cli.backup import run_restore

    run_restore(file, data, database_url)


owner = typer.Typer(help="For whoever sits at the machine, when nobody can sign in.", no_args_is_help=True)
app.add_typer(owner, name="owner")


@owner.callback()
def _owner() -> None:
    """For whoever sits at the machine, when nobody can sign in."""


@owner.command("reset-link")
def reset_link(
    data: _DATA = None,
    database_url: _DATABASE_URL = None,
    email: Annotated[str | None, typer.Option(help="Which owner, where there are several.")] = None,
    console_port: Annotated[int, typer.Option(min=1, max=65535, help="Of console and API.")] = 8001,
) -> None:
    """Print a one-time link: for an owner's new password, or for who is to become the owner."""
    from gettone.cli.owner import run_reset_link

    run_reset_link(data, database_url, email, console_port)


def _fail(message: str) -> NoReturn:
    print(f"gettone: {message}", file=sys.stderr)
    sys.exit(1)


def main(arguments: list[str] | None = None) -> None:
    """Run a verb. Exit codes: 0 done, 1 failed, 2 wrong use, 130 Ctrl-C."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    words = [f"{word}={_VALUES_WHEN_BARE[word]}" if word in _VALUES_WHEN_BARE else word for word in words]
    try:
        app(words)
    except PlatformError as error:
        _fail(error.message)
    except LaunchError as error:
        _fail(f"no worker can be started: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
