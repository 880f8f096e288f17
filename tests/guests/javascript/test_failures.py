"""How what goes wrong in a handler is told: message, place, stack, and what a beginner can do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gettone.wire.messages import Failed
from tests.guests.javascript.guests import ACCOUNT, Serve, Served, Spares, handler, serving

# What a handler does, and message, name and code of its failure.
FAILURES: dict[str, tuple[str, str, str, int | str | None]] = {
    "throws": ("throw new TypeError('broken')", "broken", "TypeError", None),
    "calls back an error": ("callback(new RangeError('wrong'))", "wrong", "RangeError", None),
    "calls back an error with a code": (
        "callback(Object.assign(new Error('no'), { code: 20003 }))",
        "no",
        "Error",
        20003,
    ),
    "calls back a text": ("callback('bad')", "bad", "Error", None),
    "calls back a number": ("callback(404)", "404", "Error", None),
    "calls back an object": ("callback({ code: 'E7', why: 1 })", '{"code":"E7","why":1}', "Error", "E7"),
    "calls back an object like an error": ("callback({ message: 'm', name: 'N', code: 7 })", "m", "N", 7),
    "throws a text": ("throw 'text'", "text", "Error", None),
    "throws nothing": ("throw undefined", "undefined", "Error", None),
    "throws null": ("throw null", "null", "Error", None),
    "rejects": ("return Promise.reject(new Error('late'))", "late", "Error", None),
    "rejects with a text": ("return Promise.reject('late')", "late", "Error", None),
    "is asynchronous and throws": (
        "return (async () => { await null; throw new Error('deep'); })()",
        "deep",
        "Error",
        None,
    ),
    "throws in a timer": ("setTimeout(() => { throw new Error('timer'); }, 1)", "timer", "Error", None),
    "throws in a later turn": ("process.nextTick(() => { throw new Error('tick'); })", "tick", "Error", None),
    "leaves a promise that rejects": ("Promise.reject(new Error('left'))", "left", "Error", None),
    "emits an error that nobody takes": (
        "new (require('node:events'))().emit('error', new Error('emitted'))",
        "emitted",
        "Error",
        None,
    ),
    "code that is neither text nor whole number": (
        "throw Object.assign(new Error('x'), { code: { a: 1 } })",
        "x",
        "Error",
        None,
    ),
    "calls itself without end": (
        "(function again() { again(); })()",
        "Maximum call stack size exceeded",
        "RangeError",
        None,
    ),
}

# A line that fails, and the hint. The line is the second of the file, with two spaces before it.
HINTS = {
    "variable without context": (
        "callback(null, API_KEY);",
        "API_KEY is a variable of this environment: write context.API_KEY",
    ),
    "variable that is not set": (
        "callback(null, TWIML_APP_SID);",
        "If it is to be a variable of this environment, set it: context.TWIML_APP_SID",
    ),
    "twiml that nobody declared": ("return callback(null, twiml);", "const twiml = new Twilio.twiml.VoiceResponse();"),
    "class that lives in Twilio": ("new VoiceGrant();", "write Twilio.jwt.AccessToken.VoiceGrant"),
    "any other name": ("frobnicate();", "Nothing named frobnicate exists here: declare it, or correct its spelling."),
    "name of a browser": ("document.title = 'x';", "document exists in browsers only"),
    "use before declaration": ("early; let early = 1;", "early is used before the line that declares it"),
    "member of undefined": ("event.user.name;", "What stands before .name is undefined"),
    "member of null": ("null.length;", "What stands before .length is null"),
    "parts of undefined": ("const { a } = event.user;", "event.user is undefined"),
    "call of what is none": ("event.identity();", "event.identity is not something that can be called"),
    "new of what is none": ("new context.PATH();", "context.PATH is not something that can be made with new"),
    "new value of a constant": ("const a = 1; a = 2;", "declare it with let"),
    "package that is not installed": (
        "require('@scope/left-pad/part');",
        "The package @scope/left-pad is not installed",
    ),
    "file that is not there": ("require('./nothing');", "There is no file ./nothing here"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failure_is_told_with_message_name_and_code(serve: Serve, name: str) -> None:
    """Whatever was thrown, rejected or called back; the guest goes on."""
    statement, message, error_name, code = FAILURES[name]
    served = serve({"functions/f.js": handler(f"{statement};"), "functions/g.js": handler("callback(null, 'on');")})
    failed = served.fail("/f")

    assert (failed.message, failed.name, failed.code) == (message, error_name, code)
    assert served.ask("/g").body == b"on"


def test_wrong_order_of_arguments_gets_the_signature(serve: Serve) -> None:
    """A handler with two arguments calls its event."""
    problem = serve({"functions/f.js": "exports.handler = (event, callback) => callback(null, 1);"}).problem("/f")

    assert "exports.handler = function (context, event, callback)" in str(problem.hint)


@pytest.fixture(scope="module")
def rows(spares: Spares, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One function for each row of the tables."""
    files = {f"functions/a/{name}.js": handler(line) for name, (line, _) in HINTS.items()}
    with serving(spares, tmp_path_factory.mktemp("rows"), files) as served:
        yield served


@pytest.mark.parametrize("name", HINTS)
def test_place_and_hint_of_a_mistake(rows: Served, name: str) -> None:
    """File as the project has it, line, column, the line itself, one sentence."""
    line, hint = HINTS[name]
    problem = rows.problem(f"/a/{name}")
    place = (problem.function, problem.file, problem.line, problem.text)

    assert place == (f"/a/{name}", f"functions/a/{name}.js", 2, f"  {line}")
    assert problem.column is not None
    assert 3 <= problem.column <= len(line) + 2
    assert hint in str(problem.hint)


def test_hint_never_holds_a_variables_value(serve: Serve) -> None:
    """Names are told, secrets are not."""
    failed = serve({"functions/f.js": handler("callback(null, API_SECRET);")}).fail("/f")

    assert "API_SECRET" in failed.message
    assert ACCOUNT["API_SECRET"] not in repr(failed)


def test_place_is_where_the_error_was_made_even_in_a_helper(serve: Serve) -> None:
    """The file of the helper, the function that was invoked."""
    served = serve(
        {
            "functions/f.js": handler("require('./helper.private').help();"),
            "functions/helper.private.js": "exports.help = () => {\n\n\tthrow new Error('in here');\n};\n",
        }
    )
    problem = served.problem("/f")

    assert (problem.function, problem.file, problem.line, problem.column) == ("/f", "functions/helper.private.js", 3, 8)
    assert problem.text == "\tthrow new Error('in here');"


@pytest.mark.parametrize("suffix", ["js", "cjs", "mjs", "ts"])
def test_stack_names_the_projects_files_and_none_of_the_guests(serve: Serve, suffix: str) -> None:
    """Paths as the author knows them, without frames that are not theirs."""
    export = "export const handler =" if suffix == "mjs" else "exports.handler ="
    source = f"function inner() {{\n  throw new Error('deep');\n}}\n{export} function () {{\n  inner();\n}};\n"
    served = serve({f"functions/my function.{suffix}": source})
    failed = served.fail("/my function")
    stack = str(failed.stack).splitlines()

    assert stack[0] == "Error: deep"
    assert stack[1].strip() == f"at inner (functions/my function.{suffix}:2:9)"
    assert f"functions/my function.{suffix}:5:3" in stack[2]
    assert len(stack) == 3


def test_stack_tells_causes(serve: Serve) -> None:
    """What led to the error, as far as three errors."""
    source = handler("throw new Error('outer', { cause: new TypeError('inner', { cause: 'text' }) });")
    stack = str(serve({"functions/f.js": source}).fail("/f").stack)

    assert "Error: outer\n    at exports.handler (functions/f.js:2:9)" in stack
    assert "Caused by: TypeError: inner\n    at exports.handler (functions/f.js:2:" in stack


def test_stack_through_a_package_keeps_the_packages_frames(serve: Serve) -> None:
    """They are named from the task root; the place is in the project's own code."""
    served = serve(
        {
            "functions/f.js": handler("require('dep')();"),
            "node_modules/dep/index.js": "module.exports = () => { throw new Error('in dep'); };",
        }
    )
    failed = served.fail("/f")

    assert "(node_modules/dep/index.js:1:" in str(failed.stack)
    assert failed.problem is not None
    assert (failed.problem.file, failed.problem.line) == ("functions/f.js", 2)


@pytest.mark.parametrize(
    "error",
    [
        "{ get message() { throw new Error('inner'); } }",
        "new Proxy({}, { get() { throw new Error('inner'); } })",
        "Object.assign(new Error('x'), { stack: 7 })",
        "Object.defineProperty(new Error('x'), 'stack', { get() { throw new Error('inner'); } })",
        "Object.create(null)",
    ],
)
def test_error_that_cannot_be_read_is_still_a_failure(serve: Serve, error: str) -> None:
    """Nothing that a handler throws gets past the guest."""
    served = serve({"functions/f.js": handler(f"throw {error};")})

    assert isinstance(served.fail("/f").message, str)
    assert served.fail("/f").name == "Error"


def test_enormous_error_is_shortened(serve: Serve) -> None:
    """A head has its bound."""
    failed = serve({"functions/f.js": handler("throw new Error('\\u0001'.repeat(5_000_000));")}).fail("/f")

    assert 1000 < len(failed.message) < 10_000


def test_missing_module_is_told_without_the_list_of_modules(serve: Serve) -> None:
    """Node's own message names files of the guest's machine."""
    failed = serve({"functions/f.js": "require('nowhere');"}).fail("/f")

    assert (failed.message, failed.code) == ("Cannot find module 'nowhere'", "MODULE_NOT_FOUND")


def test_missing_token_variable_is_told_in_the_token_modules_words(serve: Serve) -> None:
    """It names the argument, and where the call is."""
    source = handler("new Twilio.jwt.AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET);")
    variables = {name: value for name, value in ACCOUNT.items() if name != "API_SECRET"}
    failed = serve({"functions/f.js": source}, variables).fail("/f")

    assert "API_SECRET" in failed.message or "secret" in failed.message
    assert failed.problem is not None
    assert (failed.problem.file, failed.problem.line) == ("functions/f.js", 2)


def test_token_without_identity_is_a_failure_that_says_so(serve: Serve) -> None:
    """Set late or in the constructor: it must be there when the token is minted."""
    source = handler(
        "const t = new Twilio.jwt.AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET); t.toJwt();"
    )
    outcome = serve({"functions/f.js": source}).fail("/f")

    assert isinstance(outcome, Failed)
    assert "identity" in outcome.message
