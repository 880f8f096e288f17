"""What may be typed after `gettone dev`: twilio-run's options, and ours. What it does is in `dev`, imported late."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.given import Cwd
from gettone.cli.output import warn
from gettone.model.errors import PlatformError

app = typer.Typer()


class LogLevel(StrEnum):
    """twilio-run's levels of what is shown."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"
    NONE = "none"


def _refuse_tunnel(value: str | None) -> str | None:
    if value is not None:
        raise PlatformError("invalid", "gettone opens no tunnel: run it without --ngrok, and ngrok http 3000 beside it")
    return value


def _pass_over_forks(value: bool) -> bool:
    if not value:
        warn("--no-fork-process changes nothing: functions run in processes that are kept, as in the cloud")
    return value


@app.command(epilog="Example: gettone dev my-project --port 3000")
def dev(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The project's folder.")] = Path(),
    port: Annotated[
        int, typer.Option("--port", "-p", min=0, max=65535, envvar="PORT", help="0 picks a free one.")
    ] = 3000,
    host: Annotated[str | None, typer.Option("--host", help="Listen here instead of on loopback.")] = None,
    env: Annotated[Path | None, typer.Option("--env", metavar="FILE", help="Variables, instead of .env.")] = None,
    load_local_env: Annotated[
        bool, typer.Option("--load-local-env", "-f", help="This shell's variables too; those of the file come first.")
    ] = False,
    functions_folder: Annotated[str | None, typer.Option(metavar="NAME", help="Instead of functions or src.")] = None,
    assets_folder: Annotated[str | None, typer.Option(metavar="NAME", help="Instead of assets or static.")] = None,
    live: Annotated[bool, typer.Option("--live/--no-live", help="Serve anew when a file changes.")] = True,
    legacy_mode: Annotated[bool, typer.Option("--legacy-mode", help="Assets answer below /assets.")] = False,
    logs: Annotated[bool, typer.Option("--logs/--no-logs", help="Show each request.")] = True,
    detailed_logs: Annotated[
        bool, typer.Option("--detailed-logs/--no-detailed-logs", help="With what it was sent.")
    ] = False,
    log_level: Annotated[
        LogLevel, typer.Option("--log-level", "-l", help="The least of what is shown.")
    ] = LogLevel.INFO,
    inspect: Annotated[str | None, typer.Option(metavar="[=HOST:PORT]", help="Open Node's inspector.")] = None,
    inspect_brk: Annotated[
        str | None, typer.Option(metavar="[=HOST:PORT]", help="The same, stopping at the first line.")
    ] = None,
    debugpy: Annotated[int | None, typer.Option(metavar="[=PORT]", help="Let a Python debugger attach.")] = None,
    _cwd: Cwd = None,
    _ngrok: Annotated[str | None, typer.Option("--ngrok", hidden=True, callback=_refuse_tunnel)] = None,
    _fork: Annotated[
        bool, typer.Option("--fork-process/--no-fork-process", hidden=True, callback=_pass_over_forks)
    ] = True,
) -> None:
    """Serve a project on this machine, and serve it anew when a file changes."""
    from gettone.cli.dev import DevOptions, run_dev
    from gettone.project.load import ASSET_FOLDERS, FUNCTION_FOLDERS, Folders

    folders = Folders(
        (functions_folder,) if functions_folder else FUNCTION_FOLDERS,
        (assets_folder,) if assets_folder else ASSET_FOLDERS,
    )
    run_dev(
        DevOptions(
            folder,
            port,
            env,
            host,
            inspect,
            inspect_brk,
            debugpy,
            folders=folders,
            local_env=load_local_env,
            legacy=legacy_mode,
            live=live,
            level=log_level.value,
            requests=logs,
            details=detailed_logs,
        )
    )
