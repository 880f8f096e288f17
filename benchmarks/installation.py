"""A `gettone start` of the benchmark's own: started, timed until it says that it is up, looked at, ended.

Must not know what is measured.
"""

from __future__ import annotations

import contextlib
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.processes import Command, end, free_port, plain_environment, spawn
from benchmarks.standing import Unavailable

START_SECONDS = 60.0
BANNER_END = b"Ctrl-C stops it"
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "fedcba9876543210" * 2
# More builds than anybody makes within an hour.
SETTINGS = {"GETTONE_ACCOUNT_SID": ACCOUNT_SID, "GETTONE_AUTH_TOKEN": AUTH_TOKEN, "GETTONE_BUILDS_PER_HOUR": "100000"}


@dataclass(frozen=True, slots=True)
class Installation:
    """One that is up: its processes, where it is asked, and how long it took from the command to its banner."""

    process: subprocess.Popen[bytes]
    port: int
    console_port: int
    start_seconds: float

    def memory_bytes(self) -> int:
        """Proportional set size of all its processes.

        Raises: Unavailable where the kernel does not tell.
        """
        try:
            return sum(_proportional_bytes(pid) for pid in _tree(self.process.pid))
        except OSError as error:
            raise Unavailable(f"memory is not told here: {error.strerror}") from None


@contextlib.contextmanager
def installation(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Installation]:
    """Keep one running over this folder for the length of a with statement, with more settings than it has anyway.

    Raises: Unavailable.
    """
    port, console_port = free_port(), free_port()
    ports = ("--port", str(port), "--console-port", str(console_port))
    gettone = str(Path(sys.executable).parent / "gettone")
    command = Command(
        (gettone, "start", "--data", str(folder / "data"), *ports),
        folder,
        plain_environment(folder / "home", **SETTINGS, **settings),
    )
    started_at = time.perf_counter()
    with (folder / "complaints").open("wb") as complaints:
        process = spawn(command, subprocess.DEVNULL, subprocess.PIPE, complaints.fileno())
    try:
        _await_banner(process, folder / "complaints")
        yield Installation(process, port, console_port, time.perf_counter() - started_at)
    finally:
        end(process)
        assert process.stdout is not None
        process.stdout.close()


def _await_banner(process: subprocess.Popen[bytes], complaints: Path) -> None:
    assert process.stdout is not None
    give_up = time.monotonic() + START_SECONDS
    told = b""
    while BANNER_END not in told:
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, give_up - time.monotonic()))
        piece = process.stdout.read1() if ready else b""  # type: ignore[attr-defined]
        if not piece:
            last = (told + complaints.read_bytes()).decode(errors="replace").strip().splitlines()[-2:]
            raise Unavailable(f"it did not start: {' / '.join(last)[-200:] or 'it said nothing'}")
        told += piece


def _tree(pid: int) -> list[int]:
    """A process and all that it started."""
    children = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in _words(task / "children")]
    return [pid, *(each for child in children for each in _tree(child))]


def _words(path: Path) -> list[str]:
    return path.read_text().split()


def _proportional_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
