"""What the benchmark asks of a running installation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks.installation import Installation

MEGABYTES = 20
# Its own child holds the memory, and says so.
CHILD = f"block = b'x' * ({MEGABYTES} << 20); print('ready', flush=True); input()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process with a child that holds some memory."""
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == b"ready\n"
        yield started


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what processes hold")
def test_memory_is_that_of_all_processes(process: subprocess.Popen[bytes]) -> None:
    """What a child holds counts."""
    held = Installation(process, port=0, console_port=0, start_seconds=0.0).memory_bytes()

    assert MEGABYTES << 20 < held < 10 * (MEGABYTES << 20)
