"""What a function prints, as log entries of its invocation: bounded, in order, never after its outcome.

Must not know the wire: entries go to a sink. What belongs to no invocation under way is dropped.
State: `foreground` (the invocation that is meant where a context has none of its own: plain handlers, threads) and each
invocation's bounds, which change under `lock`.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from typing import TextIO

# A line that grows longer is sent in pieces.
HELD_CHARS_MAX = 1 << 14

INFO, WARNING, ERROR = "info", "warning", "error"

Sink = Callable[[int, str, bytes], None]
DescribeError = Callable[[BaseException], str]


class Invocation:
    """One run of a function, as far as its output goes. `dropped` counts bytes of text over the bound."""

    __slots__ = ("dropped", "held", "id", "is_over", "room")

    def __init__(self, id: int, room: int) -> None:
        self.id = id
        self.room = room
        self.dropped = 0
        self.is_over = False
        # By level, what has no line end yet.
        self.held: dict[str, io.StringIO] | None = None


_current: ContextVar[Invocation | None] = ContextVar("gettone_invocation", default=None)


def _forget(id: int, level: str, text: bytes) -> None:
    """The sink of nobody."""


class Logs:
    """Cuts output into entries and hands them to a sink with the invocation they belong to.

    `lock` makes an entry, or an outcome with the end of its invocation, one step.
    """

    def __init__(self) -> None:
        self.foreground: Invocation | None = None
        # Reentrant: what runs in a locked step may print, by a destructor or a signal handler.
        self.lock = threading.RLock()
        self.describe: DescribeError = repr
        self.show_file: Callable[[str], str] = str
        self._sink: Sink = _forget
        self._bytes_max = 0

    def open(self, sink: Sink, bytes_max: int, describe: DescribeError, show_file: Callable[[str], str]) -> None:
        """Send entries to `sink`, up to `bytes_max` of each invocation.

        `describe` shows an exception, `show_file` a file as the project knows it.
        """
        self._sink = sink
        self._bytes_max = bytes_max
        self.describe = describe
        self.show_file = show_file

    def begin(self, id: int) -> Invocation:
        """Open an invocation's output. It is the one in the foreground now."""
        self.foreground = invocation = Invocation(id, self._bytes_max)
        return invocation

    def own(self) -> None:
        """Make what this context prints, now and later, that of the invocation in the foreground alone."""
        _current.set(self.foreground)

    def end(self, invocation: Invocation) -> None:
        """Send what is left of its last lines. To be called with the lock held, just before the outcome."""
        if invocation.held is not None:
            self._release(invocation, invocation.held)
        invocation.is_over = True
        if self.foreground is invocation:
            self.foreground = None

    def write(self, level: str, text: str) -> None:
        """Take what was printed: lines that are complete go out at once, as one entry."""
        invocation = _current.get() or self.foreground
        if invocation is None:
            return
        if invocation.room <= 0:
            # A handler that prints without an end does so at full speed.
            with self.lock:
                invocation.dropped += len(text) if text.isascii() else _size(text)
            return
        end = text.rfind("\n")
        with self.lock:
            if invocation.is_over:
                return
            if end >= 0:
                held = invocation.held.pop(level, None) if invocation.held else None
                line = text[:end]
                self._send(invocation, level, line if held is None else held.getvalue() + line, 1)
                text = text[end + 1 :]
            if text:
                self._hold(invocation, level, text)

    def flush(self, level: str) -> None:
        """Send a line that is not complete yet."""
        invocation = _current.get() or self.foreground
        if invocation is not None and invocation.held:
            with self.lock:
                lines = None if invocation.is_over else invocation.held
                held = lines.pop(level, None) if lines is not None else None
                if held is not None:
                    self._send(invocation, level, held.getvalue(), 0)

    def entry(self, level: str, text: str) -> None:
        """Log one text as one entry, after what was printed before it."""
        invocation = _current.get() or self.foreground
        if invocation is None:
            return
        with self.lock:
            if not invocation.is_over:
                if invocation.held is not None:
                    self._release(invocation, invocation.held)
                self._send(invocation, level, text, 1)

    def _release(self, invocation: Invocation, lines: dict[str, io.StringIO]) -> None:
        """Send every line that is not complete."""
        invocation.held = None
        for level, held in lines.items():
            self._send(invocation, level, held.getvalue(), 0)

    def _hold(self, invocation: Invocation, level: str, text: str) -> None:
        if invocation.room <= 0:
            invocation.dropped += _size(text)
            return
        if invocation.held is None:
            invocation.held = {}
        held = invocation.held.setdefault(level, io.StringIO())
        held.write(text)
        if held.tell() > HELD_CHARS_MAX:
            del invocation.held[level]
            self._send(invocation, level, held.getvalue(), 0)

    def _send(self, invocation: Invocation, level: str, text: str, line_end: int) -> None:
        """Send as much as there is room for. A byte counts as it was printed, so a line has its line end."""
        room = invocation.room
        if room <= 0:
            invocation.dropped += _size(text) + line_end
            return
        data = text.encode("utf-8", "replace")
        size = len(data) + line_end
        if size <= room:
            invocation.room -= size
            self._sink(invocation.id, level, data)
            return
        # Cut where a character ends.
        kept = data[:room].decode("utf-8", "ignore").encode()
        invocation.room = 0
        invocation.dropped += size - len(kept)
        if kept:
            self._sink(invocation.id, level, kept)


class LogStream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a function."""

    # What some libraries look at before they print.
    line_buffering = True
    encoding = "utf-8"
    errors = "replace"

    def __init__(self, logs: Logs, level: str, descriptor: int) -> None:
        self._logs = logs
        self._level = level
        self._descriptor = descriptor
        self.name = "<stdout>" if descriptor == 1 else "<stderr>"
        self.mode = "w"
        self.buffer = _Bytes(self)

    def write(self, text: str) -> int:
        """Log what is printed."""
        if not isinstance(text, str):
            raise TypeError(f"write() takes text, not {type(text).__name__}")
        self._logs.write(self._level, text)
        return len(text)

    def flush(self) -> None:
        """Log a line that is not complete."""
        self._logs.flush(self._level)

    def fileno(self) -> int:
        """Where a child process prints; the host reads it too."""
        return self._descriptor

    def writable(self) -> bool:
        """Take text, always."""
        return True

    def isatty(self) -> bool:
        """Be no terminal."""
        return False

    def close(self) -> None:
        """Stay open: the next invocation prints too."""

    def reconfigure(self, **settings: object) -> None:
        """Accept what a text file on a terminal would accept."""


class _Bytes(io.RawIOBase):
    """`sys.stdout.buffer`."""

    def __init__(self, stream: LogStream) -> None:
        self._stream = stream

    def write(self, data: object) -> int:
        taken = bytes(data)  # type: ignore[call-overload]  # whatever a raw file takes
        self._stream.write(taken.decode("utf-8", "replace"))
        return len(taken)

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Stay open, as the stream does."""


class LogHandler(logging.Handler):
    """The root handler of `logging`."""

    def __init__(self, logs: Logs) -> None:
        super().__init__()
        self._logs = logs

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record as one entry."""
        try:
            text = record.getMessage()
            error = record.exc_info[1] if record.exc_info else None
            if error is not None:
                text = f"{text}\n{self._logs.describe(error)}"
            if record.stack_info:
                text = f"{text}\n{record.stack_info}"
        except Exception as error:  # noqa: BLE001 - as logging itself does: a bad log call fails no function
            text = f"{record.msg!r} could not be logged: {type(error).__name__}: {error}"
        self._logs.entry(_level_of(record.levelno), text)


def _level_of(number: int) -> str:
    if number >= logging.ERROR:
        return ERROR
    return WARNING if number >= logging.WARNING else INFO


class Output:
    """What stands in the place of a process's output: streams, a root handler, a way to show warnings."""

    def __init__(self, logs: Logs) -> None:
        self._streams = LogStream(logs, INFO, 1), LogStream(logs, ERROR, 2)
        self._handler = LogHandler(logs)
        self.logs = logs

    def capture(self) -> None:
        """Take what `logging` and `warnings` say, beside other handlers that are there."""
        root = logging.getLogger()
        root.handlers.insert(0, self._handler)
        root.setLevel(logging.INFO)
        warnings.showwarning = self._show_warning

    def take_streams(self) -> None:
        """Take stdout and stderr, whatever stands there now."""
        sys.stdout, sys.stderr = self._streams

    def _show_warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        place = f"{self.logs.show_file(filename)}, line {lineno}"
        self.logs.entry(WARNING, f"{category.__name__}: {message} ({place})")


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
