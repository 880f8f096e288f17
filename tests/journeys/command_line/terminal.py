"""A real terminal (tmux) with a shell in it, typed at and read as a person does. Must not know what is typed.

All that the shell and its programs write comes through a pipe as it is written, so nothing is waited for by the clock.
The prompt tells the exit code of the command before it.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 30.0
# Wide enough that no line is broken, so that what is read is what was written.
WIDTH, HEIGHT = 250, 60
PROMPT = re.compile(r"ready (\d+)> $")
SHELL = {"TERM": "screen", "LANG": "C.UTF-8", "PS1": "ready $?> ", "HISTFILE": "", "NO_COLOR": "1"}
BEGIN = "read -r _; exec bash --norc --noprofile -i"
_UNFINISHED = re.compile(r"\x1b[^A-Za-z]{0,20}\Z")
_STEERING = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended: its exit code, and what it wrote."""

    code: int
    text: str


@dataclass
class Terminal:
    """One terminal. `read` is all that was written so far, without what steers the terminal."""

    socket: Path
    read: str = ""
    news: threading.Condition = field(default_factory=threading.Condition)

    def run(self, command: str) -> Done:
        """Type a command, and wait for its end."""
        since = self.type(command)
        return self.end(since)

    def succeed(self, command: str) -> str:
        """The same for one that has to end well; what it wrote."""
        done = self.run(command)
        assert done.code == 0, f"{command} ended with {done.code}:\n{done.text}"
        return done.text

    def type(self, text: str) -> int:
        """Type a line. Where what is written after it begins is what the other methods ask for."""
        since = len(self.read)
        self._tmux("send-keys", "-l", text)
        self._tmux("send-keys", "Enter")
        return since

    def press(self, key: str) -> int:
        """Press a key, such as C-c."""
        since = len(self.read)
        self._tmux("send-keys", key)
        return since

    def wait_for(self, pattern: str, since: int = 0) -> re.Match[str]:
        """The first match in what was written from there on, as soon as it is."""
        return self._await(re.compile(pattern, re.MULTILINE), since)

    def end(self, since: int) -> Done:
        """Wait for the end of the command that was typed there."""
        found = self._await(PROMPT, since)
        text = self.read[since : found.start()]
        return Done(int(found[1]), text.partition("\n")[2])

    def _await(self, pattern: re.Pattern[str], since: int) -> re.Match[str]:
        deadline = time.monotonic() + SECONDS
        with self.news:
            while (found := pattern.search(self.read, since)) is None:
                left = deadline - time.monotonic()
                assert left > 0, f"{pattern.pattern!r} was not written:\n{self.read[since:]}"
                self.news.wait(left)
        return found

    def listen(self, pipe: Path) -> None:
        """Take what is written, until the terminal is closed."""
        raw = b""
        with pipe.open("rb", buffering=0) as stream:
            while piece := stream.read(65_536):
                raw += piece
                with self.news:
                    self.read = _without_steering(raw.decode("utf-8", "replace"))
                    self.news.notify_all()

    def screen(self) -> str:
        """What stands there now."""
        return self._tmux("capture-pane", "-p")

    def _tmux(self, *words: str) -> str:
        return subprocess.run(
            ["tmux", "-u", "-S", str(self.socket), "-f", "/dev/null", *words],
            check=True,
            timeout=SECONDS,
            capture_output=True,
            text=True,
        ).stdout


@contextmanager
def terminal(folder: Path, environ: Mapping[str, str], start_in: Path) -> Iterator[Terminal]:
    """Open a terminal whose shell has this environment. `folder` is new, and its own."""
    folder.mkdir()
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    opened = Terminal(folder / "socket")
    reader = threading.Thread(target=opened.listen, args=(pipe,), daemon=True)
    reader.start()
    # The shell begins with the first line that is typed, when somebody listens.
    shell = ["env", "-i", *(f"{name}={value}" for name, value in {**SHELL, **environ}.items()), "sh", "-c"]
    opened._tmux("new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT), "-c", str(start_in), *shell, BEGIN)
    try:
        opened._tmux("pipe-pane", f"exec cat > '{pipe}'")
        opened.end(opened.press("Enter"))
        yield opened
    finally:
        opened._tmux("kill-server")
        reader.join(SECONDS)


def _without_steering(text: str) -> str:
    whole = _STEERING.sub("", _UNFINISHED.sub("", text))
    return whole.replace("\r\n", "\n").replace("\r", "").replace("\x07", "")
