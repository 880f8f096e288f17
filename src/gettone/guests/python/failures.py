"""What is said of an exception: message, name, code, stack, the place in the author's code. Must not know the wire.

Nothing here may raise for an exception that tries to make it: `__str__` and attributes are the author's code.
"""

from __future__ import annotations

import contextlib
import linecache
import traceback
from collections.abc import Container
from dataclasses import dataclass

from .hints import hint_for
from .places import Places

# Together below what a frame's head may hold, even where each character becomes an escape of six.
MESSAGE_CHARS_MAX = 8 << 10
STACK_CHARS_MAX = 32 << 10
LINE_CHARS_MAX = 500
# The innermost frames: where the failure is.
FRAMES_MAX = 400
CODE_MAX = 1 << 53  # beyond it JavaScript would round


@dataclass(frozen=True, slots=True)
class Problem:
    """Where source code does not load, or failed (docs/wire.md)."""

    function: str
    message: str
    name: str
    file: str | None
    line: int | None
    column: int | None
    text: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """What became of an invocation that did not complete."""

    message: str
    name: str
    code: int | str | None
    stack: str | None
    problem: Problem | None


class GivenError(Exception):
    """An error that a handler called back with and that is no exception."""

    def __init__(self, message: str, name: str = "Error", code: int | str | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.code = code


class Failures:
    """Describes exceptions for the author of one deployment. `variables` are the environment's, for hints."""

    def __init__(self, places: Places, variables: Container[str]) -> None:
        self._places = places
        self._variables = variables

    def describe(self, error: BaseException, function: str, source: str) -> Failure:
        """All that is to be said. `function` and `source` are of the function that ran."""
        try:
            return self._describe(error, function, source)
        except BaseException:  # noqa: BLE001 - an author's attributes, or no memory left to say it all
            return Failure("(The error cannot be shown.)", type(error).__name__, None, None, None)

    def _describe(self, error: BaseException, function: str, source: str) -> Failure:
        if isinstance(error, MemoryError):
            # What filled the memory still hangs on the frames: let go of it before any more is needed.
            with contextlib.suppress(Exception):
                traceback.clear_frames(error.__traceback__)
        message, name = _message(error), _name(error)
        place = self._place(error)
        file, line, column, text = place or (source, None, None, None)
        hint = hint_for(error, self._variables, text)
        problem = Problem(function, message, name, file, line, column, text, hint)
        has_place = place is not None or hint is not None or error.__traceback__ is not None
        return Failure(message, name, _code(error), self.stack(error), problem if has_place else None)

    def stack(self, error: BaseException) -> str | None:
        """The traceback as text, with the author's file names and without the platform's frames."""
        if isinstance(error, GivenError):
            return None
        try:
            whole = traceback.TracebackException(type(error), error, error.__traceback__, limit=-FRAMES_MAX)
            self._rewrite(whole)
            text = "".join(whole.format()).rstrip("\n")
        except Exception:  # noqa: BLE001 - the author's `__str__`, `__cause__` and so on may do anything
            return None
        if len(text) > STACK_CHARS_MAX:
            half = STACK_CHARS_MAX // 2
            text = f"{text[:half]}\n  ...\n{text[-half:]}"
        return text

    def _rewrite(self, said: traceback.TracebackException) -> None:
        frames = [frame for frame in said.stack if not self._places.is_hidden(frame.filename)]
        for frame in frames:
            frame.filename = self._places.show(frame.filename)
        said.stack[:] = frames
        filename = getattr(said, "filename", None)
        if isinstance(filename, str):  # of a SyntaxError
            said.filename = self._places.show(filename)
        for inner in (said.__cause__, said.__context__, *(getattr(said, "exceptions", None) or ())):
            if inner is not None:
                self._rewrite(inner)

    def _place(self, error: BaseException) -> tuple[str, int | None, int | None, str | None] | None:
        """File, line, column and text of the author's innermost line that took part."""
        if isinstance(error, SyntaxError) and isinstance(error.filename, str):
            source = self._places.source(error.filename)
            if source is not None:
                text = error.text or linecache.getline(error.filename, error.lineno or 0)
                return source, error.lineno, error.offset or None, _line(text)
        for frame in reversed(traceback.extract_tb(error.__traceback__, limit=-FRAMES_MAX)):
            source = self._places.source(frame.filename)
            if source is not None:
                text = linecache.getline(frame.filename, frame.lineno or 0)
                return source, frame.lineno, _column(text, frame.colno), _line(text)
        return None


def _column(text: str, offset_bytes: int | None) -> int | None:
    if offset_bytes is None:
        return None
    return len(text.encode("utf-8", "replace")[:offset_bytes].decode("utf-8", "replace")) + 1


def _line(text: str) -> str | None:
    return text.rstrip()[:LINE_CHARS_MAX] or None


def _name(error: BaseException) -> str:
    return error.name if isinstance(error, GivenError) else type(error).__name__


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.msg:
        return str(error.msg)[:MESSAGE_CHARS_MAX]  # its str() adds a file name and line of the worker
    try:
        message = str(error)
    except BaseException:  # noqa: BLE001 - the author's own `__str__`
        message = "(its message cannot be shown)"
    return message[:MESSAGE_CHARS_MAX] or _name(error)


def _code(error: BaseException) -> int | str | None:
    try:
        code = getattr(error, "code", None)
    except BaseException:  # noqa: BLE001 - a property of the author's
        return None
    if type(code) is str:
        return code[:LINE_CHARS_MAX]
    return code if type(code) is int and abs(code) < CODE_MAX else None
