"""Code that does not parse: at its first invocation, and when a check is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from gettone.wire.messages import FunctionFile, Load
from tests.guests.javascript.guests import Guest, Serve, handler

COMMA = "Members of an object are separated by commas: end this line with , instead of ;"

# File, source, and line, column and a part of the hint (None: no hint is needed).
BROKEN: dict[str, tuple[str, str, int, int, str | None]] = {
    "semicolon in an object": (
        "f.js",
        handler("const grant = new VoiceGrant({\n      application: context.APP;\n      incoming: false\n  });"),
        3,
        31,
        COMMA,
    ),
    "semicolon in an object of an ES module": (
        "f.mjs",
        "import fs from 'node:fs';\nexport const handler = () => ({\n  a: 1;\n  b: 2,\n});\n",
        3,
        7,
        COMMA,
    ),
    "semicolon in an object of an ES module by syntax": (
        "f.js",
        "export const handler = () => ({\n  'a-b': 1; // first\n});\n",
        2,
        11,
        COMMA,
    ),
    "semicolon in an object of TypeScript": (
        "f.ts",
        "export const handler = (c: object) => ({\n  a: 1;\n  b: 2,\n});\n",
        2,
        7,
        COMMA,
    ),
    "comma that is missing": ("f.js", "const a = {\n  b: 1\n  c: 2,\n};\n", 3, 3, "end the line above with ,"),
    "quote that only looks like one": ("f.js", "const あ = 1;\nconst a = “x”;\n", 2, 11, "U+201C"),
    "space that only looks like one": ("f.js", "const a =　@;\n", 1, 11, None),
    "brackets that are not closed": ("f.js", "exports.handler = function () {\n", 2, 1, "is not closed"),
    "await in a plain function": (
        "f.cjs",
        "exports.handler = function () {\n  await 1;\n};\n",
        2,
        3,
        "write async before function",
    ),
    "name that is declared twice": ("f.js", "const a = 1;\nlet a = 2;\n", 2, 5, "choose another name"),
    "import in CommonJS by name": ("f.cjs", "import fs from 'node:fs';\n", 1, 1, "use require and exports"),
    "enum of TypeScript": ("f.ts", "const a: number = 1;\nenum B { C }\n", 2, 1, "more than a type"),
    "text before it that is not ASCII": ("f.js", "const 名前 = '日本'; const = 2;\n", 1, 24, None),
}


@pytest.mark.parametrize("name", BROKEN)
def test_place_of_what_does_not_parse_is_told(serve: Serve, name: str) -> None:
    """At the invocation: file, line, column, the line itself, and a hint."""
    file, source, line, column, hint = BROKEN[name]
    failed = serve({f"functions/{file}": source}).fail("/f")
    problem = failed.problem

    assert failed.name == "SyntaxError"
    assert problem is not None
    assert (problem.file, problem.line, problem.column) == (f"functions/{file}", line, column)
    assert problem.text == (source.split("\n")[line - 1])
    if hint is not None:
        assert hint in str(problem.hint)


@pytest.mark.parametrize("name", BROKEN)
def test_check_tells_the_same(guest: Guest, tmp_path: Path, name: str) -> None:
    """With the load, before any invocation."""
    file, source, line, column, hint = BROKEN[name]
    loaded = guest.load(tmp_path, {f"functions/{file}": source, "functions/fine.js": handler("")}, check=True)
    (problem,) = loaded.problems

    assert (problem.function, problem.name) == ("/f", "SyntaxError")
    assert (problem.file, problem.line, problem.column) == (f"functions/{file}", line, column)
    assert problem.text == (source.split("\n")[line - 1])
    if hint is not None:
        assert hint in str(problem.hint)


def test_check_finds_every_file_that_is_broken_and_no_other(guest: Guest, tmp_path: Path) -> None:
    """All kinds of modules; files of the other language are not this guest's business."""
    files = {
        "functions/a.js": handler("callback(null, import('node:fs'));"),
        "functions/b.mjs": "import x from './nothing.mjs';\nexport const handler = await x;\n",
        "functions/c.js": "import x from 'not-installed';\nexport { x as handler };\n",
        "functions/d.ts": "type A = { b: string };\nexport const handler = (a: A): A => a;\n",
        "functions/e.js": "#!/usr/bin/env node\nreturn 1;\n",
        "functions/g.cjs": "require('./nothing');\n",
        "functions/h.py": "def broken(:\n",
        "functions/broken1.js": "const = 1;",
        "functions/broken2.mjs": "export default {;}",
        "functions/broken3.ts": "let x: = 1;",
    }
    loaded = guest.load(tmp_path, files, check=True)

    assert [problem.function for problem in loaded.problems] == ["/broken1", "/broken2", "/broken3"]


def test_check_runs_nothing(guest: Guest, tmp_path: Path) -> None:
    """Not even the top level of a module."""
    mark = tmp_path / "ran"
    write = f"require('node:fs').writeFileSync({str(mark)!r}, '');"
    write_too = f"import fs from 'node:fs';\nfs.writeFileSync({str(mark)!r}, '');"
    loaded = guest.load(
        tmp_path,
        {"functions/a.js": write, "functions/b.mjs": write_too, "functions/c.js": write_too, "functions/d.ts": write},
        check=True,
    )

    assert loaded.problems == ()
    assert not mark.exists()


def test_guest_that_has_checked_serves(guest: Guest, tmp_path: Path) -> None:
    """A check is part of loading, not instead of it."""
    guest.load(
        tmp_path, {"functions/a.mjs": "export const handler = (c, e, callback) => callback(null, 1);"}, check=True
    )
    outcome, _ = guest.conversation.invoke("/a")

    assert type(outcome).__name__ == "Completed"


def test_check_of_a_file_that_cannot_be_read_is_a_problem(guest: Guest, tmp_path: Path) -> None:
    """It names the file."""
    (tmp_path / "handlers").mkdir()
    loop = tmp_path / "handlers" / "a.js"
    loop.symlink_to(loop)
    with pytest.raises(OSError, match="symbolic links"):
        loop.read_bytes()
    function = FunctionFile("/a", "a", "handlers/a.js", "functions/a.js", "javascript")
    loaded = guest.conversation.load(Load(str(tmp_path), (function,), (), {}, {}, None, 1000, 1000, check=True))
    (problem,) = loaded.problems

    assert (problem.function, problem.file) == ("/a", "functions/a.js")
    assert "functions/a.js" in problem.message


def test_module_that_a_broken_one_is_imported_by_names_the_broken_one(serve: Serve) -> None:
    """The place is in the file that does not parse."""
    served = serve(
        {
            "functions/f.mjs": "import './helper.private.mjs';\nexport const handler = () => {};\n",
            "functions/helper.private.mjs": "export const a = 1;\nexport const b = {c;};\n",
        }
    )
    problem = served.problem("/f")

    assert (problem.function, problem.file, problem.line) == ("/f", "functions/helper.private.mjs", 2)


def test_error_of_json_parse_is_no_error_of_the_file(serve: Serve) -> None:
    """It is a SyntaxError too, and has its place in the handler."""
    problem = serve({"functions/f.js": handler("JSON.parse('{');")}).problem("/f")

    assert (problem.name, problem.file, problem.line, problem.hint) == ("SyntaxError", "functions/f.js", 2, None)


def test_export_that_a_module_lacks_is_told(serve: Serve) -> None:
    """It parses, but does not link."""
    failed = serve({"functions/f.mjs": "import { nope } from 'node:fs';\nexport const handler = nope;\n"}).fail("/f")

    assert "nope" in failed.message
