"""Programs that the benchmark starts, and their certain end. Must not know what the programs do.

Each gets a process group of its own, ends with this process at the latest (the kernel sees to that on Linux), and takes
along whatever it started: what outlives its group is adopted by this process, and ended too.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

POLITE_SECONDS = 3.0
LAST_WORDS_SECONDS = 1.0
STEP_SECONDS = 0.02
# From prctl(2), which Python's standard library does not have.
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run: its arguments, where, and its whole environment."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Running:
    """A started program. ``complaints`` is the file that its standard error goes to."""

    process: subprocess.Popen[bytes]
    complaints: Path

    def last_words(self) -> str:
        """The end of what it said on standard error, in one line. Waits a moment for it to finish speaking."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(LAST_WORDS_SECONDS)
        lines = self.complaints.read_text(errors="replace").split("\n")
        told = [line.strip() for line in lines if line.strip()]
        return " / ".join(told[-2:])[-200:] or "it said nothing"


def plain_environment(home: Path, path: Sequence[str] = (), **variables: str) -> dict[str, str]:
    """An environment with a home of its own, so that no program reads or writes the user's settings."""
    home.mkdir(parents=True, exist_ok=True)
    search = os.pathsep.join([*path, os.environ.get("PATH", os.defpath)])
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {**kept, "PATH": search, "HOME": str(home), "CI": "1", "NO_COLOR": "1", **variables}


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def adopt_orphans() -> None:
    """Make this process the parent of what its programs leave behind. Linux only; elsewhere nothing happens."""
    if _prctl is not None:
        _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans() -> None:
    """End every child of this process that is left, and their children as they arrive here."""
    while children := _children():
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


@contextlib.contextmanager
def running(command: Command) -> Iterator[Running]:
    """Keep a program running for the length of a with statement."""
    with tempfile.TemporaryDirectory(prefix="gettone-bench-") as folder:
        complaints = Path(folder, "stderr")
        with complaints.open("wb") as stderr:
            process = spawn(command, subprocess.DEVNULL, subprocess.DEVNULL, stderr.fileno())
        try:
            yield Running(process, complaints)
        finally:
            end(process)


def spawn(command: Command, stdin: int, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    """Start a program in a group of its own; whoever starts it has to end it."""
    return subprocess.Popen(
        command.arguments,
        cwd=command.folder,
        env=dict(command.environment),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - no other thread runs when the benchmark starts programs
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and its whole group: asked first, killed when that takes too long."""
    _signal_group(process.pid, signal.SIGTERM)
    try:
        process.wait(POLITE_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()


def listening(port: int, process: subprocess.Popen[bytes], timeout_seconds: float) -> bool:
    """Wait until somebody accepts connections on a port; False when the program ended or the time is over."""
    give_up = time.monotonic() + timeout_seconds
    while time.monotonic() < give_up and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
        except OSError:
            time.sleep(STEP_SECONDS)
        else:
            return True
    return False


def _end_with_parent() -> None:
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _children() -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []
