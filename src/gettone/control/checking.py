"""Whether code compiles, asked of the runtimes that would serve it. Nothing of the code is run.

Each question is a process of its own of the interpreter that functions have. The programs are the guests' own, so what
is said, and where, is what `gettone dev` says. They are children of a nursery: nothing of them outlives this process.
State of a `CodeChecker`: `_opened`, its workplace, from the first question on. Must not know builds.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gettone.control.compilers import Compilers
from gettone.control.workbench import finish
from gettone.model.errors import PlatformError
from gettone.model.functions import Language
from gettone.sandbox.errors import LaunchError
from gettone.sandbox.launch import Nursery
from gettone.wire.errors import GuestError
from gettone.wire.frames import LENGTHS
from gettone.wire.messages import FunctionFile, Load, Loaded, Problem, decode_guest

CHECK_SECONDS = 10.0
AT_ONCE = 2
PROBLEMS_MAX = 50
ANSWER_BYTES_MAX = 4 << 20


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


@dataclass(frozen=True, slots=True)
class _Workplace:
    """Where questions are answered: the nursery removes the folder at its end."""

    nursery: Nursery
    folder: Path
    compilers: Compilers


class CodeChecker:
    """Checks code. Close it: its processes end then."""

    def __init__(self, seconds: float = CHECK_SECONDS) -> None:
        self._seconds = seconds
        self._opened: _Workplace | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)

    def expect(self, languages: Iterable[Language]) -> None:
        """Be quick with the next question: somebody is about to ask. Where nobody can be asked, `check` will say so."""
        with contextlib.suppress(OSError, LaunchError):
            self._open().compilers.prepare(languages)

    async def check(self, files: Sequence[CodeFile]) -> tuple[Problem, ...]:
        """What does not compile, first things first. Raises PlatformError `unavailable` where nobody can be asked."""
        languages = sorted({each.language for each in files if each.language is not None})
        if not languages:
            return ()
        async with self._turns:
            try:
                workplace = self._open()
                place = Path(tempfile.mkdtemp(prefix="check-", dir=workplace.folder))
            except (OSError, LaunchError) as error:
                raise _unavailable(str(error)) from error
            try:
                await asyncio.to_thread(_write, place, files)
                asking = [self._ask(workplace.compilers, place, language, files) for language in languages]
                found = [problem for each in await asyncio.gather(*asking) for problem in each]
            finally:
                await finish(shutil.rmtree, place, True)
                workplace.compilers.prepare(languages)
        order = {each.source: at for at, each in enumerate(files)}
        return tuple(sorted(found, key=lambda each: order.get(each.file or "", len(order)))[:PROBLEMS_MAX])

    async def close(self) -> None:
        """End whatever runs, and remove the folder."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.compilers.close()
            await opened.nursery.close()

    def _open(self) -> _Workplace:
        if self._opened is None or not self._opened.folder.is_dir():
            folder = Path(tempfile.mkdtemp(prefix="gettone-checks-"))
            nursery = Nursery(folder)
            self._opened = _Workplace(nursery, folder, Compilers(nursery, folder))
        return self._opened

    async def _ask(
        self, compilers: Compilers, place: Path, language: Language, files: Sequence[CodeFile]
    ) -> Sequence[Problem]:
        asked = [each for each in files if each.language is language]
        answer = place / f"{language}.answer"
        try:
            async with asyncio.timeout(self._seconds):
                compiler = await compilers.take(language)
                try:
                    code = await compiler.ask(_asked_file(place), answer)
                finally:
                    await compiler.end()
        except TimeoutError:
            return [_unchecked(asked, f"reading it took longer than {self._seconds:g} s")]
        except LaunchError:
            raise _unavailable("no compiler can be started") from None
        said = await asyncio.to_thread(_read, answer)
        return [_unchecked(asked, f"its compiler ended with code {code}")] if said is None else said.problems


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
