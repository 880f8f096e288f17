"""Programs that the benchmark starts end when it says so."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.processes import Command, free_port, listening, plain_environment, running
from tests.processes import is_gone

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="reads /proc, and asks the kernel for what only Linux has"
)

# Ignores the polite signal, starts a child that does too, and listens once both do.
STUBBORN = """
import os, signal, socket, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child == 0:
    time.sleep(3600)
open(sys.argv[2], "w").write(f"{os.getpid()} {child}")
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(3600)
"""


def is_alive(process: int) -> bool:
    """Whether a process runs; one that only waits to be read has ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def command(folder: Path, program: str, *arguments: str) -> Command:
    """A Python program with a plain environment."""
    return Command((sys.executable, "-c", program, *arguments), folder, plain_environment(folder))


def test_stubborn_program_ends_with_its_child(tmp_path: Path) -> None:
    """What ignores the polite signal is killed, and with it what it started."""
    port = free_port()
    with running(command(tmp_path, STUBBORN, str(port), "ids")) as program:
        assert listening(port, program.process, 20.0)
        ids = [int(text) for text in (tmp_path / "ids").read_text().split()]
        assert all(is_alive(process) for process in ids)

    assert all(is_gone(process) for process in ids)


def test_program_that_ends_at_once_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody listens, and its last words tell why."""
    program = "import sys; sys.exit('no such thing')"
    with running(command(tmp_path, program)) as ended:
        assert not listening(free_port(), ended.process, 60.0)
        assert ended.last_words() == "no such thing"


def test_environment_holds_nothing_of_the_users(tmp_path: Path) -> None:
    """A home of its own, and only what is named."""
    environment = plain_environment(tmp_path / "home", ("/first",), API_KEY="k")

    assert environment["HOME"] == str(tmp_path / "home")
    assert environment["PATH"].split(os.pathsep)[0] == "/first"
    assert set(environment) <= {"PATH", "HOME", "CI", "NO_COLOR", "API_KEY", "LANG", "LC_ALL", "TMPDIR"}


def test_program_ends_with_the_benchmark(tmp_path: Path) -> None:
    """Killed outright, the benchmark leaves no program running: the kernel sees to it."""
    source = f"""
import time
from pathlib import Path
from benchmarks.processes import Command, plain_environment, running
folder = Path({str(tmp_path)!r})
sleeper = Command(({sys.executable!r}, "-c", "import time; time.sleep(3600)"), folder, plain_environment(folder))
with running(sleeper) as program:
    print(program.process.pid, flush=True)
    time.sleep(3600)
"""
    root = Path(__file__).resolve().parents[2]
    # What is killed outright cannot tidy up: let it leave its files here.
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True) as benchmark:
        assert benchmark.stdout is not None
        program = os.pidfd_open(int(benchmark.stdout.readline()))
        benchmark.kill()
    ended, _, _ = select.select([program], [], [], 10.0)
    os.close(program)

    assert ended == [program]
