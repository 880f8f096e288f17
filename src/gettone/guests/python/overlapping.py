"""Several invocations under way at once: async handlers overlap on one event loop, plain ones run between.

Must not know more of the wire than that frames arrive. State: `_tasks`, the invocations that wait for something.
"""

from __future__ import annotations

import asyncio
import contextvars
from asyncio.events import _set_running_loop
from collections.abc import Callable
from typing import NoReturn, TypeVar

from gettone.handlers.context import Context

from . import messages
from .calling import Callback, Handler, is_awaitable, wait_for_call
from .frames import ClosedError
from .logs import ERROR, Invocation
from .worker import Worker

T = TypeVar("T")


def serve(worker: Worker) -> NoReturn:
    """Run invocations as they come. Raises ClosedError, and ValueError for what the host may not say."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    overlap = _Overlap(worker, loop)
    loop.add_reader(worker.wire.socket, overlap.read)
    loop.call_soon(overlap.read)  # what may have arrived behind `load` in one piece
    while overlap.end is None:
        # A handler may stop the loop; it may not stop the worker.
        loop.run_forever()
    raise overlap.end


class _Overlap:
    """`end` is set when the wire has nothing more to say."""

    def __init__(self, worker: Worker, loop: asyncio.AbstractEventLoop) -> None:
        self.end: Exception | None = None
        self._worker = worker
        self._loop = loop
        self._tasks: set[asyncio.Task[object]] = set()

    def read(self) -> None:
        try:
            for head, body in self._worker.wire.receive_ready():
                id, path, _ = messages.read_invoke(head)
                # A context of its own: what it prints, now or in a task, is known as its own.
                contextvars.copy_context().run(self._invoke, id, path, body)
        except (ClosedError, OSError, ValueError, KeyError, TypeError) as error:
            self.end = error
            self._loop.stop()

    def _invoke(self, id: int, path: str, body: bytes) -> None:
        worker = self._worker
        invocation = worker.begin(id)
        worker.logs.own()
        callback: Callback | None = None
        result: object = None
        try:
            entry = worker.functions.find(path)
            handler = entry.handler or self._apart(worker.functions.handler, entry)
            callback = Callback(worker.logs) if handler.takes_callback else None
            result = self._call(handler, Context(entry.members), messages.read_event(body), callback)
            if is_awaitable(result) or (callback is not None and not callback.is_called):
                task = self._loop.create_task(self._finish(invocation, path, result, callback))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                return
        except SystemExit as request:
            worker.end(invocation, request)
        except BaseException as error:  # noqa: BLE001 - the edge: whatever a handler raises is its outcome
            self._raised(invocation, path, error, callback)
            return
        self._settle(invocation, path, result, callback)

    async def _finish(self, invocation: Invocation, path: str, result: object, callback: Callback | None) -> None:
        try:
            if is_awaitable(result):
                result = await result
            if callback is not None and not callback.is_called:
                await wait_for_call(callback, self._tasks, timers_count=False)
        except SystemExit as request:
            self._worker.end(invocation, request)
        except BaseException as error:  # noqa: BLE001 - the edge: whatever a handler raises is its outcome
            self._raised(invocation, path, error, callback)
            return
        self._settle(invocation, path, result, callback)

    def _raised(self, invocation: Invocation, path: str, error: BaseException, callback: Callback | None) -> None:
        if callback is not None and callback.is_called:
            # The answer stands: it was given first.
            self._worker.logs.entry(ERROR, self._worker.describe(error))
            self._settle(invocation, path, None, callback)
        else:
            self._worker.fail(invocation, path, error)

    def _settle(self, invocation: Invocation, path: str, result: object, callback: Callback | None) -> None:
        try:
            given = result if callback is None else callback.take()
        except Exception as error:  # noqa: BLE001 - what was called back as an error
            self._worker.fail(invocation, path, error)
        else:
            self._worker.complete(invocation, path, given)

    def _call(self, handler: Handler, context: Context, event: object, callback: Callback | None) -> object:
        arguments = (context, event) if callback is None else (context, event, callback)
        if handler.is_async:
            return handler.call(*arguments)
        return self._apart(handler.call, *arguments)

    def _apart(self, call: Callable[..., T], *arguments: object) -> T:
        """Call something that is not async as if no loop were running: it may use asyncio.run()."""
        _set_running_loop(None)
        try:
            return call(*arguments)
        finally:
            _set_running_loop(self._loop)
