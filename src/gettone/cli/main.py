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
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Where everything is kept.")] = None,
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Of the functions.")] = 8000,
    console_port: Annotated[int, typer.Option(min=0, max=65535, help="Of console and API.")] = 8001,
    host: Annotated[str | None, typer.Option(help="Listen here instead of on loopback.")] = None,
    database_url: Annotated[str | None, typer.Option(metavar="URL", help="PostgreSQL instead of SQLite.")] = None,
    domain: Annotated[str | None, typer.Option(help="Functions answer at names under it.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="A certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key (PEM).")] = None,
) -> None:
    """Run everything on this machine: API, functions, and what keeps both running.

    Example: gettone start --data /var/lib/gettone
    """
    from gettone.cli.start import StartOptions, run_start

    run_start(StartOptions(port, console_port, data, host, database_url, domain, tls_cert, tls_key))


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
