"""Code that does not compile: found by the runtimes themselves, in its line, and nothing of it is run."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gettone.control.checking import CodeChecker, CodeFile
from gettone.model.functions import Language
from gettone.project.paths import LANGUAGES
from gettone.wire.messages import Problem
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def checker(anyio_backend: str) -> AsyncIterator[CodeChecker]:
    """A checker, closed at the end."""
    made = CodeChecker()
    yield made
    await made.close()


def code(name: str, text: str) -> CodeFile:
    """A function's file, `a.js` or `b/c.py`."""
    stem, dot, ending = name.partition(".")
    language: Language | None = LANGUAGES.get(dot + ending)
    return CodeFile(f"/{stem}", f"handlers/{name}", f"functions/{name}", language, text.encode())


GOOD = [
    code("a.js", "exports.handler = (context, event, callback) => callback(null, 1);\n"),
    code("b.mjs", "import x from 'nowhere';\nexport const handler = async () => await x;\n"),
    code("c.cjs", "const { nothing } = require('nowhere');\n"),
    code(
        "d.ts", "exports.handler = (context: object, event: object, callback: Function): void => callback(null, 1);\n"
    ),
    code("e/f.py", "import nowhere\nraise SystemExit('it was run')\n"),
]


async def test_good_code_has_no_problems(checker: CodeChecker) -> None:
    """Every kind of file. What it imports need not be there, and what would fail when it is run is not found."""
    assert await checker.check(GOOD) == ()
    assert await checker.check([]) == ()


@pytest.mark.parametrize(
    ("file", "place"),
    [
        (code("a.js", "exports.handler = () => {\n  const a = ;\n};\n"), (2, 13, "  const a = ;")),
        (code("a.mjs", "export const a = 1;\nexport const b = (;\n"), (2, 19, "export const b = (;")),
        (code("a.ts", "const a: string = 'a';\nconst b: = 1;\n"), (2, 10, "const b: = 1;")),
        (code("a.py", "def handler(context, event)\n    return 1\n"), (1, 28, "def handler(context, event)")),
        (code("a/b.py", "a = 1\n  b = 2\n"), (2, 2, "  b = 2")),
    ],
    ids=["script", "module", "typescript", "python", "indentation"],
)
async def test_problem_stands_in_its_line(checker: CodeChecker, file: CodeFile, place: tuple[int, int, str]) -> None:
    """File, line, column and the line itself, all as `gettone dev` says them."""
    (problem,) = await checker.check([file])

    assert problem.file == file.source
    assert problem.function == file.path
    assert (problem.line, problem.column, problem.text) == place
    assert problem.name in ("SyntaxError", "IndentationError")


async def test_problem_has_a_hint(checker: CodeChecker) -> None:
    """What a beginner may do about it."""
    (problem,) = await checker.check([code("a.py", "const a = 1;\n")])

    assert (
        problem.hint
        == "This line looks like JavaScript in a Python file: JavaScript functions have names that end in .js."
    )


async def test_problems_come_in_the_order_of_files(checker: CodeChecker) -> None:
    """Both languages are asked at once, and files without a fault are no trouble."""
    files = [code("z.py", "("), GOOD[0], code("a.js", "("), GOOD[4], code("b.py", "\0")]

    found = await checker.check(files)

    assert [problem.file for problem in found] == ["functions/z.py", "functions/a.js", "functions/b.py"]


async def test_package_json_says_how_files_are_read(checker: CodeChecker) -> None:
    """What is an ES module there may use its words."""
    module = code("a.js", "import fs from 'node:fs';\nexport const handler = await fs.promises.stat('/');\n")
    kind = CodeFile("/package.json", "handlers/package.json", "functions/package.json", None, b'{"type": "commonjs"}')

    assert await checker.check([module]) == ()
    (problem,) = await checker.check([kind, module])
    assert problem.file == "functions/a.js"


async def test_compiler_that_takes_too_long_is_ended(anyio_backend: str) -> None:
    """Then the code is refused; the next question is answered again."""
    hasty = CodeChecker(seconds=0.0)
    try:
        (problem,) = await hasty.check([GOOD[4]])
    finally:
        await hasty.close()

    assert problem == Problem(
        "/e/f", "this code cannot be compiled: reading it took longer than 0 s", "SyntaxError", "functions/e/f.py"
    )


async def test_compiler_that_dies_is_a_problem(checker: CodeChecker) -> None:
    """Such as one that runs out of the stack, or of memory, over code that nobody writes by hand."""
    found = await checker.check([code("a.py", "(" * 90 + ")" * 90), code("b.py", "-" * 200_000 + "1")])

    assert {problem.file for problem in found} <= {"functions/a.py", "functions/b.py", None}
    assert found


async def test_checker_without_a_place_to_work_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be deployed then; it is no fault of the code."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    checker = CodeChecker()

    error = await refusal(checker.check(GOOD))

    await checker.close()
    assert error.code == "unavailable"
    assert error.message.startswith("the code cannot be checked: ")


async def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder goes with the last process."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    checker = CodeChecker()
    await checker.check(GOOD)
    await checker.close()

    assert os.listdir(tmp_path) == []
