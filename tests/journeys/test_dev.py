"""`gettone dev` as its user lives with it: start, ask, edit, break, mend, stop."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.dev_server import ACCOUNT, Answer, DevServer, dev_server, write_project
from tests.processes import is_gone, tree

HELLO = "def handler(context, event):\n    return 'one'\n"
SLOW = "import time\n\n\ndef handler(context, event):\n    time.sleep(1)\n    return 'old code'\n"
SPIN = {
    "py": "def handler(context, event):\n    while event.get('spin'):\n        pass\n    return 'ok'\n",
    "js": "exports.handler = (context, event, callback) => {\n  while (event.spin);\n  callback(null, 'ok');\n};\n",
}
QUICK = "[service]\ntimeout_seconds = 0.5\n"


def ask_in_background(ask: object) -> tuple[threading.Thread, list[Answer]]:
    """Run a request beside the test."""
    answers: list[Answer] = []
    assert callable(ask)
    thread = threading.Thread(target=lambda: answers.append(ask()), daemon=True)
    thread.start()
    return thread, answers


def test_banner_lists_every_route_and_the_curl_line_works(tmp_path: Path) -> None:
    """Method, path, visibility, language; then a line to paste, which returns a token."""
    files = {
        "functions/room-token.py": "from gettone import AccessToken\n\n\ndef handler(context, event):\n"
        "    return {'token': AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET,"
        " identity=event.identity).to_jwt()}\n",
        "functions/a/hook.protected.js": "exports.handler = (c, e, cb) => cb();\n",
        "functions/inner.private.js": "exports.handler = (c, e, cb) => cb();\n",
        "assets/index.html": "<p>",
    }
    with dev_server(write_project(tmp_path, files)) as server:
        server.wait_for(r"GET, POST +/room-token +public +Python +functions/room-token.py")
        server.wait_for(r"GET, POST +/a/hook +protected +JavaScript +functions/a/hook.protected.js")
        server.wait_for(r"- +/inner +private +JavaScript")
        server.wait_for(r"GET +/index.html +public +asset")
        server.wait_for("sandbox: bubblewrap" if shutil.which("bwrap") else "not sandboxed")
        line = server.wait_for(r"^ +(curl .*)$").group(1)
        said = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=20, check=True)  # noqa: S602

    assert '"token":' in said.stdout


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_it_answers_on_both_loopback_addresses_and_any_host(tmp_path: Path, address: str) -> None:
    """localhost may mean either; tunnels bring names of their own."""
    with dev_server(write_project(tmp_path, {"functions/hello.py": HELLO})) as server:
        if address == "::1" and not has_ipv6():
            pytest.skip("this machine has no IPv6 loopback")
        answer = server.ask("/hello", host=address, headers={"Host": "abc.tunnel.example"})

    assert answer.text == "one"


def has_ipv6() -> bool:
    """Whether ::1 can be bound."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_change_is_served_and_what_runs_finishes_on_the_old_code(tmp_path: Path) -> None:
    """A save is live at once; the request in flight is not touched."""
    folder = write_project(tmp_path, {"functions/slow.py": SLOW})
    with dev_server(folder) as server:
        thread, answers = ask_in_background(lambda: server.ask("/slow"))
        server_has_it = server.ask("/nothing")  # the slow one was sent before this
        (folder / "functions" / "slow.py").write_text("def handler(context, event):\n    return 'new code'\n")
        server.wait_for("reloaded")
        fresh = server.ask("/slow")
        thread.join(20)

    assert server_has_it.status == 404
    assert fresh.text == "new code"
    assert answers[0].text == "old code"


def test_save_is_served_within_300_ms(tmp_path: Path) -> None:
    """The median of ten saves, from the write to the line that says it is served."""
    folder = write_project(tmp_path, {"functions/hello.py": HELLO, "functions/other.js": SPIN["js"]})
    took = []
    with dev_server(folder) as server:
        for number in range(10):
            since, begun = len(server.lines), time.perf_counter()
            (folder / "functions" / "hello.py").write_text(f"def handler(context, event):\n    return '{number}'\n")
            server.wait_for("reloaded", since)
            took.append(time.perf_counter() - begun)
            assert server.ask("/hello").text == str(number)

    assert sorted(took)[5] < 0.3


def test_variables_functions_and_assets_come_and_go(tmp_path: Path) -> None:
    """`.env`, new files, removed files and renamed files are all noticed."""
    key = "def handler(context, event):\n    return context.API_KEY\n"
    folder = write_project(tmp_path, {"functions/key.py": key})
    with dev_server(folder) as server:
        since = len(server.lines)
        write_project(folder, {}, {**ACCOUNT, "API_KEY": "SK" + "9" * 32})
        server.wait_for("reloaded", since)
        changed = server.ask("/key").text

        since = len(server.lines)
        (folder / "functions" / "new").write_text(HELLO)
        (folder / "functions" / "new").rename(folder / "functions" / "new.py")
        server.wait_for("reloaded  2 functions", since)
        appeared = server.ask("/new").text

        since = len(server.lines)
        (folder / "functions" / "key.py").unlink()
        server.wait_for("reloaded  1 functions", since)
        gone = server.ask("/key").status

        since = len(server.lines)
        (folder / "assets").mkdir()
        (folder / "assets" / "a.txt").write_text("an asset")
        server.wait_for("reloaded", since)

        assert server.ask("/a.txt").text == "an asset"

    assert (changed, appeared, gone) == ("SK" + "9" * 32, "one", 404)


@pytest.mark.parametrize(
    ("name", "broken", "line", "column"),
    [
        ("bad.py", "def handler(context, event):\n    x = = 1\n", 2, 9),
        ("bad.js", "exports.handler = (c, e, cb) => {\n  const x = ;\n};\n", 2, 13),
        ("bad.mjs", "export const handler = (c, e, cb) => {\n  const x = ;\n};\n", 2, 13),
        ("bad.ts", "exports.handler = (c: object) => {\n  const x: number = ;\n};\n", 2, None),
    ],
)
def test_syntax_error_is_shown_and_mended(
    tmp_path: Path, name: str, broken: str, line: int, column: int | None
) -> None:
    """File, line, column and the line itself, in the terminal and as the answer; the neighbours are served."""
    folder = write_project(tmp_path, {"functions/fine.py": HELLO})
    with dev_server(folder) as server:
        since = len(server.lines)
        (folder / "functions" / name).write_text(broken)
        place = rf"functions/{re.escape(name)}:{line}" + (f":{column}" if column else "")
        server.wait_for(place, since)
        server.wait_for(re.escape(broken.splitlines()[line - 1].strip()), since)
        answer = server.ask("/bad")
        neighbour = server.ask("/fine")

    body = answer.json()
    assert (answer.status, body["file"], body["line"]) == (500, f"functions/{name}", line)
    assert body["text"] == broken.splitlines()[line - 1]
    if column is not None:
        assert body["column"] == column
    assert neighbour.status == 200


def test_project_that_does_not_load_leaves_the_last_one_served(tmp_path: Path) -> None:
    """Two files with one route: both are named, and what was served before still is."""
    folder = write_project(tmp_path, {"functions/hello.py": HELLO})
    with dev_server(folder) as server:
        (folder / "functions" / "hello.js").write_text(SPIN["js"])
        refused = server.wait_for("not reloaded  (.*)").group(1)
        still = server.ask("/hello").text
        (folder / "functions" / "hello.js").unlink()

    assert "functions/hello.py" in refused
    assert "functions/hello.js" in refused
    assert still == "one"


@pytest.mark.parametrize("language", ["py", "js"])
def test_hanging_handler_gets_504_and_its_neighbours_are_served(tmp_path: Path, language: str) -> None:
    """An endless loop is ended after its time; who waited behind it is served by another worker meanwhile."""
    files = {f"functions/spin.{language}": SPIN[language], "gettone.toml": QUICK}
    with dev_server(write_project(tmp_path, files)) as server:
        server.ask("/spin")
        hanging, answers = ask_in_background(lambda: server.ask("/spin?spin=1"))
        neighbours = [server.ask("/spin").text for _ in range(10)]
        hanging.join(20)
        after = server.ask("/spin").text
        server.wait_for("spin  ran longer than 0.5 seconds")

    assert (answers[0].status, answers[0].json()["name"]) == (504, "TimeoutError")
    assert neighbours == ["ok"] * 10
    assert after == "ok"


def test_error_details_stay_on_this_machine(tmp_path: Path) -> None:
    """Stack and source line are for the author: not for another Host, nor through a proxy."""
    folder = write_project(tmp_path, {"functions/bad.py": "def handler(context, event):\n    1 / 0\n"})
    with dev_server(folder) as server:
        near = server.ask("/bad").json()
        other_name = server.ask("/bad", headers={"Host": "abc.tunnel.example"}).json()
        forwarded = server.ask("/bad", headers={"X-Forwarded-For": "203.0.113.7"}).json()

    assert "functions/bad.py" in str(near["stack"])
    assert set(other_name) == set(forwarded) == {"message", "name", "code", "request"}


@pytest.mark.parametrize("language", ["py", "js"])
def test_protected_function_wants_a_valid_signature(tmp_path: Path, language: str) -> None:
    """Forms and JSON bodies signed by the official library are let in; anything else is 403."""
    from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

    from gettone.policy.signature import with_body_hash

    body = {
        "py": "def handler(context, event):\n    return event.get('From') or 'nobody'\n",
        "js": "exports.handler = (c, e, cb) => cb(null, e.From || 'nobody');\n",
    }
    folder = write_project(tmp_path, {f"functions/hook.protected.{language}": body[language]})
    validator = RequestValidator(ACCOUNT["AUTH_TOKEN"])
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with dev_server(folder) as server:
        url = f"http://127.0.0.1:{server.port}/hook"
        signed = validator.compute_signature(url, {"From": "+1415", "To": "é"})
        good = server.ask("/hook", "POST", "From=%2B1415&To=%C3%A9", {**form, "X-Twilio-Signature": signed})
        changed = server.ask("/hook", "POST", "From=%2B1416&To=%C3%A9", {**form, "X-Twilio-Signature": signed})
        bare = server.ask("/hook", "POST", "From=%2B1415", form)
        json_url = with_body_hash(url, b'{"From":"json"}')
        path = json_url.removeprefix(f"http://127.0.0.1:{server.port}")
        signature = {
            "X-Twilio-Signature": validator.compute_signature(json_url, {}),
            "Content-Type": "application/json",
        }
        posted = server.ask(path, "POST", b'{"From":"json"}', signature)
        forged = server.ask(path, "POST", b'{"From":"evil"}', signature)

    assert (good.status, good.text) == (200, "+1415")
    assert (posted.status, posted.text) == (200, "json")
    assert [answer.status for answer in (changed, bare, forged)] == [403, 403, 403]


def test_port_that_is_taken_is_one_clear_line(tmp_path: Path) -> None:
    """The port, the reason, what to type; exit code 1; nothing is left running."""
    folder = write_project(tmp_path, {"functions/hello.py": HELLO})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = gettone("dev", str(folder), "--port", str(port))

    assert run.returncode == 1
    assert re.fullmatch(rf"gettone: .*{port}.*--port\n", run.stderr)


def test_folder_without_a_project_is_one_clear_message(tmp_path: Path) -> None:
    """What is missing, and what to create."""
    run = gettone("dev", str(tmp_path))

    assert run.returncode == 1
    assert "functions" in run.stderr
    assert "Traceback" not in run.stderr


def test_ctrl_c_lets_what_runs_finish_and_leaves_nothing(tmp_path: Path) -> None:
    """The request in flight is answered; no process and no folder stays behind."""
    folder = write_project(tmp_path / "project", {"functions/slow.py": SLOW, "functions/other.js": SPIN["js"]})
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with dev_server(folder, environ={"TMPDIR": str(temporary)}) as server:
        thread, answers = ask_in_background(lambda: server.ask("/slow"))
        assert server.ask("/nothing").status == 404
        server.process.send_signal(signal.SIGINT)
        thread.join(20)
        code = server.process.wait(20)

    assert answers[0].text == "old code"
    assert code == 0
    assert list(temporary.iterdir()) == []


DAEMON = (
    "import subprocess\nimport sys\n\n\ndef handler(context, event):\n"
    "    command = [sys.executable, '-c', 'import time; time.sleep(1000)', 'a-daemon']\n"
    "    subprocess.Popen(command, start_new_session=True)\n"
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_the_gateway(tmp_path: Path, number: int) -> None:
    """What a handler started in a session of its own ends too, and no folder stays, also after kill -9."""
    folder = write_project(tmp_path / "project", {"functions/daemon.py": DAEMON, "functions/other.js": SPIN["js"]})
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with dev_server(folder, environ={"TMPDIR": str(temporary)}) as server:
        asked = [server.ask("/daemon").status for _ in range(3)]
        hidden: list[int] = []
        give_up = time.monotonic() + 10
        while len(hidden) < 3 and time.monotonic() < give_up:
            below = tree(server.process.pid)[1:]
            # Numbers of processes are others within a sandbox.
            hidden = [pid for pid in below if b"a-daemon" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        server.process.send_signal(number)
        server.process.wait(20)
        gone = [is_gone(pid) for pid in below]

    assert (asked, len(hidden)) == ([200] * 3, 3)
    assert gone == [True] * len(gone)
    assert list(temporary.iterdir()) == []


def test_task_folders_of_old_code_are_removed(tmp_path: Path) -> None:
    """Ten saves leave one copy of the code, not eleven."""
    folder = write_project(tmp_path / "project", {"functions/hello.py": HELLO})
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with dev_server(folder, environ={"TMPDIR": str(temporary)}) as server:
        for number in range(5):
            since = len(server.lines)
            (folder / "functions" / "hello.py").write_text(HELLO.replace("one", str(number)))
            server.wait_for("reloaded", since)
            assert server.ask("/hello").text == str(number)
        (tasks,) = temporary.glob("gettone-*/tasks")
        folders = [each for each in tasks.iterdir() if not each.name.startswith(".")]

    assert len(folders) <= 2  # the last one may be on its way out


def test_terminal_that_is_not_read_does_not_stop_serving(tmp_path: Path) -> None:
    """A full pipe costs log lines, not requests."""
    files = {
        "functions/loud.py": "def handler(context, event):\n    print('x' * 200_000)\n    return 'ok'\n",
        "functions/hello.py": HELLO,
    }
    command = [sys.executable, "-m", "gettone", "dev", str(write_project(tmp_path, files)), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        server = DevServer(process)
        while not server.port:
            if found := re.search(r"http://localhost:(\d+)", process.stdout.readline()):
                server.port = int(found.group(1))
        answers = [server.ask(path).text for path in ["/loud"] * 40 + ["/hello"]]
        process.send_signal(signal.SIGINT)
        code = process.wait(20)

    assert answers == ["ok"] * 40 + ["one"]
    assert code == 0


@pytest.mark.parametrize("spared", [0, 1], ids=["nursery", "guests"])
def test_nursery_and_guests_that_die_are_replaced(tmp_path: Path, spared: int) -> None:
    """Killing what runs functions costs at most the requests in it: the next ones are served."""
    files = {"functions/hello.py": HELLO, "functions/other.js": SPIN["js"]}
    with dev_server(write_project(tmp_path, files)) as server:
        assert server.ask("/hello").text == "one"
        for pid in tree(server.process.pid)[1:][spared:]:  # the first is the nursery
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        statuses = {server.ask(path).status for path in ("/hello", "/other", "/hello", "/other")}
        served = [server.ask(path).text for path in ("/hello", "/other")]

    assert statuses <= {200, 502}
    assert served == ["one", "ok"]


def gettone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gettone", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.needs("bwrap")
def test_address_of_this_machine_is_called_once_it_is_opened(tmp_path: Path) -> None:
    """Closed at first: the log says what to write into gettone.toml; saved there, it counts at once."""
    call = (
        "import socket\n\n\ndef handler(context, event):\n"
        "    try:\n        socket.create_connection(('127.0.0.1', int(event.port)), 5).close()\n"
        "    except OSError as error:\n        return repr(error)\n"
        "    return 'connected'\n"
    )
    folder = write_project(tmp_path, {"functions/call.py": call})
    with (
        socket.create_server(("127.0.0.1", 0)) as database,
        dev_server(folder, environ={"GETTONE_SANDBOX": "bubblewrap"}) as server,
    ):
        port = database.getsockname()[1]
        refused = server.ask(f"/call?port={port}").text
        line = server.wait_for(r"To open this one, in gettone.toml: (\[network\] allow = .*)$").group(1)
        since = len(server.lines)
        (folder / "gettone.toml").write_text(line.replace("] allow", "]\nallow"))
        server.wait_for("reloaded", since)
        reached = server.ask(f"/call?port={port}").text

    assert "Connection refused" in refused
    assert line == f'[network] allow = ["127.0.0.1:{port}"]'
    assert reached == "connected"
