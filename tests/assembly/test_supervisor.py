"""Programs are kept running, and end with their supervisor, whatever happens to either."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gettone.assembly.supervisor import Program, Supervisor
from gettone.assembly.tether import Failed, Ready, Report
from tests.processes import is_gone

PROGRAM = "tests.assembly.program"
WAIT_SECONDS = 20.0


@dataclass
class Heard:
    """What the supervisor told, and an event for each kind of news."""

    reports: list[Report] = field(default_factory=list)
    ends: list[tuple[int, Failed | None]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def report(self, _program: Program, report: Report) -> None:
        self.reports.append(report)
        self.news.set()

    def end(self, _program: Program, status: int, failure: Failed | None) -> None:
        self.ends.append((status, failure))
        self.news.set()

    async def until(self, reports: int = 0, ends: int = 0) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while len(self.reports) < reports or len(self.ends) < ends:
                self.news.clear()
                await self.news.wait()


def lives(folder: Path) -> list[int]:
    """The process ids of all that were started, oldest first."""
    return [int(path.suffix[1:]) for path in sorted(folder.iterdir())]


@asynccontextmanager
async def supervised(folder: Path, words: str, stop_seconds: float = 5.0) -> AsyncIterator[tuple[Supervisor, Heard]]:
    """A supervisor with one program, stopped at the end."""
    heard = Heard()
    program = Program("it", PROGRAM, f"{folder} {words}".encode(), stop_seconds=stop_seconds)
    supervisor = Supervisor([program], heard.report, heard.end)
    running = asyncio.create_task(supervisor.run())
    try:
        yield supervisor, heard
    finally:
        supervisor.stop()
        async with asyncio.timeout(WAIT_SECONDS):
            await running


@pytest.fixture
def anyio_backend() -> str:
    """Processes are watched with asyncio."""
    return "asyncio"


@pytest.mark.anyio
async def test_program_that_is_shot_is_started_again(tmp_path: Path) -> None:
    """At once, the first time; its end is told with the signal."""
    async with supervised(tmp_path, "ready") as (_, heard):
        await heard.until(reports=1)
        os.kill(lives(tmp_path)[0], signal.SIGKILL)
        await heard.until(reports=2, ends=1)

        assert heard.reports == [Ready(), Ready()]
        assert heard.ends == [(-signal.SIGKILL, None)]
        assert len(lives(tmp_path)) == 2


@pytest.mark.anyio
async def test_what_time_does_not_mend_ends_all(tmp_path: Path) -> None:
    """A wrong master key is no reason to try again."""
    async with supervised(tmp_path, "wrong") as (supervisor, heard):
        await heard.until(ends=1)

        assert supervisor.failure == Failed("invalid", "the master key is another one")
    assert len(lives(tmp_path)) == 1


@pytest.mark.anyio
async def test_what_is_away_is_tried_again(tmp_path: Path) -> None:
    """A database may come back."""
    async with supervised(tmp_path, "first-away ready") as (supervisor, heard):
        await heard.until(ends=1)
        await heard.until(reports=2, ends=1)

        assert heard.reports[1] == Ready()
        assert supervisor.failure is None


@pytest.mark.anyio
async def test_program_that_will_not_stop_is_ended(tmp_path: Path) -> None:
    """After its time."""
    async with supervised(tmp_path, "deaf ready", stop_seconds=0.05) as (_, heard):
        await heard.until(reports=1)

    assert all(is_gone(pid) for pid in lives(tmp_path))


@pytest.mark.anyio
async def test_second_stop_is_impatient(tmp_path: Path) -> None:
    """Ctrl-C twice ends what does not end."""
    async with supervised(tmp_path, "deaf ready", stop_seconds=600) as (supervisor, heard):
        await heard.until(reports=1)
        supervisor.stop()
        supervisor.stop()

    assert all(is_gone(pid) for pid in lives(tmp_path))


def test_programs_end_with_a_supervisor_that_is_shot(tmp_path: Path) -> None:
    """Nothing is left running, though nobody could tell it to stop."""
    script = (
        "import asyncio, sys\n"
        "from gettone.assembly.supervisor import Program, Supervisor\n"
        f"program = Program('it', {PROGRAM!r}, b'{tmp_path} ready')\n"
        "supervisor = Supervisor([program], lambda *_: print('ready', flush=True), lambda *_: None)\n"
        "asyncio.run(supervisor.run())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        supervisor.stdout.readline()
        (pid,) = lives(tmp_path)
        supervisor.kill()

    assert is_gone(pid)


def test_settings_stay_out_of_a_programs_environment(tmp_path: Path) -> None:
    """`/proc/PID/environ` of a program holds no setting: an auth token may be one."""

    async def run() -> bytes:
        heard = Heard()
        program = Program("it", PROGRAM, f"{tmp_path} ready".encode())
        environ = {**os.environ, "GETTONE_AUTH_TOKEN": "f" * 32}
        supervisor = Supervisor([program], heard.report, heard.end, environ)
        running = asyncio.create_task(supervisor.run())
        await heard.until(reports=1)
        content = await asyncio.to_thread(Path(f"/proc/{lives(tmp_path)[0]}/environ").read_bytes)
        supervisor.stop()
        await running
        return content

    content = asyncio.run(run())

    assert b"PATH=" in content
    assert b"GETTONE_AUTH_TOKEN" not in content
