"""Whether code compiles, asked of the runtimes that would serve it. Nothing of the code is run.

Each question is a short-lived process of the interpreter that functions have. The programs are the guests' own, so what
is said, and where, is what `gettone dev` says. They are children of a nursery: nothing of them outlives this process.
State of a `CodeChecker`: `_opened`, its nursery and folder, from the first question on. Must not know builds.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gettone
from gettone.control.programs import run_program
from gettone.control.workbench import finish
from gettone.model.errors import PlatformError
from gettone.model.functions import Language
from gettone.sandbox.errors import LaunchError
from gettone.sandbox.launch import Nursery
from gettone.sandbox.node import node_binary
from gettone.wire.errors import GuestError
from gettone.wire.frames import LENGTHS
from gettone.wire.messages import FunctionFile, Load, Loaded, Problem, decode_guest

CHECK_SECONDS = 10.0
AT_ONCE = 2
PROBLEMS_MAX = 50
ANSWER_BYTES_MAX = 4 << 20
HEAP_MEGABYTES = 512

_PACKAGE = Path(gettone.__file__).parent
_PYTHON = (
    "import sys; sys.path.insert(0, sys.argv[1]); from gettone.guests.python.checking import main; main(*sys.argv[2:])"
)
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file of a deployment: names as in model.functions.Function. Without a language it only lies beside the others.

    A `package.json` says how the files of its folder are read.
    """

    path: str
    file: str
    source: str
    language: Language | None
    content: bytes = field(repr=False)


class CodeChecker:
    """Checks code. Close it: its processes end then."""

    def __init__(self, seconds: float = CHECK_SECONDS) -> None:
        self._seconds = seconds
        self._opened: tuple[Nursery, Path] | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def check(self, files: Sequence[CodeFile]) -> tuple[Problem, ...]:
        """What does not compile, first things first. Raises PlatformError `unavailable` where nobody can be asked."""
        languages = {each.language for each in files if each.language is not None}
        if not languages:
            return ()
        async with self._turns:
            try:
                nursery, folder = self._open()
                place = Path(tempfile.mkdtemp(prefix="check-", dir=folder))
            except (OSError, LaunchError) as error:
                raise _unavailable(str(error)) from error
            try:
                await asyncio.to_thread(_write, place, files)
                asking = [self._ask(nursery, place, language, files) for language in sorted(languages)]
                found = [problem for each in await asyncio.gather(*asking) for problem in each]
            finally:
                await finish(shutil.rmtree, place, True)
        order = {each.source: at for at, each in enumerate(files)}
        return tuple(sorted(found, key=lambda each: order.get(each.file or "", len(order)))[:PROBLEMS_MAX])

    async def close(self) -> None:
        """End whatever runs, and remove the folder."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened[0].close()

    def _open(self) -> tuple[Nursery, Path]:
        if self._opened is None or not self._opened[1].is_dir():
            folder = Path(tempfile.mkdtemp(prefix="gettone-checks-"))
            self._opened = Nursery(folder), folder
        return self._opened

    async def _ask(
        self, nursery: Nursery, place: Path, language: Language, files: Sequence[CodeFile]
    ) -> Sequence[Problem]:
        asked = [each for each in files if each.language is language]
        answer = place / f"{language}.answer"
        argv = [*_command(language), str(_asked_file(place)), str(answer)]
        try:
            async with asyncio.timeout(self._seconds):
                code = await run_program(nursery, argv, _ENVIRONMENT, place, lambda line: None)
        except TimeoutError:
            return [_unchecked(asked, f"reading it took longer than {self._seconds:g} s")]
        except PlatformError:
            # What it says is of whoever else runs programs.
            raise _unavailable("no compiler can be started") from None
        said = await asyncio.to_thread(_read, answer)
        return [_unchecked(asked, f"its compiler ended with code {code}")] if said is None else said.problems


def _command(language: Language) -> list[str]:
    if language is Language.PYTHON:
        return [sys.executable, "-I", "-S", "-c", _PYTHON, str(_PACKAGE.parent)]
    program = _PACKAGE / "guests" / "javascript" / "checking.js"
    return [str(node_binary()), f"--max-old-space-size={HEAP_MEGABYTES}", str(program)]


def _asked_file(place: Path) -> Path:
    return place / "asked"


def _write(place: Path, files: Sequence[CodeFile]) -> None:
    """Lay the files out as a task has them, and write down what is asked."""
    root = place / "task"
    for each in files:
        where = root / each.file
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(each.content)
    load = Load(
        root=str(root),
        functions=tuple(
            FunctionFile(each.path, each.path.removeprefix("/"), each.file, each.source, each.language)
            for each in files
            if each.language is not None
        ),
        assets=(),
        variables={},
        context={},
        twilio=None,
        log_bytes=0,
        response_bytes=0,
        check=True,
    )
    _asked_file(place).write_bytes(load.encode()[LENGTHS.size :])


def _read(answer: Path) -> Loaded | None:
    """What a compiler answered; None where it did not."""
    try:
        with answer.open("rb") as file:
            said = decode_guest(file.read(ANSWER_BYTES_MAX), b"")
    except (OSError, GuestError):
        return None
    return said if isinstance(said, Loaded) else None


def _unchecked(files: Sequence[CodeFile], why: str) -> Problem:
    file = files[0].source if len(files) == 1 else None
    return Problem(files[0].path, f"this code cannot be compiled: {why}", "SyntaxError", file)


def _unavailable(why: str) -> PlatformError:
    return PlatformError("unavailable", f"the code cannot be checked: {why}. Save again")
