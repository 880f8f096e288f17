"""`gettone dev`: serve a project folder on this machine, and serve it anew on every change."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from pathlib import Path

from gettone.assembly.data_plane import DataPlane, Debugging, open_data_plane
from gettone.assembly.listening import Listener, make_listener
from gettone.cli.dev_port import LOOPBACK, listen
from gettone.cli.terminal import Terminal
from gettone.cli.watch import changes
from gettone.model.errors import PlatformError
from gettone.project.deployment import deployment_of
from gettone.project.load import USUAL_FOLDERS, Folders, load_project
from gettone.project.local import as_served_in_legacy_mode, with_local_variables
from gettone.project.project import Project
from gettone.routes.compile import compile_environment
from gettone.routes.table import Table
from gettone.settings import read_settings

HALF_WRITTEN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class DevOptions:
    """What was typed after `gettone dev`."""

    folder: Path
    port: int
    env: Path | None
    host: str | None
    inspect: str | None
    inspect_brk: str | None
    debugpy: int | None
    folders: Folders = USUAL_FOLDERS
    local_env: bool = False
    legacy: bool = False
    live: bool = True
    level: str = "info"
    requests: bool = True
    details: bool = False


def run_dev(options: DevOptions) -> None:
    """Serve until Ctrl-C. Raises PlatformError when the project or the address is of no use."""
    if sys.platform == "win32":
        raise PlatformError("unavailable", "Gettone runs on Linux and macOS; on Windows, run it inside WSL")
    import uvloop

    dev = _Dev(options, Terminal(level=options.level, requests=options.requests))
    uvloop.run(dev.run(listen(options.host, options.port)))


class _Dev:
    """One run of the verb. State: `project`, the one that is served."""

    def __init__(self, options: DevOptions, terminal: Terminal) -> None:
        self.options = options
        self.terminal = terminal
        self.started = time.perf_counter()
        self.project = self._read(None)

    async def run(self, sockets: list[socket.socket]) -> None:
        options = self.options
        port = sockets[0].getsockname()[1]
        name = "localhost" if options.host in (None, *LOOPBACK, "0.0.0.0", "::") else options.host
        self.domain_name = f"{name}:{port}"
        plane = await open_data_plane(
            read_settings(os.environ),
            self.terminal,
            self.terminal,
            self.project.python,
            development=True,
            debugging=self._debugging(),
            port=port,
        )
        if options.details:
            plane.pool.on_event = self.terminal.event
        listener = make_listener(plane)
        loop = asyncio.get_running_loop()
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._stop, listener, plane)
            await self._publish(plane, self.project, first=True)
            async with _background(self._reload(plane)) if options.live else contextlib.nullcontext():
                await listener.serve(sockets=sockets)
        finally:
            await plane.close()
            for each in sockets:
                each.close()
            self.terminal.close()

    def _stop(self, listener: Listener, plane: DataPlane) -> None:
        """First Ctrl-C: let what runs finish. Second: do not."""
        if listener.should_exit:
            listener.force_exit = True
        elif waiting := plane.edge.under_way:
            self.terminal.say(f"Waiting for {waiting} requests. Ctrl-C again ends them.")
        listener.should_exit = True

    async def _publish(self, plane: DataPlane, project: Project, first: bool = False) -> None:
        begun = time.perf_counter()
        environment = compile_environment(deployment_of(project, self.domain_name))
        plane.open_network(project.network_allow)
        problems = await plane.current.publish(Table({}, fallback=environment))
        self.project = project
        if first:
            self.terminal.banner(
                project, f"http://{self.domain_name}", time.perf_counter() - self.started, plane.standing
            )
            self._say_where_to_attach()
        else:
            self.terminal.reloaded(project, time.perf_counter() - begun)
            self.terminal.remarks(project)
        self.terminal.problems(problems)

    async def _reload(self, plane: DataPlane) -> None:
        """Serve each change. What cannot be served is told, and the last good state goes on."""
        async for _ in changes(self.project.folder, self.options.env, self.options.folders):
            try:
                project = await self._load()
                if _is_half_written(project, self.project):
                    await asyncio.sleep(HALF_WRITTEN_SECONDS)
                    project = await self._load()
                if project != self.project:
                    await self._publish(plane, project)
            except PlatformError as error:
                self.terminal.refused(error.message)
            except Exception as error:  # noqa: BLE001 - the edge of a task: a dead watcher would never serve another change
                self.terminal.refused(f"{type(error).__name__}: {error}")

    async def _load(self) -> Project:
        return await asyncio.to_thread(self._read, self.project)

    def _read(self, previous: Project | None) -> Project:
        options = self.options
        project = load_project(options.folder, options.env, folders=options.folders, previous=previous)
        if options.local_env:
            project = with_local_variables(project, os.environ)
        return as_served_in_legacy_mode(project) if options.legacy else project

    def _say_where_to_attach(self) -> None:
        options = self.options
        if options.inspect is not None or options.inspect_brk is not None:
            self.terminal.say(f"Attach a JavaScript debugger to {options.inspect_brk or options.inspect}.")
        if options.debugpy is not None:
            self.terminal.say(f"Attach a Python debugger to 127.0.0.1:{options.debugpy}.")

    def _debugging(self) -> Debugging | None:
        options = self.options
        node_flag = None
        if options.inspect is not None or options.inspect_brk is not None:
            node_flag = (
                f"--inspect-brk={options.inspect_brk}" if options.inspect_brk else f"--inspect={options.inspect}"
            )
        if node_flag is None and options.debugpy is None:
            return None
        return Debugging(self.project.folder, node_flag, options.debugpy)


def _is_half_written(project: Project, before: Project) -> bool:
    """Whether a file has just become empty: most editors truncate before they write."""
    full = {function.source for function in before.functions if function.content}
    return any(not function.content and function.source in full for function in project.functions)


@contextlib.asynccontextmanager
async def _background(coroutine: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run beside the body, and end with it."""
    task = asyncio.create_task(coroutine)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
