"""Compilers that are started ahead, each for one question: who asks next waits for the compiling alone.

A compiler is a process of a language's own interpreter. It waits for two file names, answers from the one into the
other, and ends, so no two questions ever meet in one process. One of each language that was asked for waits for the
next, and is let go when nobody has asked for long. State of `Compilers`: `_ahead`, what was started and is not taken.
Must not know code.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import gettone
from gettone.model.functions import Language
from gettone.sandbox.errors import LaunchError
from gettone.sandbox.launch import Nursery, Process
from gettone.sandbox.node import node_binary

IDLE_SECONDS = 600.0
# One that dies sooner is not started again before somebody asks: it would die again.
STEADY_SECONDS = 5.0
END_SECONDS = 10.0
HEAP_MEGABYTES = 512
# What compiles a text that fits into a function needs no more of its young heap; what waits need not hold it.
YOUNG_MEGABYTES = 4

_PACKAGE = Path(gettone.__file__).parent
_PYTHON = "import sys; sys.path.insert(0, sys.argv[1]); from gettone.guests.python.checking import main; main()"
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}


@dataclass(slots=True, eq=False)
class Compiler:
    """A process that waits for its question. Whoever takes one asks it, and ends it."""

    process: Process
    started_at: float
    question: int | None = field(repr=False)

    async def ask(self, asked: Path, answer: Path) -> int:
        """Have one file answered into another, and wait for the end; the exit code, negative for a signal."""
        question, self.question = self.question, None
        assert question is not None
        with contextlib.suppress(BrokenPipeError), open(question, "wb", 0) as pipe:  # noqa: ASYNC230 - two names always fit
            pipe.write(f"{asked}\n{answer}".encode())
        return await asyncio.shield(self.process.exited)

    async def end(self) -> None:
        """End it if it is there, and see it gone."""
        self.drop()
        if not self.process.exited.done():
            self.process.kill()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_SECONDS):
                    await asyncio.shield(self.process.exited)

    def drop(self) -> None:
        """Ask it nothing: one that waits ends then."""
        question, self.question = self.question, None
        if question is not None:
            os.close(question)


class Compilers:
    """The compilers of one nursery, whose folder they work in. Close it before the nursery."""

    def __init__(self, nursery: Nursery, folder: Path, idle_seconds: float = IDLE_SECONDS) -> None:
        self._nursery = nursery
        self._folder = folder
        self._idle_seconds = idle_seconds
        self._ahead: dict[Language, asyncio.Task[Compiler]] = {}
        self._idle: asyncio.TimerHandle | None = None

    async def take(self, language: Language) -> Compiler:
        """One that was asked nothing yet, for whoever calls. Raises LaunchError."""
        ahead = self._ahead.pop(language, None)
        if ahead is not None:
            with contextlib.suppress(LaunchError):
                compiler = await ahead
                if not compiler.process.exited.done():
                    return compiler
                compiler.drop()
        return await self._start(language)

    def prepare(self, languages: Iterable[Language]) -> None:
        """Have one of each wait, for as long as questions may be expected."""
        for language in languages:
            if language not in self._ahead:
                task = self._ahead[language] = asyncio.create_task(self._start(language))
                task.add_done_callback(partial(self._started, language))
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._idle_seconds, self._let_go)

    async def close(self) -> None:
        """End those that wait."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        waiting = [*self._ahead.values()]
        self._let_go()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _start(self, language: Language) -> Compiler:
        reading, writing = os.pipe()
        null = os.open(os.devnull, os.O_RDWR)
        try:
            process = await self._nursery.start(
                (reading, null, null, null), argv=_command(language), env=_ENVIRONMENT, cwd=str(self._folder)
            )
        except BaseException:
            os.close(writing)
            raise
        finally:
            os.close(reading)
            os.close(null)
        return Compiler(process, time.monotonic(), writing)

    def _started(self, language: Language, task: asyncio.Task[Compiler]) -> None:
        """See to what was started ahead: nobody may want it any more, and it may die before anybody does."""
        if task.cancelled() or task.exception() is not None:
            if self._ahead.get(language) is task:
                del self._ahead[language]
            return
        compiler = task.result()
        compiler.process.exited.add_done_callback(lambda _: self._ended(language, task))

    def _ended(self, language: Language, task: asyncio.Task[Compiler]) -> None:
        if self._ahead.get(language) is not task:
            return
        del self._ahead[language]
        compiler = task.result()
        compiler.drop()
        if time.monotonic() - compiler.started_at > STEADY_SECONDS:
            self.prepare((language,))

    def _let_go(self) -> None:
        ahead, self._ahead = self._ahead, {}
        for task in ahead.values():
            task.add_done_callback(_drop)


def _drop(task: asyncio.Task[Compiler]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().drop()


def _command(language: Language) -> list[str]:
    if language is Language.PYTHON:
        return [sys.executable, "-I", "-S", "-c", _PYTHON, str(_PACKAGE.parent)]
    program = _PACKAGE / "guests" / "javascript" / "checking.js"
    flags = (f"--max-old-space-size={HEAP_MEGABYTES}", f"--max-semi-space-size={YOUNG_MEGABYTES}")
    return [str(node_binary()), *flags, str(program)]
