"""`gettone.testing.call` runs a function as the platform would, and leaves the test's process as it was."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import types
import warnings
from pathlib import Path

import pytest

import gettone
from gettone import verify
from gettone.testing import Answer, Log, call
from gettone.tokens import TrustedKey

VARIABLES = {"ACCOUNT_SID": "AC" + "1" * 32, "API_KEY": "SK" + "2" * 32, "API_SECRET": "3" * 32}
MINT = """
import os
from gettone import AccessToken, VideoGrant

def handler(context, event, callback):
    token = AccessToken(context.ACCOUNT_SID, context.API_KEY, os.environ["API_SECRET"])
    token.identity = event.identity
    token.add_grant(VideoGrant(room=event.get("room")))
    callback(None, {"token": token.to_jwt()})
"""
MINT_JS = """
exports.handler = function (context, event, callback) {
  const { AccessToken } = Twilio.jwt;
  const token = new AccessToken(context.ACCOUNT_SID, context.API_KEY, process.env.API_SECRET);
  token.identity = event.identity;
  token.addGrant(new AccessToken.VideoGrant({ room: event.room }));
  console.log('minting');
  callback(null, { token: token.toJwt() });
};
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    """A project; its functions folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "functions"


def call_source(folder: Path, source: str, **parameters: object) -> Answer:
    """Call a function with this text, in Python."""
    return call(write(folder, {"functions/f.py": source}) / "f.py", event=parameters)


@pytest.mark.parametrize(("file", "source"), [("token.py", MINT), ("token.js", MINT_JS)])
def test_token_function_answers_a_token(tmp_path: Path, file: str, source: str) -> None:
    """In either language: status, headers and a token that the account's key verifies."""
    functions = write(tmp_path, {f"functions/{file}": source})
    answer = call(functions / file, event={"identity": "alice", "room": "lobby"}, variables=VARIABLES)
    keys = {VARIABLES["API_KEY"]: TrustedKey(VARIABLES["API_SECRET"], VARIABLES["ACCOUNT_SID"])}
    token = verify(answer.json()["token"], keys)

    assert (answer.status, answer.error) == (200, None)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert token.claims["grants"] == {"identity": "alice", "video": {"room": "lobby"}}


@pytest.mark.parametrize(("file", "source"), [("token.py", MINT), ("token.js", MINT_JS)])
def test_failure_is_an_answer_with_its_reason(tmp_path: Path, file: str, source: str) -> None:
    """What a caller would get, and for the author the place in the file."""
    answer = call(write(tmp_path, {f"functions/{file}": source}) / file, variables=VARIABLES)

    assert answer.status == 500
    assert "identity" in answer.json()["message"]
    assert answer.error is not None
    assert answer.error.file == f"functions/{file}"
    assert answer.error.line is not None


def test_javascript_prints_into_the_logs(tmp_path: Path) -> None:
    """`console.log` of a function is there for the test."""
    functions = write(tmp_path, {"functions/token.js": MINT_JS})

    assert call(functions / "token.js", event={"identity": "a"}, variables=VARIABLES).logs == (Log("info", "minting"),)


def test_javascript_that_ends_its_process_has_an_answer(tmp_path: Path) -> None:
    """As the platform says it: 502."""
    functions = write(tmp_path, {"functions/f.js": "exports.handler = () => process.exit(3);"})
    answer = call(functions / "f.js")

    assert answer.status == 502
    assert answer.error is not None
    assert answer.error.name == "Crashed"


def test_python_that_ends_its_process_does_not_end_the_test(tmp_path: Path) -> None:
    """`sys.exit()` in a handler is a failure of the handler."""
    answer = call_source(tmp_path, "import sys\n\ndef handler(context, event):\n    print('a')\n    sys.exit(3)\n")

    assert answer.status == 500
    assert answer.error is not None
    assert answer.error.name == "SystemExit"
    assert answer.logs == (Log("info", "a"),)


@pytest.mark.filterwarnings("default")
def test_output_is_in_the_logs(tmp_path: Path) -> None:
    """Prints, logging and warnings, with their levels, in order."""
    answer = call_source(
        tmp_path,
        "import logging, sys, warnings\n\ndef handler(context, event):\n    print('a')\n"
        "    print('b', file=sys.stderr)\n    logging.warning('c')\n    warnings.warn('d')\n    return 'ok'\n",
    )

    assert answer.text == "ok"
    assert answer.logs == (
        Log("info", "a"),
        Log("error", "b"),
        Log("warning", "c"),
        Log("warning", "UserWarning: d (functions/f.py, line 7)"),
    )


def test_request_has_headers_and_cookies(tmp_path: Path) -> None:
    """Header names become lower-case, as they arrive from the gateway."""
    functions = write(
        tmp_path,
        {
            "functions/f.py": "def handler(context, event):\n"
            "    return [dict(event.request.headers), event.request.cookies, event.request.headers['X-A']]\n"
        },
    )
    answer = call(functions / "f.py", headers={"X-A": "1"}, cookies={"B": "2"})

    assert answer.json() == [{"x-a": "1"}, {"B": "2"}, "1"]


def test_parameters_of_a_get_are_text(tmp_path: Path) -> None:
    """A query has no numbers: what a GET carries is text, what a POST carries is JSON."""
    functions = write(
        tmp_path, {"functions/f.py": "def handler(context, event):\n    return [event.n, event.on, event.many]\n"}
    )
    event = {"n": 1, "on": True, "many": [1, "a"]}

    assert call(functions / "f.py", event=event, method="GET").json() == ["1", "true", ["1", "a"]]
    assert call(functions / "f.py", event=event).json() == [1, True, [1, "a"]]


def test_function_finds_its_project(tmp_path: Path) -> None:
    """Neighbours, private functions and private assets are those of the project."""
    functions = write(
        tmp_path,
        {
            "functions/a/f.protected.py": "from gettone import Runtime\nfrom ..helper import x\n"
            "from helper import x as y\n\ndef handler(context, event):\n"
            "    return [x, y, Runtime.get_functions()['check'].load().x, Runtime.get_assets()['/a.txt'].open(),"
            " list(Runtime.get_assets()), context.PATH]\n",
            "functions/helper.py": "x = 1\n",
            "functions/check.private.py": "x = 2\n",
            "assets/a.private.txt": "secret",
            "assets/b.txt": "public",
        },
    )

    assert call(functions / "a" / "f.protected.py").json() == [1, 1, 2, "secret", ["/a.txt"], "/a/f"]


def test_file_by_itself_is_a_function(tmp_path: Path) -> None:
    """Without a project around it, too."""
    file = tmp_path / "alone.py"
    file.write_text("def handler(context, event):\n    return context.PATH\n")

    assert call(file).text == "/alone"


def test_every_call_loads_anew(tmp_path: Path) -> None:
    """State of one call is not seen by the next, in neighbours neither; an edit is."""
    functions = write(
        tmp_path,
        {
            "functions/f.py": "from .state import seen\nimport bare\n\ndef handler(context, event):\n"
            "    seen.append(1)\n    bare.seen.append(1)\n    return [len(seen), len(bare.seen)]\n",
            "functions/state.py": "seen = []\n",
            "functions/bare.py": "seen = []\n",
        },
    )
    assert [call(functions / "f.py").json() for _ in range(2)] == [[1, 1], [1, 1]]

    (functions / "f.py").write_text("def handler(context, event):\n    return 'edited'\n")
    assert call(functions / "f.py").text == "edited"


def test_process_is_left_as_it_was(tmp_path: Path) -> None:
    """Paths, modules, variables, streams and logging are the test's own again, whatever the function did."""

    def state() -> list[object]:
        root = logging.getLogger()
        return [
            list(sys.path),
            list(sys.meta_path),
            {name for name in sys.modules if name.split(".")[0] in ("handlers", "helper")},
            dict(os.environ),
            sys.stdout,
            sys.stderr,
            list(root.handlers),
            root.level,
            warnings.showwarning,
            sys.dont_write_bytecode,
            os.getcwd(),
        ]

    functions = write(
        tmp_path,
        {
            "functions/f.py": "import helper, os, sys, logging\n\ndef handler(context, event):\n"
            "    os.environ['LEFT'] = 'x'\n    sys.path.append('/left')\n    sys.stdout = None\n"
            "    logging.getLogger().setLevel(1)\n    raise ValueError('no')\n",
            "functions/helper.py": "",
        },
    )
    call(write(tmp_path / "first", {"functions/f.py": "handler = len\n"}) / "f.py")  # what loads once has loaded
    before = state()

    call(functions / "f.py", variables={"A": "1"})

    assert state() == before


def test_modules_of_the_test_stay_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test has imported is the same afterwards, be it called `handlers` or lie beside the function."""
    functions = write(
        tmp_path,
        {
            "functions/f.py": "from .helper import x\n\ndef handler(context, event):\n    return x\n",
            "functions/helper.py": "x = 1\n",
        },
    )
    own, beside = types.ModuleType("handlers"), types.ModuleType("beside")
    own.__dict__["helper"] = beside.__dict__["x"] = 2
    beside.__file__ = str(functions / "helper.py")
    monkeypatch.setitem(sys.modules, "handlers", own)
    monkeypatch.setitem(sys.modules, "beside", beside)

    assert call(functions / "f.py").text == "1"
    assert (sys.modules["handlers"], sys.modules["beside"]) == (own, beside)
    assert "handlers.helper" not in sys.modules


def test_async_handler_runs_inside_an_async_test(tmp_path: Path) -> None:
    """A test that is a coroutine can call a handler that is one."""
    functions = write(
        tmp_path,
        {
            "functions/f.py": "import asyncio\n\nasync def handler(context, event):\n    await asyncio.sleep(0)\n"
            "    return 'ok'\n"
        },
    )

    async def test() -> str:
        answer = call(functions / "f.py")
        await asyncio.sleep(0)
        return answer.text

    assert asyncio.run(test()) == "ok"


def test_records_reach_the_tests_own_handlers_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What pytest captures of logging is captured as before."""
    call_source(tmp_path, "import logging\n\ndef handler(context, event):\n    logging.warning('seen')\n")

    assert "seen" in caplog.messages


def test_ctrl_c_stops_the_test_and_not_the_function(tmp_path: Path) -> None:
    """Somebody at the keyboard is obeyed."""
    with pytest.raises(KeyboardInterrupt):
        call_source(tmp_path, "def handler(context, event):\n    raise KeyboardInterrupt\n")


def test_what_is_no_function_is_refused(tmp_path: Path) -> None:
    """A missing file and a file of another kind are errors of the test."""
    functions = write(tmp_path, {"functions/_helper.py": "", "functions/a.txt": ""})

    with pytest.raises(FileNotFoundError, match="no function"):
        call(functions / "f.py")
    with pytest.raises(ValueError, match=r"a\.txt is no function"):
        call(functions / "a.txt")
    with pytest.raises(ValueError, match=r"functions/_helper\.py is no function"):
        call(functions / "_helper.py")


def test_importing_the_kit_loads_no_other_room() -> None:
    """`from gettone.testing import call` costs a test run next to nothing."""
    script = (
        "import sys; from gettone.testing import call; "
        "print([n for n in sys.modules if n.startswith('gettone.') and n.split('.')[1] not in ('testing', 'handlers')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(Path(gettone.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
