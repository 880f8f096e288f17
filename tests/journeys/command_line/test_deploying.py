"""Projects brought to a real `gettone start`: what is uploaded, what is refused, what one that breaks off leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Ended, run
from tests.journeys.command_line.relay import relay
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, StartServer, start_server

pytestmark = [pytest.mark.xdist_group("command line deploys"), pytest.mark.timeout(120)]

HELLO = """from _names import NAME

def handler(context, event):
    print("asked by", event.get("who"))
    return f"{NAME} {context.get('GREETING', 'nothing')}"
"""
SIGNED = "exports.handler = (context, event, callback) => callback(null, {who: event.who || null});\n"
MANY = 40


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """A running Gettone."""
    with start_server(tmp_path_factory.mktemp("deploys") / "data") as started:
        yield started


@dataclass(frozen=True, slots=True)
class Project:
    """A project's folder, and the server that its verbs ask."""

    folder: Path
    server: StartServer

    def write(self, name: str, text: str | bytes) -> None:
        """Write a file."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    @property
    def environ(self) -> dict[str, str]:
        """What a verb finds around it."""
        return {
            "GETTONE_URL": f"http://127.0.0.1:{self.server.console_port}",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        }

    def run(self, *words: str, stdin: str = "", code: int = 0, url: str | None = None) -> Ended:
        """Run a verb here. It ends as it should, and tells no secret."""
        environ = self.environ | ({} if url is None else {"GETTONE_URL": url})
        ended = run(*words, stdin=stdin, environ=environ, cwd=self.folder)
        assert ended.code == code, f"{words}: {ended.code}\n{ended.out}\n{ended.err}"
        assert AUTH_TOKEN not in ended.out + ended.err
        return ended

    def start(self, words: Sequence[str]) -> subprocess.Popen[str]:
        """Start a verb as a program of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "gettone", *words],
            cwd=self.folder,
            env={**os.environ, **self.environ, "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, *words: str) -> tuple[int, str, str]:
        """Run a verb as a program of its own."""
        with self.start(words) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def deploy(self, *words: str) -> dict[str, Any]:
        """Deploy; what it tells to programs."""
        told: dict[str, Any] = json.loads(self.run("deploy", "-o", "json", *words).out)
        return told

    def ask(self, path: str, environment: str = "dev") -> str:
        """What a function answers."""
        code, out, err = self.finish("invoke", path, "--environment", environment, "--no-logs")
        assert code == 0, err
        return out


@pytest.fixture
def project(server: StartServer, tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    """A project with a function and a helper of it, a protected function, and assets; its name is the test's."""
    made = Project(tmp_path, server)
    name = request.node.name.removeprefix("test_").replace("_", "-")[:40].strip("-")
    made.write("package.json", json.dumps({"name": name}))
    made.write("functions/hello.py", HELLO)
    made.write("functions/_names.py", "NAME = 'ada'\n")
    made.write("functions/sms/reply.protected.js", SIGNED)
    made.write("assets/a.txt", "a")
    made.write("assets/s.private.txt", "secret")
    made.write(".env", "GREETING=ciao\n")
    return made


def test_only_what_changed_is_uploaded(project: Project) -> None:
    """A plan first, which changes nothing; then all of it, nothing, and the one file that changed."""
    planned = json.loads(project.run("deploy", "--dry-run", "-o", "json").out)
    services = project.run("list", "-o", "tsv").out
    first = project.run("deploy")
    again = project.deploy()
    project.write("functions/hello.py", HELLO.replace("{NAME}", "new {NAME}"))
    (project.folder / "assets/a.txt").unlink()
    shown = project.run("diff")
    changed = project.deploy("--message", "say new")

    assert (planned["is_new_service"], len(planned["uploads"])) == (True, 5)
    assert planned["service_name"] not in services
    assert "Uploading functions/hello.py (1 of 5)" in first.err
    assert any(line.startswith("http://") and line.endswith("/hello") for line in first.out.splitlines())
    assert "private" not in first.out
    assert (again["changed"], again["uploaded"], again["deployment_sid"]) == (False, [], None)
    assert (changed["uploaded"], changed["removed"]) == (["functions/hello.py"], ["/a.txt"])
    assert '+    return f"new {NAME}' in shown.out
    assert "removed assets/a.txt" in shown.out
    assert project.ask("hello") == "new ada ciao"
    assert project.run("deploy").err.endswith("Nothing was deployed: code and variables are live already.\n")


def test_code_that_does_not_compile_is_refused_with_its_place(project: Project) -> None:
    """File, line, column and the line itself; what was live is live still, and the mended one goes through."""
    project.deploy()
    project.write("functions/hello.py", "def handler(context, event)\n    return 1\n")
    project.write("functions/two.js", "exports.handler = () => {\n  f(;\n};\n")
    refused = project.run("deploy", code=1)
    project.write("functions/hello.py", b"\xff")
    no_text = project.run("deploy", code=1)

    assert "gettone: functions/hello.py:1:28: expected ':'\n    def handler(context, event)\n" in refused.err
    assert "functions/two.js:2:" in refused.err
    assert "Nothing was deployed" in refused.err
    assert "functions/hello.py is not UTF-8 (line 1)" in no_text.err
    assert project.ask("hello") == "ada ciao"


def test_a_name_that_is_taken_is_told_as_the_toolkit_tells_it(project: Project) -> None:
    """With the SID, and what to type; with that it goes there, and is known from then on."""
    sid = project.deploy()["service_sid"]
    (project.folder / ".twiliodeployinfo").unlink()
    refused = project.run("deploy", code=1)
    taken = project.deploy("--override-existing-project")
    kept = json.loads((project.folder / ".twiliodeployinfo").read_text())

    assert f'already exists with SID "{sid}".' in refused.err
    assert "--override-existing-project" in refused.err
    assert taken["service_sid"] == sid
    assert [each["serviceSid"] for each in kept.values()] == [sid]


def test_what_the_project_says_counts_where_no_option_does(project: Project) -> None:
    """Its folders, its name, its environment; and half a project is one."""
    project.write(
        ".twilioserverlessrc",
        "{serviceName: 'said', environment: 'stage', environments: {stage: {functionsFolder: 'lambdas'}}, /* five */}",
    )
    (project.folder / "functions").rename(project.folder / "lambdas")
    said = project.deploy()
    for name in ("package.json", ".env", ".twilioserverlessrc"):
        (project.folder / name).unlink()
    alone = project.deploy("--production", "--no-functions", "--service-name", "alone")
    nothing = project.run("deploy", "--no-functions", "--no-assets", "-n", "none", code=1)
    gone = project.run("deploy", "--service-sid", "ZS" + "0" * 32, code=1)

    assert (said["service_name"], said["environment"]) == ("said", "stage-environment")
    assert [each["path"] for each in said["functions"]] == ["/hello", "/sms/reply"]
    assert (alone["environment"], alone["functions"], len(alone["assets"])) == ("production", [], 2)
    assert "nothing to deploy" in nothing.err
    assert "there is no service ZS000" in gone.err


def test_a_deploy_that_is_interrupted_deploys_nothing_and_goes_on_later(project: Project) -> None:
    """Ctrl-C in the midst of uploading: 130, nothing is live; the next one sends only what is not there."""
    for number in range(MANY):
        project.write(f"assets/many/{number}.txt", f"{number}")
    with project.start(["deploy"]) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "(20 of" in line:
                process.send_signal(signal.SIGINT)
                break
        told = process.stderr.read()
        process.communicate(timeout=60)
    builds = project.run("builds", "-o", "tsv", "-n", json.loads((project.folder / "package.json").read_text())["name"])
    done = project.deploy("--override-existing-project")

    assert process.returncode == 130, told
    assert "Nothing was deployed" in told
    assert len(builds.out.splitlines()) == 1
    assert 0 < len(done["uploaded"]) <= MANY + 5 - 19
    assert done["deployment_sid"] is not None


def test_a_network_that_drops_is_told_and_the_next_deploy_goes_on(project: Project) -> None:
    """One message, 1, and nothing is live."""
    project.deploy()
    for number in range(10):
        project.write(f"assets/many/{number}.txt", f"{number}")
    with relay(project.server.console_port, b"/Versions HTTP", 6) as between:
        # What was deployed where is remembered by the server's address.
        sid = json.loads(project.run("list", "environments", "-o", "json").out)[0]["sid"]
        url = f"http://127.0.0.1:{between.port}"
        name = json.loads((project.folder / "package.json").read_text())["name"]
        dropped = project.run("deploy", "--environment", sid, "-n", name, "--force", code=1, url=url)
    done = project.deploy()

    assert between.seen == 6
    assert dropped.err.count("gettone: ") == 1
    assert url in dropped.err
    assert "Nothing was deployed" in dropped.err
    assert 0 < len(done["uploaded"]) < 10


def test_no_server_is_one_message(project: Project) -> None:
    """It names the address, and what to type."""
    refused = project.run("deploy", code=1, url="http://127.0.0.1:9")

    assert refused.err.count("gettone: ") == 1
    assert "nothing answers at http://127.0.0.1:9" in refused.err
