"""`gettone start`: everything on this machine, kept running: control, gateway, and a supervisor over both."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gettone.assembly.holding import hold_data
from gettone.assembly.keys import open_gateway_keys
from gettone.assembly.sockets import bind
from gettone.assembly.supervisor import Program, Supervisor
from gettone.assembly.tether import ControlOrders, Failed, GatewayOrders, Opened, Ready, Report, encode_orders
from gettone.cli.banner import Banner, waiting
from gettone.cli.server_options import ConsolePort, Data, DatabaseUrl
from gettone.model.errors import PlatformError
from gettone.settings import Settings, read_settings

LOOPBACK = ("127.0.0.1", "::1")
# The gateway first: what it still runs may print, and control keeps what it prints.
GATEWAY_STOP_SECONDS = 20.0
CONTROL_STOP_SECONDS = 10.0


app = typer.Typer()


@app.command(epilog="Example: gettone start --data /var/lib/gettone", context_settings={"allow_extra_args": True})
def start(
    context: typer.Context,
    data: Data = None,
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Of the functions.")] = 8000,
    console_port: ConsolePort = 8001,
    host: Annotated[str | None, typer.Option(help="Listen here instead of on loopback.")] = None,
    database_url: DatabaseUrl = None,
    domain: Annotated[str | None, typer.Option(help="Functions answer at names under it.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="A certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key (PEM).")] = None,
) -> None:
    """Run everything on this machine: API, functions, and what keeps both running."""
    if context.args:
        # In Twilio's toolkit this verb serves a project.
        raise typer.BadParameter(f"gettone start serves no folder: gettone dev {context.args[0]} serves that project")
    run_start(StartOptions(port, console_port, data, host, database_url, domain, tls_cert, tls_key))


@dataclass(frozen=True, slots=True)
class StartOptions:
    """What was typed after `gettone start`; None where nothing was."""

    port: int
    console_port: int
    data: Path | None = None
    host: str | None = None
    database_url: str | None = None
    domain: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None


def run_start(options: StartOptions) -> None:
    """Serve until Ctrl-C. Raises PlatformError when something that is needed cannot be had."""
    if sys.platform != "linux":
        raise PlatformError("unavailable", "gettone start runs on Linux: use gettone dev here, or WSL on Windows")
    typed = {name: getattr(options, name) for name in StartOptions.__slots__ if name not in ("port", "console_port")}
    settings = read_settings(os.environ, typed)
    check_tls(settings)
    with ExitStack() as held:
        lock = hold_data(settings.data, held, waiting)
        keys = open_gateway_keys(settings)
        gateway = listen(settings.host, options.port, "--port", held)
        console = listen(settings.host, options.console_port, "--console-port", held)
        port, console_port = gateway[0].getsockname()[1], console[0].getsockname()[1]
        fds = tuple(tuple(each.fileno() for each in sockets) for sockets in (gateway, console))
        programs = (
            Program(
                "gateway",
                "gettone.assembly.gateway_program",
                encode_orders(GatewayOrders(settings, fds[0], port, keys.snapshot_key, keys.public_key)),
                (*fds[0], lock),
                GATEWAY_STOP_SECONDS,
            ),
            Program(
                "control",
                "gettone.assembly.control_program",
                encode_orders(ControlOrders(settings, fds[1], port, console_port)),
                (*fds[1], lock),
                CONTROL_STOP_SECONDS,
            ),
        )
        failure = asyncio.run(_Start(settings, port, console_port).run(programs))
    if failure is not None:
        raise PlatformError(failure.code, failure.message)


def check_tls(settings: Settings) -> None:
    """Refuse half of a certificate."""
    for one, other in (("tls_cert", "tls_key"), ("tls_key", "tls_cert")):
        if getattr(settings, one) is not None and getattr(settings, other) is None:
            flags = [name.replace("_", "-") for name in (one, other)]
            raise PlatformError("invalid", f"--{flags[0]} is given without --{flags[1]}: give both, or neither")


def listen(host: str, port: int, option: str, held: ExitStack) -> list[socket.socket]:
    """Sockets that listen on both loopback addresses, or on the one that was named. Raises PlatformError."""
    hosts = LOOPBACK if host in LOOPBACK else (host,)
    try:
        sockets = bind(hosts, port)
    except OSError as error:
        way = f"another with {option}" if error.errno == errno.EADDRINUSE else "another with --host"
        raise PlatformError(
            "unavailable", f"{hosts[0]} port {port} cannot be listened on ({error.strerror}): choose {way}"
        ) from error
    for each in sockets:
        held.callback(each.close)
    return sockets


class _Start:
    """One run of the verb. State: what control told of itself, which programs are ready, and what was said of it."""

    def __init__(self, settings: Settings, port: int, console_port: int) -> None:
        self.banner = Banner(settings, port, console_port, time.perf_counter())
        self.opened: Opened | None = None
        self.ready: set[str] = set()
        self.waiting = False
        self.shown = False
        self.from_disk = False
        self.stopping = False

    async def run(self, programs: tuple[Program, ...]) -> Failed | None:
        supervisor = Supervisor(programs, self._reported, self._ended)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop, supervisor)
        await supervisor.run()
        return supervisor.failure

    def _stop(self, supervisor: Supervisor) -> None:
        if not self.stopping:
            self.banner.stopping()
        self.stopping = True
        supervisor.stop()

    def _reported(self, program: Program, report: Report) -> None:
        match report:
            case Opened():
                self.opened = report
                if report.set_up_secret is not None and self.shown:
                    self.banner.set_up(report.set_up_secret)
            case Ready():
                self.ready.add(program.name)
                if self.shown:
                    self.banner.back(program.name)
            case Failed(code="unavailable"):
                self.waiting = True
                self.banner.away(report.message)
            case Failed():
                pass  # said once all is stopped
        self._show()

    def _show(self) -> None:
        if self.opened is not None and not self.shown and {"gateway", "control"} <= self.ready:
            self.shown = True
            self.banner.show(self.opened)
        elif self.waiting and not self.shown and not self.from_disk and "gateway" in self.ready:
            self.from_disk = True
            self.banner.from_disk()

    def _ended(self, program: Program, status: int, failure: Failed | None) -> None:
        self.ready.discard(program.name)
        if failure is None:
            self.banner.died(program.name, status)
