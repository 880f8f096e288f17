"""What may be typed after `gettone dev`: twilio-run's options, and ours. What it does is in `dev`, imported late."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gettone.cli.given import Cwd
from gettone.cli.output import warn
from gettone.model.errors import PlatformError

if TYPE_CHECKING:
    from gettone.project.serverless_config import ServerlessConfig

PORT, PORT_MAX = 3000, 65535

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
        int | None,
        typer.Option("--port", "-p", min=0, max=65535, envvar="PORT", help="3000 unless set; 0 picks a free one."),
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="Listen here instead of on loopback.")] = None,
    env: Annotated[Path | None, typer.Option("--env", metavar="FILE", help="Variables, instead of .env.")] = None,
    load_local_env: Annotated[
        bool | None,
        typer.Option("--load-local-env", "-f", help="This shell's variables too; those of the file come first."),
    ] = None,
    functions_folder: Annotated[str | None, typer.Option(metavar="NAME", help="Instead of functions or src.")] = None,
    assets_folder: Annotated[str | None, typer.Option(metavar="NAME", help="Instead of assets or static.")] = None,
    live: Annotated[bool | None, typer.Option("--live/--no-live", help="Serve anew when a file changes.")] = None,
    legacy_mode: Annotated[bool | None, typer.Option("--legacy-mode", help="Assets answer below /assets.")] = None,
    logs: Annotated[bool | None, typer.Option("--logs/--no-logs", help="Show each request.")] = None,
    detailed_logs: Annotated[
        bool | None, typer.Option("--detailed-logs/--no-detailed-logs", help="With what it was sent.")
    ] = None,
    log_level: Annotated[
        LogLevel | None, typer.Option("--log-level", "-l", help="The least of what is shown: info unless set.")
    ] = None,
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
    """Serve a project on this machine, and serve it anew when a file changes.

    What is not typed, the project's .twilioserverlessrc may say.
    """
    from gettone.cli.dev import DevOptions, run_dev
    from gettone.project.load import ASSET_FOLDERS, FUNCTION_FOLDERS, Folders

    written = _written(folder)
    functions = functions_folder or written.text("functionsFolder")
    assets = assets_folder or written.text("assetsFolder")
    run_dev(
        DevOptions(
            folder,
            port if port is not None else _port(written),
            env or _file(folder, written.text("env")),
            host,
            inspect,
            inspect_brk,
            debugpy,
            folders=Folders((functions,) if functions else FUNCTION_FOLDERS, (assets,) if assets else ASSET_FOLDERS),
            local_env=_said(load_local_env, written.flag("loadLocalEnv"), False),
            legacy=_said(legacy_mode, written.flag("legacyMode"), False),
            live=_said(live, written.flag("live"), True),
            level=log_level.value if log_level is not None else _level(written),
            requests=_said(logs, written.flag("logs"), True),
            details=_said(detailed_logs, written.flag("detailedLogs"), False),
        )
    )


def _written(folder: Path) -> ServerlessConfig:
    """What the project's file says for `start`, which is what twilio-run calls this verb."""
    from gettone.project.serverless_config import read_config

    return read_config(folder, "start")


def _said(typed: bool | None, written: bool | None, usual: bool) -> bool:
    if typed is not None:
        return typed
    return usual if written is None else written


def _file(folder: Path, name: str | None) -> Path | None:
    return None if name is None else folder / name


def _port(written: ServerlessConfig) -> int:
    value = written.values.get("port", PORT)
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or int(text) > PORT_MAX:
        raise PlatformError("invalid", f".twilioserverlessrc: port must be a number up to {PORT_MAX}: mend it")
    return int(text)


def _level(written: ServerlessConfig) -> str:
    text = written.text("logLevel") or LogLevel.INFO.value
    if text not in set(LogLevel):
        levels = ", ".join(LogLevel)
        raise PlatformError("invalid", f".twilioserverlessrc: logLevel must be one of {levels}: mend it")
    return text
