"""A function run in a process that goes on afterwards, for its author's own tests: same code, no wire, no fork.

Must not change the process for longer than the call: paths, modules, variables, streams and logging are put back.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import warnings
from asyncio.events import _get_running_loop, _set_running_loop
from collections.abc import Iterator
from typing import NoReturn

from . import messages
from .failures import GivenError
from .frames import Wire
from .loading import HANDLERS, Functions
from .logs import Invocation, Logs, Output
from .messages import Load
from .worker import Worker

Frame = tuple[bytes, bytes]


class _Tape(Wire):
    """Keeps the frames that a worker sends."""

    def __init__(self) -> None:
        # It is never read or written: a worker's wire, but for the wire.
        super().__init__(socket.socket(), contextlib.nullcontext())
        self.socket.close()
        self.frames: list[Frame] = []

    def send(self, head: bytes, body: bytes = b"") -> None:
        """Keep a frame."""
        self.frames.append((head, body))


class _Exit(BaseException):
    """A handler ended its process, which here is its author's test run."""


class _Worker(Worker):
    """`path` is of the function that runs."""

    path = ""

    def invoke(self, id: int, path: str, body: bytes) -> None:
        """Run a function once."""
        self.path = path
        super().invoke(id, path, body)

    def fail(self, invocation: Invocation, path: str, error: BaseException) -> None:
        """Send what a handler raised, unless it is somebody at the keyboard."""
        if isinstance(error, KeyboardInterrupt):
            raise error
        super().fail(invocation, path, error)

    def end(self, invocation: Invocation, request: SystemExit) -> NoReturn:
        """Fail the invocation, where a worker would end."""
        said = GivenError(f"The handler ended its process: sys.exit({request.code!r}).", "SystemExit")
        self.fail(invocation, self.path, said)
        raise _Exit


def run(load: bytes, path: str, event: bytes) -> list[Frame]:
    """Run a function once; the frames that a worker would have sent. `load` is a head, `event` is JSON."""
    tape = _Tape()
    output = Output(Logs())
    worker = _Worker(tape, messages.read_load(load), output)
    with _borrowed(worker.load, worker.functions), contextlib.suppress(_Exit):
        output.capture()
        worker.install()
        try:
            worker.invoke(1, path, event)
        finally:
            worker.runner.close()
            worker.functions.remove()
    return tape.frames


@contextlib.contextmanager
def _borrowed(load: Load, functions: Functions) -> Iterator[None]:
    """Lend the process to a deployment, and put back what was there."""
    # A test may have a package called `handlers`, and may have imported the author's files under names of its own.
    modules = dict(sys.modules)
    for name in modules:
        if name.partition(".")[0] == HANDLERS:
            del sys.modules[name]
    root = logging.getLogger()
    handlers, level, show = list(root.handlers), root.level, warnings.showwarning
    streams, path, environ = (sys.stdout, sys.stderr), list(sys.path), dict(os.environ)
    writes_bytecode, loop = sys.dont_write_bytecode, _get_running_loop()
    # A test may be a coroutine itself, and a handler may call asyncio.run().
    _set_running_loop(None)
    os.environ.update(load.variables)
    try:
        yield
    finally:
        _set_running_loop(loop)
        os.environ.clear()
        os.environ.update(environ)
        for name, module in list(sys.modules.items()):
            if name not in modules and functions.owns(name, module):
                del sys.modules[name]
        for name, module in modules.items():
            if name.partition(".")[0] == HANDLERS:
                sys.modules[name] = module
        sys.dont_write_bytecode = writes_bytecode
        sys.path[:] = path
        sys.stdout, sys.stderr = streams
        warnings.showwarning = show
        root.handlers[:] = handlers
        root.setLevel(level)
