"""What an author is told of an exception: where, why, and what to do."""

from __future__ import annotations

import dataclasses
import re

import pytest

from tests.guests.python.zygotes import Options, Serve

VARIABLES = {"ACCOUNT_SID": "AC" + "1" * 32, "API_KEY": "SK" + "2" * 32}

# The line of a handler that fails; the error's name; the column; what the hint says.
LINES = {
    "return API_KEY": ("NameError", 12, "context.API_KEY"),
    "return TWIML_APP_SID": ("NameError", 12, "context.TWIML_APP_SID"),
    "return AccessToken()": ("NameError", 12, "from gettone import AccessToken"),
    "return VoiceResponse()": ("NameError", 12, "from twilio.twiml.voice_response import VoiceResponse"),
    "return twiml": ("NameError", 12, "No twiml was made"),
    "return {'a': true}": ("NameError", 18, "True"),
    "console.log('x')": ("NameError", 5, "print"),
    "return process.env.API_KEY": ("NameError", 12, "os.environ"),
    "return json.dumps({})": ("NameError", 12, "import json"),
    "return callback(None, 1)": ("NameError", 12, "def handler(context, event, callback)"),
    "return nothing": ("NameError", 12, "Nothing is called nothing here"),
    "x = x + 1": ("UnboundLocalError", 9, "local"),
    "import no_such_package": ("ModuleNotFoundError", 5, "pip install no_such_package"),
    "import yaml": ("ModuleNotFoundError", 5, "pip install PyYAML"),
    "from . import nothing": ("ImportError", 5, None),
    "import os; return os.environ['SECRET']": ("KeyError", 23, "SECRET is not set"),
    "return {}['x']": ("KeyError", 12, None),
    "return context.MISSING": ("MissingVariableError", 12, None),
    "return context['MISSING']": ("MissingVariableError", 12, None),
    "return event.identity": ("MissingParameterError", 12, None),
    "from gettone import AccessToken; AccessToken.fromJwt": ("AttributeError", 38, None),
    "from gettone import Response; Response().setBody('x')": ("AttributeError", 35, "set_body"),
    "return handler(context, event)": ("RecursionError", None, "without an end"),
    "open('/proc/x', 'w')": ("FileNotFoundError", 5, None),
    "é = 'ü'; return é + 1": ("TypeError", 21, None),
    "return 1 / 0": ("ZeroDivisionError", 12, None),
}

# A file that does not load: the error's name, line, column, and what the hint says.
FILES = {
    "def handler(context, event)\n    return 1\n": ("SyntaxError", 1, 28, "bracket, quote, comma or colon"),
    "def handler(context, event):\nreturn 1\n": ("IndentationError", 2, 1, "spaces"),
    "def handler(context, event):\n    a = 1\n     b = 2\n": ("IndentationError", 3, None, "spaces"),
    "exports.handler = function(context, event, callback) {\n};\n": ("SyntaxError", 1, None, "JavaScript"),
    "const x = 1;\n": ("SyntaxError", 1, None, "JavaScript"),
    "def handler(context, event):\n    return {'a': 1; 'b': 2}\n": ("SyntaxError", 2, None, None),
    "import no_such_package\n": ("ModuleNotFoundError", 1, 1, "pip install"),
    "x = 1\nprint(x + 'a')\n": ("TypeError", 2, 7, None),
    "return 1\n": ("SyntaxError", 1, 1, None),
}


@pytest.mark.parametrize("line", LINES)
def test_error_names_file_line_column_and_what_to_do(serve: Serve, line: str) -> None:
    """The author's own line is shown with the place in it, and a hint where there is one to give."""
    name, column, hint = LINES[line]
    failure = serve(f"\n\ndef handler(context, event):\n    {line}\n", Options(variables=VARIABLES)).failure()
    problem = failure.problem

    assert failure.name == name
    assert problem is not None
    assert (problem.function, problem.file, problem.line) == ("/f", "functions/f.py", 4)
    assert problem.text == f"    {line}"
    assert column is None or problem.column == column
    assert hint is None or (problem.hint is not None and hint in problem.hint)


@pytest.mark.parametrize("source", FILES)
def test_file_that_does_not_load_is_told_by_its_place(serve: Serve, source: str) -> None:
    """Every call of a function whose file does not load says where; its neighbour is served."""
    name, line, column, hint = FILES[source]
    worker = serve({"f.py": source, "g.py": "def handler(context, event):\n    return 'ok'\n"})
    first, second = worker.failure(), worker.failure()
    problem = first.problem

    assert dataclasses.replace(second, id=first.id) == first
    assert first.name == name
    assert problem is not None
    assert (problem.file, problem.line) == ("functions/f.py", line)
    assert problem.text == source.splitlines()[line - 1]
    assert column is None or problem.column == column
    assert hint is None or (problem.hint is not None and hint in problem.hint)
    assert worker.answer(function="/g") == "ok"


def test_missing_variable_is_named_by_the_message(serve: Serve) -> None:
    """The message names the variable, and where to set it."""
    message = serve("def handler(context, event):\n    return context.API_SECRET\n").failure().message

    assert re.search(r"API_SECRET.*\.env", message)


def test_missing_parameter_is_named_by_the_message(serve: Serve) -> None:
    """The message names the parameter that the request does not have."""
    message = serve("def handler(context, event):\n    return event['identity']\n").failure().message

    assert message.startswith("The request has no parameter 'identity'")


def test_stack_has_the_authors_files_and_no_frame_of_the_platform(serve: Serve) -> None:
    """Files are called what the project calls them; the guest's frames are left out."""
    worker = serve(
        {
            "a/f.protected.py": "from ._helper import fail\n\ndef handler(context, event):\n    fail()\n",
            "a/_helper.py": "def fail():\n    raise ValueError('no')\n",
        }
    )
    failure = worker.failure(function="/a/f")
    files = re.findall(r'File "([^"]+)"', failure.stack or "")

    assert files == ["functions/a/f.protected.py", "functions/a/_helper.py"]
    assert failure.problem is not None
    assert failure.problem.file == "functions/a/_helper.py"


def test_stack_tells_what_an_exception_came_from(serve: Serve) -> None:
    """Causes and contexts are shown with the author's file names too."""
    failure = serve(
        "def handler(context, event):\n    try:\n        {}['x']\n    except KeyError as error:\n"
        "        raise ValueError('no') from error\n"
    ).failure()

    assert failure.stack is not None
    assert "direct cause" in failure.stack
    assert set(re.findall(r'File "([^"]+)"', failure.stack)) == {"functions/f.py"}


def test_stack_tells_every_member_of_a_group(serve: Serve) -> None:
    """An exception group is shown whole."""
    failure = serve(
        "def handler(context, event):\n    raise ExceptionGroup('several', [ValueError('one'), TypeError('two')])\n"
    ).failure()

    assert re.search(r"(?s)one.*two", failure.stack or "")


@pytest.mark.parametrize(
    ("code", "told"), [("21608", 21608), ("'E1'", "E1"), ("True", None), ("1.5", None), ("2 ** 80", None), ("[]", None)]
)
def test_code_of_an_error_is_told_where_it_is_one(serve: Serve, code: str, told: object) -> None:
    """As Twilio's errors have it: a number or a text called `code`."""
    failure = serve(
        f"class Bad(Exception):\n    code = {code}\n\ndef handler(context, event):\n    raise Bad('no')\n"
    ).failure()

    assert (failure.name, failure.message, failure.code) == ("Bad", "no", told)


@pytest.mark.parametrize(
    "body",
    [
        "def __str__(self): raise ValueError('gotcha')",
        "def __str__(self): raise SystemExit(1)",
        "def __str__(self): return 'x' * 10_000_000",
        "@property\n    def code(self): raise ValueError('gotcha')",
        "def __getattribute__(self, name): raise ValueError('gotcha')",
    ],
)
def test_hostile_exception_is_told_all_the_same(serve: Serve, body: str) -> None:
    """An exception that tries to fail whoever looks at it fails its own invocation only."""
    worker = serve(
        f"class Bad(Exception):\n    {body}\n\ndef handler(context, event):\n    if event.get('ok'):\n"
        "        return 'ok'\n    raise Bad('no')\n"
    )
    failure = worker.failure()

    assert failure.name == "Bad"
    assert len(failure.message) < 10_000
    assert worker.answer({"ok": 1}) == "ok"


def test_deep_traceback_is_cut(serve: Serve) -> None:
    """However deep the recursion and long the lines, the stack stays readable."""
    failure = serve(
        "import sys\nsys.setrecursionlimit(20_000)\n\n"
        "def one(n):\n    return two(n)\n\ndef two(n):\n    return one(n)\n\n"
        "def handler(context, event):\n    return one(1)\n"
    ).failure()

    assert failure.name == "RecursionError"
    assert 100 < len(failure.stack or "") < 40_000


def test_check_compiles_every_function_and_runs_none(serve: Serve) -> None:
    """What does not compile is told at once, for every file; nothing is executed."""
    worker = serve(
        {
            "bad.py": "def handler(context, event)\n    return 1\n",
            "worse.py": "x = = 1\n",
            "good.py": "print('ran')\n\ndef handler(context, event):\n    return 'ok'\n",
            "other.js": "this is no JavaScript either\n",
        },
        Options(check=True),
    )

    assert {(problem.file, problem.line) for problem in worker.loaded.problems} == {
        ("functions/bad.py", 1),
        ("functions/worse.py", 1),
    }
    _, logs = worker.call(function="/good")
    assert [log.text for log in logs] == ["ran"]


def test_unchecked_load_reports_nothing(serve: Serve) -> None:
    """Without a check, broken files are told when they are called."""
    assert serve("x = = 1\n").loaded.problems == ()


def test_binary_file_is_told_as_unreadable(serve: Serve) -> None:
    """A file that is no text gets an error and no crash."""
    worker = serve("x = '\x00'\n", Options(check=True))

    assert [problem.name for problem in worker.loaded.problems] in (["SyntaxError"], ["ValueError"])
