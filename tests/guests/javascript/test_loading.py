"""How a file becomes a handler: kinds of modules, what they may require, when they are loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from gettone.wire.messages import Completed
from tests.guests.javascript.guests import Guest, Serve, handler

MODULE = "export const handler = (context, event, callback) => callback(null, 'module');\n"
TYPED = (
    "export const handler = (context: object, event: { a?: number }, callback: (e: unknown, r: string) => void) => {"
)

# The files of a project whose function /f answers "module".
KINDS: dict[str, dict[str, str]] = {
    "CommonJS": {"functions/f.js": handler("callback(null, 'module');")},
    "CommonJS by name": {"functions/f.cjs": handler("callback(null, 'module');")},
    "CommonJS that replaces its exports": {
        "functions/f.js": "module.exports = { handler: (c, e, callback) => callback(null, 'module') };"
    },
    "CommonJS with a default": {
        "functions/f.js": "exports.default = { handler: (c, e, callback) => callback(null, 'module') };"
    },
    "CommonJS that package.json names": {
        "functions/f.js": handler("callback(null, 'module');"),
        "package.json": '{"type": "commonjs"}',
    },
    "ES module by name": {"functions/f.mjs": MODULE},
    "ES module by its syntax": {"functions/f.js": MODULE},
    "ES module that package.json names": {"functions/f.js": MODULE, "package.json": '{"type": "module"}'},
    "ES module with a default": {
        "functions/f.mjs": "export default { handler: (c, e, callback) => callback(null, 'module') };"
    },
    "ES module whose default is the handler": {
        "functions/f.mjs": "export default (c, e, callback) => callback(null, 'module');"
    },
    "ES module that waits": {"functions/f.mjs": "const said = await Promise.resolve('module');\n" + MODULE},
    "ES module that imports": {
        "functions/f.mjs": "import { said } from './g.mjs';\nimport fs from 'node:fs';\n"
        "export const handler = (c, e, callback) => callback(null, fs.constants ? said : '');",
        "functions/g.mjs": "export const said = 'module';",
    },
    "TypeScript": {"functions/f.ts": TYPED + "\n  const said: string = 'module';\n  callback(null, said);\n};\n"},
    "TypeScript as CommonJS": {
        "functions/f.ts": (
            "exports.handler = (c: object, e: object, callback: Function) => callback(null, 'module' as string);"
        )
    },
    "TypeScript that imports types": {
        "functions/f.ts": "import type { Context } from '@twilio-labs/serverless-runtime-types/types';\n"
        "export const handler = (c: Context, e: object, callback: Function) => callback(null, 'module');"
    },
    "async": {
        "functions/f.js": "exports.handler = async (c, e, callback) => { await null; callback(null, 'module'); };"
    },
    "later": {"functions/f.js": handler("setTimeout(() => callback(null, 'module'), 1);")},
}


@pytest.mark.parametrize("kind", KINDS)
def test_handler_is_found_in_every_kind_of_module(serve: Serve, kind: str) -> None:
    """Node decides what kind a file is; the handler is its export."""
    served = serve(KINDS[kind])

    assert served.ask("/f").body == b"module"
    assert served.ask("/f").body == b"module"


def test_module_is_loaded_at_its_first_invocation_and_once(serve: Serve) -> None:
    """State in a module lasts as long as the worker."""
    served = serve({"functions/count.js": "let n = 0;\n" + handler("callback(null, ++n);")})

    assert [served.read("/count") for _ in range(3)] == [1, 2, 3]


def test_handler_is_called_with_its_exports_as_this(serve: Serve) -> None:
    """`exports.other` is there as `this.other`."""
    served = serve({"functions/f.js": "exports.word = 'mine';\n" + handler("callback(null, this.word);")})

    assert served.ask("/f").body == b"mine"


def test_neighbours_are_required_by_relative_path_and_by_runtime(serve: Serve) -> None:
    """All three ways lead to one module."""
    served = serve(
        {
            "functions/a/f.js": handler(
                "const ways = [require('./helper'), require('./secret.private'),"
                " require(Runtime.getFunctions()['a/secret'].path), require('../root.js')];"
                "callback(null, [ways.map((way) => way.word), ways[1] === ways[2]]);"
            ),
            "functions/a/helper.js": "exports.word = 'helper';",
            "functions/a/secret.private.js": "exports.word = 'secret';",
            "functions/root.js": "exports.word = 'root';",
        }
    )

    assert served.read("/a/f") == [["helper", "secret", "secret", "root"], True]


def test_packages_of_the_project_are_required(serve: Serve) -> None:
    """From node_modules at the task root, by CommonJS and ES modules."""
    served = serve(
        {
            "functions/a.js": handler("callback(null, require('dep'));"),
            "functions/b.mjs": (
                "import dep from 'dep';\nexport const handler = (c, e, callback) => callback(null, dep);"
            ),
            "node_modules/dep/index.js": "module.exports = 'from the project';",
        }
    )

    assert served.ask("/a").body == served.ask("/b").body == b"from the project"


def test_module_can_be_found_from_the_current_folder(serve: Serve) -> None:
    """The task root is the working folder, as on Twilio."""
    served = serve(
        {
            "functions/f.js": handler(
                "callback(null, require('node:fs').readFileSync('files/a.private.txt', 'utf8'));"
            ),
            "assets/a.private.txt": "found",
        }
    )

    assert served.ask("/f").body == b"found"


@pytest.mark.parametrize(
    ("file", "source", "words"),
    [
        (
            "f.js",
            "exports.x = 1; exports.Handler = () => {};",
            ["It exports x, Handler.", "exports.handler = function"],
        ),
        ("f.js", "", ["It exports nothing.", "exports.handler = function"]),
        ("f.js", "module.exports = () => {};", ["exports.handler = function"]),
        ("f.js", "module.exports = null;", ["exports.handler = function"]),
        ("f.js", "exports.handler = 'text';", ["It exports handler.", "exports.handler = function"]),
        ("f.mjs", "export const x = 1;", ["It exports x.", "export const handler = function"]),
    ],
)
def test_file_without_handler_says_what_to_write(serve: Serve, file: str, source: str, words: list[str]) -> None:
    """The message names the file; the hint is in the file's own kind of module."""
    failed = serve({f"functions/{file}": source}).fail("/f")

    assert failed.name == "HandlerMissing"
    for word in [f"functions/{file} has no handler", *words]:
        assert word in failed.message
    assert failed.problem is not None
    assert failed.problem.file == f"functions/{file}"
    assert words[-1] in str(failed.problem.hint)


def test_function_that_does_not_load_disturbs_no_other(serve: Serve) -> None:
    """Each file stands for itself, at every invocation."""
    served = serve(
        {
            "functions/broken.js": "const = 1;",
            "functions/throws.js": "throw new Error('at the top');",
            "functions/works.js": handler("callback(null, 'works');"),
        }
    )
    for _ in range(2):
        assert served.fail("/broken").name == "SyntaxError"
        assert served.fail("/throws").message == "at the top"
        assert served.ask("/works").body == b"works"


def test_module_that_rejects_while_it_waits_is_a_failure(serve: Serve) -> None:
    """Top-level await of an ES module."""
    failed = serve({"functions/f.mjs": "await Promise.reject(new Error('while loading'));\n" + MODULE}).fail("/f")

    assert failed.message == "while loading"


def test_invocation_that_arrives_while_its_module_waits_is_answered_too(guest: Guest, tmp_path: Path) -> None:
    """With concurrency, two invocations may meet at one module that is being loaded."""
    files = {"functions/f.mjs": "await new Promise((resolve) => setTimeout(resolve, 20));\n" + MODULE}
    guest.load(tmp_path, files, concurrency=2)
    for _ in range(2):
        guest.conversation.send_invoke("/f")
    answers = [guest.conversation.hear() for _ in range(2)]

    assert [answer.body for answer in answers if isinstance(answer, Completed)] == [b"module", b"module"]
