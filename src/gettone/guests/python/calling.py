"""How a handler is called, and when it has answered. Must not know modules, the wire or what an answer looks like.

A handler is `(context, event)` or `(context, event, callback)`, plain or async. Which, is looked at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import threading
from collections.abc import Awaitable, Callable, Container
from types import FunctionType, ModuleType
from typing import Any, Final, TypeGuard

from gettone.handlers.response import Response

from .failures import GivenError
from .logs import WARNING, Logs

HANDLER = "handler"
HOW_TO_WRITE: Final = (
    "Write def handler(context, event): ... and return the answer, or def handler(context, event, callback): ... "
    "and call callback(None, answer)."
)
# How often a handler that waits for its callback is looked at: is there still anyone to call?
LOOK_AGAIN_SECONDS = 0.05
_TAKES_MORE = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_CALLBACK_NAMES = frozenset(("callback", "cb", "done"))


class HandlerError(Exception):
    """A file whose handler cannot be called. `hint` says what to write."""

    def __init__(self, message: str, hint: str = HOW_TO_WRITE) -> None:
        super().__init__(message)
        self.hint = hint


class NoAnswerError(Exception):
    """A handler that ended without an answer, and that nothing is left to answer for."""

    def __init__(self) -> None:
        super().__init__(
            "The handler returned without calling callback, and nothing that it started is left to call it."
        )
        self.hint = "Call callback(None, answer) on every way through the handler, or callback(error)."


class Handler:
    """A handler and how to call it."""

    __slots__ = ("call", "is_async", "takes_callback")

    def __init__(self, call: Callable[..., Any], takes_callback: bool, is_async: bool) -> None:
        self.call = call
        self.takes_callback = takes_callback
        self.is_async = is_async


_first = threading.Lock()


class Callback:
    """`callback(error, result)`. The first call counts; any other is ignored, with a warning in the log."""

    __slots__ = ("_logs", "error", "is_called", "on_called", "result")

    def __init__(self, logs: Logs) -> None:
        self._logs = logs
        self.is_called = False
        self.error: object = None
        self.result: object = None
        self.on_called: Callable[[], object] | None = None

    def __call__(self, error: object = None, result: object = None) -> None:
        """Answer with `result`, or with `error` where it is one."""
        with _first:
            is_first = not self.is_called
            if is_first:
                self.error, self.result = error, result
                self.is_called = True
        if not is_first:
            self._logs.entry(WARNING, "callback was called again: only its first call counts.")
        elif self.on_called is not None:
            self.on_called()

    def take(self) -> object:
        """The result that was called back. Raises the error, where one was."""
        # As on Twilio, whatever is falsy is no error.
        if self.error is not None and (isinstance(self.error, BaseException) or self.error):
            raise as_exception(self.error)
        return self.result


def as_exception(error: object) -> BaseException:
    """What a handler calls an error, as something that can be raised."""
    if isinstance(error, type) and issubclass(error, Exception):
        return error()
    if isinstance(error, Exception):
        return error
    if isinstance(error, BaseException):  # it must fail the invocation, not end the worker
        return GivenError(str(error), type(error).__name__)
    if isinstance(error, str):
        return GivenError(error)
    if isinstance(error, dict):
        name, code, message = error.get("name"), error.get("code"), error.get("message")
        return GivenError(
            message if isinstance(message, str) else json.dumps(error, default=str, skipkeys=True),
            name if isinstance(name, str) else "Error",
            code if isinstance(code, (int, str)) else None,
        )
    return GivenError(str(error), code=error if isinstance(error, int) and not isinstance(error, bool) else None)


def prepare(module: ModuleType, source: str) -> Handler:
    """Look at a module's handler. Raises HandlerError."""
    handler = getattr(module, HANDLER, None)
    if handler is None:
        other = _find_other(module)
        if other is not None:
            raise HandlerError(f"{source} has no handler.", f"Rename the function {other} to handler.")
        raise HandlerError(f"{source} has no handler.")
    if not callable(handler):
        raise HandlerError(f"The handler in {source} is of type {type(handler).__name__}, and cannot be called.")
    return _usual(handler) or Handler(handler, _takes_callback(handler, source), is_async(handler))


def _usual(handler: Callable[..., object]) -> Handler | None:
    """A function as nearly all are: two or three parameters and no frills. `inspect` is not needed to tell."""
    if type(handler) is not FunctionType or handler.__dict__ or handler.__defaults__:
        return None
    code = handler.__code__
    if code.co_argcount not in (2, 3) or code.co_kwonlyargcount or code.co_flags & _TAKES_MORE:
        return None
    return Handler(handler, code.co_argcount == 3, bool(code.co_flags & inspect.CO_COROUTINE))


def is_async(function: Callable[..., object]) -> bool:
    """Whether calling it gives something to await."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _takes_callback(handler: Callable[..., object], source: str) -> bool:
    try:
        parameters = list(inspect.signature(handler).parameters.values())
    except (TypeError, ValueError):  # written in C, or with a signature of its own making
        return False
    shown = f"handler({', '.join(str(parameter) for parameter in parameters)})"
    positional = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    takes_any = any(one.kind is one.VAR_POSITIONAL for one in parameters)
    needed = [one for one in positional if one.default is one.empty]
    if len(needed) > 3 or any(one.kind is one.KEYWORD_ONLY and one.default is one.empty for one in parameters):
        raise HandlerError(f"{source} has {shown}: nobody gives it so many arguments.")
    if len(positional) < 2 and not takes_any:
        raise HandlerError(f"{source} has {shown}: a handler takes context and event.")
    return len(needed) == 3 or any(one.name in _CALLBACK_NAMES for one in positional[2:3])


def _find_other(module: ModuleType) -> str | None:
    """The one function of this file that could be meant, under another name."""
    found = [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]
    return found[0] if len(found) == 1 else None


# What plain handlers give back nearly always: looked at first, since asking an ABC takes longer than all the rest.
_PLAIN = frozenset((str, dict, list, bytes, Response, type(None)))


def is_awaitable(value: object) -> TypeGuard[Awaitable[object]]:
    """Whether what a handler gave back has to be awaited."""
    return type(value) not in _PLAIN and inspect.isawaitable(value)


def is_anything_left(tasks: Container[asyncio.Task[object]], loop: asyncio.AbstractEventLoop | None) -> bool:
    """Whether something runs on that may yet call back: a thread, a task but for `tasks`, a timer of `loop`."""
    own = (threading.main_thread(), threading.current_thread())
    if any(not thread.daemon and thread not in own for thread in threading.enumerate()):
        return True
    if any(task not in tasks for task in asyncio.all_tasks()):
        return True
    # Not public, and no loop has to have it; without it a timer that calls back would be missed.
    timers = getattr(loop, "_scheduled", ())
    return any(not timer.cancelled() for timer in timers)


async def wait_for_call(callback: Callback, tasks: Container[asyncio.Task[object]], timers_count: bool = True) -> None:
    """Wait until the handler calls back. Raises NoAnswerError as soon as nothing is left that could."""
    loop = asyncio.get_running_loop()
    called = asyncio.Event()
    callback.on_called = lambda: loop.call_soon_threadsafe(called.set)
    while not callback.is_called:
        if not is_anything_left(tasks, loop if timers_count else None) and not callback.is_called:
            raise NoAnswerError
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await called.wait()
