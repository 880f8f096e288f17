"""What is looked after once it is deployed: environments, builds, variables, logs, calls. Against a real Gettone."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.command_line.test_deploying import HELLO, SIGNED, Project
from tests.start_server import start_server

pytestmark = [pytest.mark.xdist_group("command line deploys"), pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that is deployed twice."""
    folder = tmp_path_factory.mktemp("after")
    (folder / "shop").mkdir()
    with start_server(folder / "data") as server:
        made = Project(folder / "shop", server)
        made.write("functions/hello.py", HELLO.replace("{NAME}", "old {NAME}"))
        made.write("functions/_names.py", "NAME = 'ada'\n")
        made.write("functions/reply.protected.js", SIGNED)
        made.write(".env", "GREETING=ciao\n")
        made.deploy()
        made.write("functions/hello.py", HELLO)
        made.deploy()
        yield made


def told(project: Project, *words: str) -> Any:
    """What a verb tells to programs."""
    return json.loads(project.run(*words, "-o", "json").out)


def test_what_is_live_goes_back_and_elsewhere(project: Project) -> None:
    """Rolled back, promoted to an environment that is made, and each keeps its own variables."""
    new, old = (each["sid"] for each in told(project, "builds"))
    back = told(project, "rollback")
    answer = project.ask("hello")
    refused = project.run("promote", "--from", "dev", "--to", "stage", code=1)
    moved = told(project, "activate", "--from", "dev", "--to", "stage", "--create-environment")
    staged = project.ask("hello", "stage")
    again = project.run("promote", "--from", "dev", "--to", "stage")
    forth = told(project, "rollback", new, "--message", "it was right")
    to_production = told(project, "promote", "--build-sid", new, "--production", "--force", "--env", ".env")
    builds = told(project, "builds")

    assert (back["build_sid"], answer) == (old, "old ada ciao")
    assert "--create-environment" in refused.err
    assert (moved["build_sid"], staged) == (old, "old ada nothing")
    assert "already: nothing was deployed" in again.err
    assert (forth["build_sid"], to_production["environment"]) == (new, "production")
    assert project.run("env", "get", "GREETING", "--production").out == "ciao\n"
    assert {each["sid"]: sorted(each["live_in"]) for each in builds} == {
        new: ["dev-environment", "production"],
        old: ["stage-environment"],
    }
    assert [each["file"] for each in told(project, "diff", old, new)["files"]] == ["functions/hello.py"]
    assert project.run("diff", new, "--name-only").err == f"the project and {new} have the same files.\n"
    assert {each["path"] for each in told(project, "builds", new)} == {"/hello", "/_names.py", "/reply"}


def test_an_environment_that_served_nothing_before_stays(project: Project) -> None:
    """Nor does one that does not exist change; what there is, is told."""
    told(project, "promote", "--from", "dev", "--to", "fresh", "--create-environment")

    assert "served no other build before" in project.run("rollback", "--to", "fresh", code=1).err
    assert "has no environment nowhere" in project.run("rollback", "--to", "nowhere", code=1).err
    assert "Give --from" in project.run("promote", code=1).err


def test_variables_are_set_shown_and_taken_away(project: Project) -> None:
    """A secret comes on stdin; values are shown to who asks; a file takes the place of all, once that is confirmed."""
    told(project, "promote", "--from", "dev", "--to", "vars", "--create-environment")
    here = ("--environment", "vars")
    project.run("env", "set", "A=1", "B=x y", *here)
    project.run("env", "set", "--key", "C", "--value", "3", *here)
    secret = project.run("env", "set", "SECRET", *here, stdin="s3cret\n")
    listed = project.run("env", "list", *here)
    pulled = project.run("env", "pull", *here).out
    project.write("other.env", "A=1\nD='4'\nAUTH_TOKEN=no\n")
    unconfirmed = project.run("env", "import", "other.env", *here, code=1)
    project.run("env", "import", "other.env", "--yes", *here)
    after = project.run("env", "pull", *here).out
    project.run("env", "unset", "A", *here)

    assert "s3cret" not in secret.out + secret.err + listed.out + listed.err
    assert pulled == "A=1\nB='x y'\nC=3\nSECRET=s3cret\n"
    assert "Take B, C, SECRET out of vars-environment?" in unconfirmed.err
    assert "--yes" in unconfirmed.err
    assert after == "A=1\nD=4\n"
    assert [each["key"] for each in told(project, "env", "list", *here)] == ["D"]
    assert told(project, "env", "list", "--show-values", *here)[0]["value"] == "4"
    assert "has no variable A" in project.run("env", "get", "A", *here, code=1).err
    assert project.run("env", "set", "D=4", *here).err.startswith("Nothing was changed")
    assert "write NAME=value" in project.run("env", "set", "=4", *here, code=1).err


def test_what_there_is_is_listed(project: Project) -> None:
    """Each type with its columns, several at once, and by the names of columns."""
    services = told(project, "list")
    several = told(project, "ls", "functions,variables,environments", "--properties", "path,key,unique_name")
    shown = project.run("list", "functions,assets").out
    wrong = project.run("list", "services,nouns", code=1)

    assert {"quickstart", "shop"} <= {each["unique_name"] for each in services}
    assert [each["path"] for each in several["functions"]] == ["/_names.py", "/hello", "/reply"]
    assert {"path": None, "key": "GREETING", "unique_name": None} in several["variables"]
    assert re.search(r"^/reply +protected +ZH", shown, re.MULTILINE)
    assert "there is no type 'nouns'" in wrong.err
    assert project.run("list", "environments", "--extended-output", "-o", "tsv").out.startswith("unique_name\tsid\t")


def test_a_function_is_called_as_its_callers_do(project: Project) -> None:
    """The body alone is data; what it printed stands beside it; a protected one wants a signature."""
    code, out, err = project.finish("invoke", "hello", "-d", "who=bob")
    refused = project.finish("invoke", "/reply", "--fail", "--no-logs")
    signed = project.finish("invoke", "reply", "--signed", "-d", "who=é", "--no-logs")
    as_json = project.finish("invoke", "reply", "--signed", "--json", "-d", "who=bob", "--no-logs")
    by_get = json.loads(
        project.run("invoke", "reply", "--signed", "--method", "get", "-d", "who=x y", "--no-logs", "-o", "json").out
    )
    wrong = project.run("invoke", "hello", "-d", "who", code=1)

    assert code == 0
    assert out in ("ada ciao", "old ada ciao")
    assert err.startswith("200 OK\n")
    assert re.search(r" INFO    /hello asked by bob$", err, re.MULTILINE)
    assert (refused[0], "X-Twilio-Signature" in refused[1]) == (1, True)
    assert json.loads(signed[1]) == {"who": "é"}
    assert json.loads(as_json[1]) == {"who": "bob"}
    assert (by_get["status"], json.loads(by_get["body"])) == (200, {"who": "x y"})
    assert "write -d name=value" in wrong.err


def test_lines_are_shown_and_followed(project: Project) -> None:
    """Those that are there, narrowed; and those that come, one JSON object a line, until Ctrl-C."""
    called = json.loads(project.run("invoke", "hello", "-d", "who=carol", "-o", "json").out)
    lines = told(project, "logs", "--request", called["request_sid"])
    none = project.run("logs", "hello", "--level", "error", "--since", "10m")
    unknown = project.run("logs", "nothing", code=1)
    with project.start(["logs", "--tail", "--function", "/hello", "-o", "json"]) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stderr:
            if "as they come" in line:
                break
        project.run("invoke", "hello", "-d", "who=dave", "--no-logs", "-o", "json")
        for line in process.stdout:
            if (found := json.loads(line))["message"] == "asked by dave":
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    assert [each["message"] for each in lines] == ["asked by carol"]
    assert lines[0]["function"] == "/hello"
    assert (none.out, none.err) == ("", "There are no lines.\n")
    assert "there is no function /nothing here" in unknown.err
    assert found["level"] == "info"
    assert process.returncode == 130
