"""One invocation after the other: a handler is run to its result. Must not know the wire or what an answer looks like.

State: the event loop, made when the first handler needs one. It stands still between invocations.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Awaitable

from gettone.handlers.context import Context
from gettone.handlers.event import Event

from .calling import Callback, Handler, is_awaitable, wait_for_call
from .logs import ERROR, Logs


class Runner:
    """Runs handlers in this thread."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, handler: Handler, context: Context, event: Event) -> object:
        """Run a handler until it has answered; its result. Raises what it raises or calls back as an error."""
        if handler.takes_callback:
            return self._run_with_callback(handler, context, event)
        result: object = handler.call(context, event)
        return self._wait(result) if is_awaitable(result) else result

    def close(self) -> None:
        """End the event loop."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    def _run_with_callback(self, handler: Handler, context: Context, event: Event) -> object:
        callback = Callback(self._logs)
        try:
            returned: object = handler.call(context, event, callback)
            if is_awaitable(returned):
                self._wait(returned)
        except SystemExit:
            raise
        except BaseException as error:
            if not callback.is_called:
                raise
            # The answer stands: it was given first.
            self._logs.entry(ERROR, self._logs.describe(error))
        if not callback.is_called:
            self._wait(_wait_alone(callback))
        return callback.take()

    def _wait(self, awaitable: Awaitable[object]) -> object:
        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        # A context of its own: what its tasks print is known as theirs, even when another invocation runs the loop.
        context = contextvars.copy_context()
        context.run(self._logs.own)
        coroutine = awaitable if inspect.iscoroutine(awaitable) else _await(awaitable)
        return self._loop.run_until_complete(self._loop.create_task(coroutine, context=context))


async def _await(awaitable: Awaitable[object]) -> object:
    return await awaitable


async def _wait_alone(callback: Callback) -> None:
    current = asyncio.current_task()
    await wait_for_call(callback, (current,))  # type: ignore[arg-type]  # inside a coroutine there is a task
