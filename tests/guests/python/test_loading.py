"""How files become modules: what handlers can import, and what Runtime shows them."""

from __future__ import annotations

import json

import pytest

from tests.guests.python.zygotes import Options, Serve

OK = "def handler(context, event):\n    return 'ok'\n"
HELPER = "def greet():\n    return 'hi'\n"


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("f.py", "from .helper import greet"),
        ("f.py", "from helper import greet"),
        ("f.py", "import handlers.helper; greet = handlers.helper.greet"),
        ("a/f.py", "from ..helper import greet"),
        ("a/f.py", "from helper import greet"),
        ("a/b/f.py", "from ...helper import greet"),
        ("a/f.py", "from .near import greet"),
        ("a/f.py", "from . import near; greet = near.greet"),
        ("a/f.py", "from a.near import greet"),
        ("f.py", "from .a.near import greet"),
        ("f.py", "from .guarded import greet"),
        ("f.py", "from guarded import greet"),
        ("f.py", "from .two_words import greet"),
    ],
)
def test_handler_imports_files_beside_it(serve: Serve, file: str, line: str) -> None:
    """Relative names, and bare names of what lies at the top of the functions folder."""
    worker = serve(
        {
            file: f"{line}\n\ndef handler(context, event):\n    return greet()\n",
            "helper.py": HELPER,
            "a/near.py": HELPER,
            "guarded.private.py": HELPER,
            "two_words.py": HELPER,
        }
    )

    assert worker.answer(function=f"/{file.removesuffix('.py')}") == "hi"


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("create-room-token.py", "/create-room-token"),
        ("hook.protected.py", "/hook"),
        ("v1.0/f.py", "/v1.0/f"),
        ("a b.py", "/a-b"),
        ("class.py", "/class"),
        ("日本.py", "/日本"),
        ("a.b.py", "/a.b"),
    ],
)
def test_file_may_have_a_name_that_python_has_not(serve: Serve, file: str, path: str) -> None:
    """What is a route need not be an identifier."""
    assert serve({file: OK}).answer(function=path) == "ok"


def test_folder_may_be_a_package(serve: Serve) -> None:
    """What stands in an `__init__.py` is what the folder's name imports."""
    worker = serve(
        {
            "a/__init__.py": "word = 'hi'\n",
            "a/f.py": "from . import word\nfrom a import word as same\n\n"
            "def handler(context, event):\n    return [word, same]\n",
            "g.py": "from .a import word\n\ndef handler(context, event):\n    return word\n",
        }
    )

    assert json.loads(worker.answer(function="/a/f")) == ["hi", "hi"]
    assert worker.answer(function="/g") == "hi"


def test_module_knows_where_it_is(serve: Serve) -> None:
    """Name, package, file and specification are those of an import."""
    source = (
        "import importlib, sys\n\ndef handler(context, event):\n    module = sys.modules[__name__]\n"
        "    found = importlib.util.find_spec(__name__)\n"
        "    return [__name__, __package__, __file__ == found.origin, module.__spec__.name, found.has_location]\n"
    )
    worker = serve({"f.py": source, "a/f.py": source})

    assert json.loads(worker.answer()) == ["handlers.f", "handlers", True, "handlers.f", True]
    assert json.loads(worker.answer(function="/a/f")) == ["handlers.a.f", "handlers.a", True, "handlers.a.f", True]


def test_function_may_be_a_folder_too(serve: Serve) -> None:
    """`a.py` and `a/b.py` are two functions."""
    worker = serve({"a.py": OK, "a/b.py": "from ..a import handler\n"})

    assert [worker.answer(function=path) for path in ("/a/b", "/a")] == ["ok", "ok"]


@pytest.mark.parametrize("name", ["email", "queue", "token", "secrets", "calendar", "types", "asyncio", "gettone"])
def test_function_does_not_hide_a_module_of_python(serve: Serve, name: str) -> None:
    """A function that is called like a standard module is served, and the module is still there for everybody."""
    worker = serve(
        {
            f"{name}.py": OK,
            "f.py": f"import {name}, urllib.request, smtplib\nfrom gettone import Response\n\n"
            f"def handler(context, event):\n    return not hasattr({name}, 'handler')\n",
        }
    )

    assert [worker.answer(function="/f"), worker.answer(function=f"/{name}")] == ["true", "ok"]


def test_module_is_loaded_once_and_only_when_it_is_called(serve: Serve) -> None:
    """Other functions of the deployment are not run."""
    worker = serve({"f.py": OK, "g.py": "raise SystemExit('must not be loaded')\n"})

    assert [worker.answer(), worker.answer()] == ["ok", "ok"]


def test_module_that_fails_is_tried_again(serve: Serve) -> None:
    """A failure while loading may pass: the next invocation loads anew."""
    worker = serve(
        "import time\nif not hasattr(time, 'tried'):\n    time.tried = True\n    raise OSError('not yet')\n\n" + OK
    )

    assert worker.failure().message == "not yet"
    assert worker.answer() == "ok"


def test_runtime_lists_functions_of_both_languages(serve: Serve) -> None:
    """Names have no slash in front and no extension; paths are files that are there."""
    worker = serve(
        {
            "f.py": "import os\nfrom gettone import Runtime\n\ndef handler(context, event):\n"
            "    found = Runtime.get_functions()\n"
            "    return {name: one.path.split('/')[-1] for name, one in found.items() if os.path.isfile(one.path)}\n",
            "a/check.private.py": "x = 1\n",
            "b.js": "",
        }
    )

    assert json.loads(worker.answer()) == {"a/check": "check.py", "b": "b.js", "f": "f.py"}


def test_runtime_loads_a_private_function(serve: Serve) -> None:
    """`load()` gives the module that a relative import would give; importlib takes the path."""
    worker = serve(
        {
            "f.py": "import importlib.util\nfrom gettone import Runtime\nfrom .a import check\n\n"
            "def handler(context, event):\n"
            "    function = Runtime.get_functions()['a/check']\n"
            "    spec = importlib.util.spec_from_file_location('own', function.path)\n"
            "    module = importlib.util.module_from_spec(spec)\n    spec.loader.exec_module(module)\n"
            "    return [function.load() is check, function.load().answer(), module.answer()]\n",
            "a/check.private.py": "def answer():\n    return 42\n",
        }
    )

    assert json.loads(worker.answer()) == [True, 42, 42]


def test_runtime_refuses_to_load_javascript(serve: Serve) -> None:
    """A function in the other language cannot be imported, and the message says which."""
    failure = serve(
        {
            "f.py": "from gettone import Runtime\n\ndef handler(context, event):\n"
            "    Runtime.get_functions()['b'].load()\n",
            "b.js": "",
        }
    ).failure()

    assert (failure.name, failure.message.split(" is ")[0]) == ("ImportError", "functions/b.js")


def test_runtime_opens_private_assets(serve: Serve) -> None:
    """Assets are listed by path, and read as UTF-8."""
    worker = serve(
        "from gettone import Runtime\n\ndef handler(context, event):\n"
        "    return {path: asset.open() for path, asset in Runtime.get_assets().items()}\n",
        Options(assets={"greeting.txt": "grüezi", "a/b.txt": ""}),
    )

    assert json.loads(worker.answer()) == {"/greeting.txt": "grüezi", "/a/b.txt": ""}


def test_packages_of_the_deployment_are_importable(serve: Serve) -> None:
    """`site-packages` of the task root comes after the author's own files."""
    task = serve.folder / f"task{serve.zygote.next_key}" / "site-packages"
    task.mkdir(parents=True)
    (task / "packaged.py").write_text("name = 'packaged'\n")
    (task / "helper.py").write_text("name = 'packaged'\n")
    worker = serve(
        {
            "f.py": "import helper, packaged\n\n"
            "def handler(context, event):\n    return [packaged.name, helper.name]\n",
            "helper.py": "name = 'own'\n",
        }
    )

    assert json.loads(worker.answer()) == ["packaged", "own"]


def test_bare_interpreter_has_no_packages_of_the_host(serve: Serve) -> None:
    """Of the host's modules, `gettone` with tokens and handlers is there, and nothing else."""
    worker = serve(
        "import importlib.util, sys\n\ndef handler(context, event):\n"
        "    names = ('uvicorn', 'twilio', 'gettone.workers', 'gettone.model', 'gettone.tokens', 'gettone.handlers')\n"
        "    return [name for name in names if importlib.util.find_spec(name)]\n"
    )

    assert json.loads(worker.answer()) == ["gettone.tokens", "gettone.handlers"]


def test_packages_of_the_projects_environment_are_importable(serve_with_packages: Serve) -> None:
    """Under the project's own interpreter its packages are there, and the guest's own gettone comes first."""
    worker = serve_with_packages(
        "import os, gettone, twilio\nfrom twilio.twiml.voice_response import VoiceResponse\n\n"
        "def handler(context, event):\n    response = VoiceResponse()\n    response.say('hi')\n"
        "    return response if event.get('twiml') else os.path.dirname(gettone.__file__)\n"
    )
    outcome, _ = worker.call({"twiml": 1})

    assert worker.answer().endswith("guestroot/gettone")
    assert getattr(outcome, "headers", None) == (("Content-Type", "text/xml; charset=utf-8"),)
    assert b"<Say>hi</Say>" in getattr(outcome, "body", b"")


def test_twilio_client_is_made_at_its_first_use(serve_with_packages: Serve) -> None:
    """Asking for the client costs nothing; using it needs the account's credentials, by name."""
    worker = serve_with_packages(
        {
            "f.py": "import sys\n\ndef handler(context, event):\n    client = context.get_twilio_client()\n"
            "    before = 'twilio.rest' in sys.modules\n"
            "    return [before, client.account_sid] if event.get('use') else before\n"
        },
        Options(variables={"ACCOUNT_SID": "AC" + "1" * 32, "AUTH_TOKEN": "t" * 32}),
    )

    assert worker.answer() == "false"
    assert json.loads(worker.answer({"use": 1})) == [False, "AC" + "1" * 32]


@pytest.mark.parametrize("has_package", [True, False])
def test_twilio_client_says_what_is_missing(serve: Serve, serve_with_packages: Serve, has_package: bool) -> None:
    """Without the package it says how to install it; without credentials it names the variable."""
    worker = (serve_with_packages if has_package else serve)(
        "def handler(context, event):\n    context.getTwilioClient().messages\n"
    )

    assert ("ACCOUNT_SID" if has_package else "pip install twilio") in worker.failure().message


def test_debugger_that_is_not_installed_is_told(serve: Serve) -> None:
    """A debug port without debugpy is a warning that says what to install; functions are served."""
    worker = serve(OK, Options(debug_port=5678))
    outcome, logs = worker.call()

    assert getattr(outcome, "body", None) == b"ok"
    assert [(log.id, log.level) for log in logs] == [(None, "warning")]
    assert "pip install debugpy" in logs[0].text
