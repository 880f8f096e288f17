"""Keeps programs running: starts them, starts them again when they die, stops them in order. Knows none of their work.

State: `_running` (the process and tether of each program that lives), `_stopping`. A program that dies is started again
at once, then after longer and longer waits; one that lived for a while begins anew. One that reports a failure which
time does not mend, before it was ever ready, ends them all: there is nothing to keep running.

Programs are sessions of their own: a terminal's Ctrl-C reaches the supervisor alone, which stops them one after the
other. When the supervisor is shot, their tethers are cut, and they end by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gettone.assembly.tether import Failed, Ready, Report, Tether, read_report

AGAIN_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0)  # before the first, second, ... new start
STEADY_SECONDS = 30.0
# What a program of ours gets of the environment: settings travel in its orders.
WITHHELD_PREFIX = "GETTONE_"


@dataclass(frozen=True, slots=True)
class Program:
    """A module whose `main` is run as a process, with these orders and descriptors. It has `stop_seconds` to stop."""

    name: str
    module: str
    orders: bytes = field(repr=False)
    fds: tuple[int, ...] = ()
    stop_seconds: float = 10.0


@dataclass(slots=True, eq=False)
class _Life:
    """A program that was started, until it ends."""

    process: subprocess.Popen[bytes]
    tether: Tether
    started_at: float
    was_ready: bool = False
    failure: Failed | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Runs programs until it is told to stop. `on_report` and `on_end` are told of each, in the order it happens."""

    def __init__(
        self,
        programs: Sequence[Program],
        on_report: Callable[[Program, Report], None],
        on_end: Callable[[Program, int, Failed | None], None],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._programs = tuple(programs)
        self._on_report = on_report
        self._on_end = on_end
        self._environ = {name: value for name, value in environ.items() if not name.startswith(WITHHELD_PREFIX)}
        self._running: dict[str, _Life] = {}
        self._stopping = asyncio.Event()
        self._impatient = asyncio.Event()
        self._ever_ready: set[str] = set()
        self.failure: Failed | None = None

    def stop(self) -> None:
        """Stop all, each when it has finished what it does; said twice: at once."""
        if self._stopping.is_set():
            self._impatient.set()
        self._stopping.set()

    async def run(self) -> None:
        """Keep all running until `stop`, then stop them in order."""
        keepers = [asyncio.create_task(self._keep(program)) for program in self._programs]
        try:
            await self._stopping.wait()
            for program in self._programs:
                await self._end(program)
        finally:
            for life in self._running.values():
                life.process.kill()
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)

    async def _keep(self, program: Program) -> None:
        deaths = 0
        while not self._stopping.is_set():
            life = self._start(program)
            status = await self._live(program, life)
            if self._stopping.is_set():
                return
            self._on_end(program, status, life.failure)
            if life.failure is not None and life.failure.code != "unavailable" and program.name not in self._ever_ready:
                self.failure = life.failure
                self._stopping.set()
                return
            deaths = 1 if time.monotonic() - life.started_at > STEADY_SECONDS else deaths + 1
            wait = AGAIN_SECONDS[min(deaths - 1, len(AGAIN_SECONDS) - 1)]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)

    def _start(self, program: Program) -> _Life:
        tether, far = Tether.pair()
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "gettone.assembly.program", program.module, str(far.fileno())],
                pass_fds=(far.fileno(), *program.fds),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=self._environ,
            )
        finally:
            far.close()
        # Orders are smaller than a socket's buffer: nobody has to read them yet.
        tether.send(program.orders)
        life = self._running[program.name] = _Life(process, tether, time.monotonic())
        return life

    async def _live(self, program: Program, life: _Life) -> int:
        """Hear its reports until it is over; its exit status."""
        try:
            while (data := await life.tether.read()) is not None:
                report = read_report(data)
                if isinstance(report, Ready):
                    life.was_ready = True
                    self._ever_ready.add(program.name)
                elif isinstance(report, Failed):
                    life.failure = report
                self._on_report(program, report)
            return await asyncio.to_thread(life.process.wait)
        finally:
            life.tether.close()
            self._running.pop(program.name, None)
            life.over.set()

    async def _end(self, program: Program) -> None:
        """Ask a program to stop, and wait for it: for so long, or until somebody is impatient."""
        life = self._running.get(program.name)
        if life is None:
            return
        with contextlib.suppress(ProcessLookupError):
            life.process.send_signal(signal.SIGTERM)
        waits = [asyncio.create_task(event.wait()) for event in (life.over, self._impatient)]
        await asyncio.wait(waits, timeout=program.stop_seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if not life.over.is_set():
            life.process.kill()
            await life.over.wait()
