"""A command at a terminal of its own, as somebody sits before it. Must not know any verb."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS = 30
# Whoever leads a session owns the first terminal that it opens: that sends Ctrl-C, and is asked for secrets.
OPENING = 'exec <>"$0" >&0 2>&0; exec "$@"'


@dataclass
class Sitting:
    """The terminal and what runs at it. `shown` is all that it has shown."""

    process: subprocess.Popen[bytes]
    terminal: int
    shown: str = ""

    def wait_for(self, text: str) -> None:
        """Read until this is shown."""
        until = time.monotonic() + SECONDS
        while text not in self.shown:
            assert self._is_ready(until - time.monotonic()), f"{text!r} was never shown, but: {self.shown!r}"
            self.shown += os.read(self.terminal, 65536).decode(errors="replace")

    def type(self, text: str) -> None:
        """Type, without looking."""
        os.write(self.terminal, text.encode())

    def end(self) -> int:
        """Its exit code, once all that it shows has been read."""
        code = self.process.wait(SECONDS)
        while self._is_ready(0):
            self.shown += os.read(self.terminal, 65536).decode(errors="replace")
        return code

    def _is_ready(self, seconds: float) -> bool:
        return bool(select.select([self.terminal], [], [], max(seconds, 0))[0])


@contextmanager
def sitting(*words: str, environ: Mapping[str, str], cwd: Path) -> Iterator[Sitting]:
    """Run `gettone` at a terminal; it is shot at the end, where it still runs."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["sh", "-c", OPENING, os.ttyname(theirs), sys.executable, "-m", "gettone", *words],
        env={"PATH": os.environ["PATH"], "TERM": "dumb", **environ},
        cwd=cwd,
        start_new_session=True,
    )
    try:
        yield Sitting(process, ours)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(SECONDS)
        # Ours keeps its other end open to here: reading from a terminal that nobody has is an error.
        os.close(theirs)
        os.close(ours)
