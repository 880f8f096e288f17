"""A worker: one deployment's functions, served over one wire, from `hello` to its end. docs/wire.md has the rules.

Must not know how the process was made. State: what `load` brought (`functions`, `logs`, `runner`), set once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import traceback
from typing import NoReturn

from gettone.handlers.context import Context
from gettone.handlers.errors import ResultError
from gettone.handlers.results import Answer, answer

from . import environment, messages, tickets
from .failures import Failure
from .frames import ClosedError, Wire
from .loading import Functions
from .logs import ERROR, WARNING, Invocation, Output
from .messages import Load
from .running import Runner

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
EXIT_PROTOCOL = 70  # EX_SOFTWARE: the host said what it may not say


class Worker:
    """Serves one deployment. `pid` tells the worker from what a handler forks."""

    def __init__(self, wire: Wire, load: Load, output: Output) -> None:
        self.wire = wire
        self.load = load
        self.pid = os.getpid()
        self.functions = Functions(load)
        self.logs = output.logs
        self.runner = Runner(self.logs)
        self._output = output
        self._response_bytes_max = load.response_bytes

    def open(self) -> None:
        """Make this process the deployment's."""
        environment.furnish(self.load.root, self.load.variables)
        self.install()
        os.register_at_fork(after_in_child=self._leave)

    def install(self) -> None:
        """Make the deployment's modules importable, and send what is printed."""
        self.functions.install()
        self.logs.open(self._send_log, self.load.log_bytes, self.describe, self.show_file)

    def serve(self) -> NoReturn:
        """Run invocations in order, one at a time. Raises ClosedError."""
        wire = self.wire
        while True:
            head, body = wire.receive()
            id, path, is_ahead = messages.read_invoke(head)
            if is_ahead and not tickets.claim():
                continue
            self.invoke(id, path, body)

    def describe(self, error: BaseException) -> str:
        """An exception as text for the log."""
        return self.functions.failures.stack(error) or repr(error)

    def show_file(self, file: str) -> str:
        """A file as the author's project has it."""
        return self.functions.places.show(file)

    def complete(self, invocation: Invocation, path: str, result: object) -> None:
        """Send a handler's result as its answer, or say why it cannot be one."""
        try:
            made = answer(result)
            if len(made.body) > self._response_bytes_max:
                raise ResultError(
                    f"The answer has {len(made.body)} bytes: at most {self._response_bytes_max} can be sent."
                )
        except SystemExit:
            raise
        except BaseException as error:  # noqa: BLE001 - an author's to_xml() may raise anything
            self.fail(invocation, path, error)
            return
        self._settle(invocation, made)

    def fail(self, invocation: Invocation, path: str, error: BaseException) -> None:
        """Send what a handler raised."""
        if os.getpid() != self.pid:
            traceback.print_exception(error)
            os._exit(1)
        entry = self.functions.entries.get(path)
        self._settle(
            invocation, self.functions.failures.describe(error, path, entry.source if entry is not None else path)
        )

    def end(self, invocation: Invocation, request: SystemExit) -> NoReturn:
        """End the process, since a handler asked for it; what it printed is sent."""
        code = request.code
        if code is not None and not isinstance(code, int):
            self.logs.entry(ERROR, str(code))
            code = 1
        if os.getpid() == self.pid:
            with self.wire.lock:
                self.logs.end(invocation)
        leave(code or 0)

    def begin(self, id: int) -> Invocation:
        """Open an invocation's output."""
        # A handler may have put something else in their place.
        self._output.take_streams()
        return self.logs.begin(id)

    def invoke(self, id: int, path: str, body: bytes) -> None:
        """Run a function once, and send its outcome."""
        invocation = self.begin(id)
        try:
            entry = self.functions.entries.get(path) or self.functions.find(path)
            handler = entry.handler or self.functions.handler(entry)
            result = self.runner.run(handler, Context(entry.members), messages.read_event(body))
        except SystemExit as request:
            self.end(invocation, request)
        except BaseException as error:  # noqa: BLE001 - the edge: whatever a handler raises is its outcome
            self.fail(invocation, path, error)
        else:
            self.complete(invocation, path, result)

    def _settle(self, invocation: Invocation, outcome: Answer | Failure) -> None:
        if os.getpid() != self.pid:
            # A handler forked, and this is the child come back from it: the outcome is the parent's to send.
            leave(0)
        with self.wire.lock:
            self.logs.end(invocation)
            if isinstance(outcome, Answer):
                self.wire.send(messages.completed(invocation.id, outcome, invocation.dropped), outcome.body)
            else:
                self.wire.send(messages.failed(invocation.id, outcome, invocation.dropped))

    def _send_log(self, id: int, level: str, text: bytes) -> None:
        self.wire.send(messages.log(id, level), text)

    def _leave(self) -> None:
        """In a child that a handler forked: let go of the wire, and print where child processes print."""
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (self.wire.socket.fileno(), tickets.TICKETS_FD):
            os.dup2(null, fd, inheritable=False)
        os.close(null)
        sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        logging.getLogger().handlers[:] = [logging.StreamHandler()]


def main(connected: socket.socket, output: Output) -> NoReturn:
    """Be a worker on this wire, until it closes."""
    wire = Wire(connected, output.logs.lock)
    code = 0
    try:
        wire.send(messages.hello(RUNTIME, os.getpid()))
        worker = Worker(wire, messages.read_load(wire.receive()[0]), output)
        worker.open()
        missing = environment.listen_for_debugger(worker.load.debug_port) if worker.load.debug_port else None
        wire.send(messages.loaded(worker.functions.check() if worker.load.check else ()))
        if missing is not None:
            wire.send(messages.log(None, WARNING), missing.encode())
        if worker.load.concurrency > 1:
            from .overlapping import serve  # asyncio's part of a worker that few need

            serve(worker)
        worker.serve()
    except (ClosedError, OSError):
        # The wire is gone, and with it the reason to be.
        pass
    except (ValueError, KeyError, TypeError) as error:
        code = EXIT_PROTOCOL
        with contextlib.suppress(OSError):
            os.write(2, f"the host said what a worker cannot read: {type(error).__name__}: {error}\n".encode())
    leave(code)


def leave(code: int) -> NoReturn:
    """End this process now: threads that a handler left behind must not hold it."""
    for stream in (sys.__stdout__, sys.__stderr__, sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(Exception):
                stream.flush()
    os._exit(code & 0xFF)
