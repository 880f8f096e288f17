"""What a function prints, as log entries of its invocation: bounded, in order, never after its outcome.

Must not know the wire: entries go to a sink. What belongs to no invocation under way is dropped.
State: `foreground` (the invocation that threads without a context print for) and each invocation's own bounds; both
change under `lock`.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import TextIO

INFO, WARNING, ERROR = "info", "warning", "error"

Sink = Callable[[int, str, bytes], None]
DescribeError = Callable[[BaseException], str]


class Invocation:
    """One run of a function, as far as its output goes. `dropped` counts bytes of text over the bound."""

    __slots__ = ("dropped", "held", "held_bytes", "id", "is_over", "room")

    def __init__(self, id: int, room: int) -> None:
        self.id = id
        self.room = room
        self.dropped = 0
        self.is_over = False
        self.held: dict[str, list[str]] | None = None
        self.held_bytes = 0


_current: ContextVar[Invocation | None] = ContextVar("gettone_invocation", default=None)


class Logs:
    """Cuts output into entries and hands them to `sink` with the invocation they belong to."""

    def __init__(self, sink: Sink, bytes_max: int, lock: AbstractContextManager[bool]) -> None:
        self.foreground: Invocation | None = None
        self._sink = sink
        self._bytes_max = bytes_max
        self._lock = lock

    def begin(self, id: int) -> Invocation:
        """Open an invocation's output. What this context prints from now on is its own."""
        invocation = Invocation(id, self._bytes_max)
        _current.set(invocation)
        self.foreground = invocation
        return invocation

    def end(self, invocation: Invocation) -> None:
        """Send what is left of its last lines. To be called with the lock held, just before the outcome."""
        if invocation.held is not None:
            for level in list(invocation.held):
                self._emit(invocation, level, "")
        invocation.is_over = True
        if self.foreground is invocation:
            self.foreground = None

    def write(self, level: str, text: str) -> None:
        """Take what was printed: lines that are complete go out at once, as one entry."""
        invocation = _current.get() or self.foreground
        if invocation is None:
            return
        end = text.rfind("\n")
        with self._lock:
            if invocation.is_over:
                return
            if end >= 0:
                self._emit(invocation, level, text[:end])
                text = text[end + 1 :]
            if text:
                self._hold(invocation, level, text)

    def flush(self, level: str) -> None:
        """Send a line that is not complete yet."""
        invocation = _current.get() or self.foreground
        if invocation is not None and invocation.held and level in invocation.held:
            with self._lock:
                if not invocation.is_over:
                    self._emit(invocation, level, "")

    def entry(self, level: str, text: str) -> None:
        """Log one text as one entry."""
        invocation = _current.get() or self.foreground
        if invocation is not None:
            with self._lock:
                if not invocation.is_over:
                    self._send(invocation, level, text)

    def _hold(self, invocation: Invocation, level: str, text: str) -> None:
        size = _size(text)
        room = invocation.room - invocation.held_bytes
        if size > room:
            text = _cut(text.encode("utf-8", "replace"), room).decode()
            kept = _size(text)
            invocation.dropped += size - kept
            size = kept
            if not text:
                return
        if invocation.held is None:
            invocation.held = {}
        invocation.held.setdefault(level, []).append(text)
        invocation.held_bytes += size

    def _emit(self, invocation: Invocation, level: str, text: str) -> None:
        if invocation.held:
            held = invocation.held.pop(level, None)
            if held is not None:
                before = "".join(held)
                invocation.held_bytes -= _size(before)
                text = before + text
        self._send(invocation, level, text)

    def _send(self, invocation: Invocation, level: str, text: str) -> None:
        if invocation.room <= 0:
            invocation.dropped += _size(text)
            return
        data = text.encode("utf-8", "replace")
        kept = data if len(data) <= invocation.room else _cut(data, invocation.room)
        invocation.dropped += len(data) - len(kept)
        # An entry costs a byte more than its text: empty lines must come to an end too.
        invocation.room -= len(data) + 1
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
    """The root handler of `logging`. `describe` shows an exception as text."""

    def __init__(self, logs: Logs, describe: DescribeError) -> None:
        super().__init__()
        self._logs = logs
        self._describe = describe

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record as one entry."""
        try:
            text = record.getMessage()
            error = record.exc_info[1] if record.exc_info else None
            if error is not None:
                text = f"{text}\n{self._describe(error)}"
            if record.stack_info:
                text = f"{text}\n{record.stack_info}"
        except Exception as error:  # noqa: BLE001 - as logging itself does: a bad log call fails no function
            text = f"{record.msg!r} could not be logged: {type(error).__name__}: {error}"
        self._logs.entry(_level_of(record.levelno), text)


def _level_of(number: int) -> str:
    if number >= logging.ERROR:
        return ERROR
    return WARNING if number >= logging.WARNING else INFO


def install(logs: Logs, describe: DescribeError, place_of: Callable[[str], str]) -> tuple[LogStream, LogStream]:
    """Point `logging` and `warnings` of this process at `logs`; the streams to be its stdout and stderr.

    `place_of` shows a file as the project knows it.
    """
    out, err = LogStream(logs, INFO, 1), LogStream(logs, ERROR, 2)
    root = logging.getLogger()
    root.handlers[:] = [LogHandler(logs, describe)]
    root.setLevel(logging.INFO)

    def show(  # the signature is the standard library's
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,  # noqa: ARG001
        line: str | None = None,  # noqa: ARG001
    ) -> None:
        logs.entry(WARNING, f"{category.__name__}: {message} ({place_of(filename)}, line {lineno})")

    warnings.showwarning = show
    return out, err


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _cut(data: bytes, size: int) -> bytes:
    """The first `size` bytes, less what would be half a character."""
    return data[: max(size, 0)].decode("utf-8", "ignore").encode()
