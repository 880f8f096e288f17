"""Compilers that wait for their question: one each, never two questions in one, and none for ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gettone.control.compilers import Compiler, Compilers
from gettone.model.functions import Language
from gettone.sandbox.launch import Nursery

pytestmark = pytest.mark.anyio

LANGUAGES = [Language.PYTHON, Language.JAVASCRIPT]
END_SECONDS = 20.0


@pytest.fixture
async def nursery(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Nursery]:
    """A nursery, ended at the end."""
    made = Nursery()
    yield made
    await made.close()


async def ask(compiler: Compiler, folder: Path) -> tuple[int, object]:
    """The exit code and the answer to a question without files."""
    asked, answer = folder / "asked", folder / "answer"
    asked.write_text(json.dumps({"root": str(folder), "functions": [], "assets": [], "variables": {}, "context": {}}))
    code = await compiler.ask(asked, answer)
    return code, json.loads(answer.read_text())


async def ended(compiler: Compiler) -> int:
    """Its exit code, once it has ended."""
    async with asyncio.timeout(END_SECONDS):
        return await asyncio.shield(compiler.process.exited)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_compiler_answers_one_question_and_ends(nursery: Nursery, tmp_path: Path, language: Language) -> None:
    """Whether it was started ahead or not; no two questions meet in one process."""
    compilers = Compilers(nursery, tmp_path)
    first = await compilers.take(language)
    compilers.prepare([language])
    second = await compilers.take(language)

    answers = [await ask(first, tmp_path), await ask(second, tmp_path)]

    await compilers.close()
    assert answers == [(0, {"type": "loaded", "problems": []})] * 2
    assert first.process.pid != second.process.pid


async def test_no_more_than_one_of_a_language_waits(nursery: Nursery, tmp_path: Path) -> None:
    """However often one is wished for."""
    compilers = Compilers(nursery, tmp_path)
    for _ in range(5):
        compilers.prepare([Language.PYTHON])
    ahead = await compilers.take(Language.PYTHON)
    other = await compilers.take(Language.PYTHON)

    assert _siblings(ahead.process.pid) == sorted([ahead.process.pid, other.process.pid])
    await asyncio.gather(ahead.end(), other.end(), compilers.close())


async def test_dead_compiler_is_not_asked(nursery: Nursery, tmp_path: Path) -> None:
    """Who comes then gets another one."""
    compilers = Compilers(nursery, tmp_path)
    compilers.prepare([Language.PYTHON])
    dead = await compilers.take(Language.PYTHON)
    await dead.end()
    compilers.prepare([Language.PYTHON])
    (task,) = compilers._ahead.values()
    (await task).process.kill()
    await ended(await task)

    taken = await compilers.take(Language.PYTHON)

    assert await ask(taken, tmp_path) == (0, {"type": "loaded", "problems": []})
    await compilers.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_compiler_that_nobody_asks_ends(nursery: Nursery, tmp_path: Path, language: Language) -> None:
    """After a while without questions, by itself, and without complaint."""
    compilers = Compilers(nursery, tmp_path, idle_seconds=0.0)
    compilers.prepare([language])
    (task,) = compilers._ahead.values()

    code = await ended(await task)

    assert code == 0
    assert compilers._ahead == {}
    await compilers.close()


async def test_waiting_compilers_end_with_their_nursery(tmp_path: Path, anyio_backend: str) -> None:
    """Also where nobody closes them first."""
    nursery = Nursery()
    compilers = Compilers(nursery, tmp_path)
    compilers.prepare(LANGUAGES)
    started = await asyncio.gather(*compilers._ahead.values())

    await nursery.close()

    await compilers.close()
    assert [each.process.pid for each in started if _is_there(each.process.pid)] == []


def _siblings(pid: int) -> list[int]:
    """All children of a process's parent, itself too."""
    parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    return sorted(int(each) for each in Path(f"/proc/{parent}/task/{parent}/children").read_text().split())


def _is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
