"""Twilio's toolkit (`twilio-run`), unmodified: a project is deployed, promoted, listed, watched, its variables changed.

No npm registry can be reached: what a new project depends on comes with Gettone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from twilio.jwt.access_token import AccessToken  # type: ignore[import-untyped]

from tests.journeys.official_clients.conftest import Twilio
from tests.journeys.official_clients.toolkit import FILES, VARIABLES, Toolkit, write_toolkit_project
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN

# One server for all: installing the npm clients may take longer than a test usually may.
pytestmark = [pytest.mark.xdist_group("official clients"), pytest.mark.timeout(300)]

BLUE = "Hello, Ada! It is blue."


@dataclass(frozen=True, slots=True)
class Deployed:
    """A project in one environment of its service."""

    toolkit: Toolkit
    service_sid: str
    environment: str
    host: str
    build_sid: str

    def served_builds(self) -> dict[str | None, str]:
        """The build of each environment, by its suffix."""
        environments = self.toolkit.json("list", "environments")["environments"]
        return {each["domain_suffix"]: each["build_sid"] for each in environments}

    def variables(self) -> dict[str, str]:
        """The variables of the environment, with their values."""
        told = self.toolkit.json("env", "list", "--show-values", "--environment", self.environment)
        return {each["key"]: each["value"] for each in told["variables"]}


@pytest.fixture(scope="module")
def project(npm_clients: None, twilio: Twilio, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """A project that was deployed once, with the words of the toolkit's own page."""
    folder = tmp_path_factory.mktemp("project")
    write_toolkit_project(folder, (ACCOUNT_SID, AUTH_TOKEN))
    toolkit = Toolkit(folder, twilio.environment())
    said = toolkit.npx("deploy")
    host = re.search(r"https://([\w.-]+)/greeting", said)
    assert host is not None, said
    [info] = json.loads((folder / ".twiliodeployinfo").read_text()).values()
    twilio.await_text(host[1], "/greeting", BLUE)
    return Deployed(toolkit, info["serviceSid"], "dev", host[1], info["latestBuild"])


@pytest.fixture(scope="module")
def staging(twilio: Twilio, project: Deployed) -> Deployed:
    """The same project in a second environment, whose variables may change."""
    told = project.toolkit.json("deploy", "--environment", "staging")
    twilio.await_text(told["domain"], "/greeting", BLUE)
    return Deployed(project.toolkit, project.service_sid, "staging", told["domain"], told["buildSid"])


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/greeting", 200, BLUE),
        ("/index.html", 200, FILES["assets/index.html"]),
        ("/sms/reply", 403, None),
        ("/style.css", 403, None),
        ("/greet", 404, None),
        ("/name.txt", 404, None),
    ],
)
def test_deployed_project_is_served_by_its_visibilities(
    twilio: Twilio, project: Deployed, path: str, status: int, text: str | None
) -> None:
    """Public for all; protected for signed requests; private for other functions alone, which one of these uses."""
    answer = twilio.ask(project.host, path)

    assert answer.status == status
    if text is not None:
        assert answer.text == text


def test_token_of_the_deployed_function_verifies(twilio: Twilio, project: Deployed) -> None:
    """Minted by npm's `twilio` in the function, from the variables of `.env`; read by PyPI's."""
    answer = twilio.ask(project.host, "/token", {"identity": "alice"})
    claims = AccessToken.from_jwt(str(answer.json()["token"]), VARIABLES["API_SECRET"]).payload

    assert (claims["sub"], claims["iss"]) == (ACCOUNT_SID, VARIABLES["API_KEY"])
    assert claims["grants"] == {"identity": "alice", "video": {}}


def test_equal_project_is_deployed_again(twilio: Twilio, staging: Deployed) -> None:
    """As another build, which is served in place of the first."""
    told = staging.toolkit.json("deploy", "--environment", "staging")

    assert told["buildSid"] != staging.build_sid
    assert staging.served_builds()["staging"] == told["buildSid"]
    assert twilio.ask(staging.host, "/greeting").text == BLUE


def test_changed_file_is_served_once_it_is_deployed(twilio: Twilio, staging: Deployed) -> None:
    """And the other environment keeps what it had."""
    page = staging.toolkit.folder / "assets" / "index.html"
    before = page.read_text()
    page.write_text("<h1>Changed</h1>\n")
    try:
        staging.toolkit.run("deploy", "--environment", "staging")
    finally:
        page.write_text(before)

    twilio.await_text(staging.host, "/index.html", "<h1>Changed</h1>\n")


def test_promoted_build_is_served_in_production(twilio: Twilio, project: Deployed) -> None:
    """The same build, under the host name without a suffix, with the variables of `.env`; once."""
    promote = ("promote", "--source-environment", "dev", "--production", "--create-environment")
    host = project.host.replace("-dev.", ".")

    assert host in project.toolkit.run(*promote)
    twilio.await_text(host, "/greeting", BLUE)
    builds = project.served_builds()
    assert builds[None] == builds["dev"] == project.build_sid
    assert "Environment already has requested deployment." in project.toolkit.run(*promote, fails=True)


def test_earlier_build_is_activated_by_its_sid(twilio: Twilio, staging: Deployed) -> None:
    """Which takes back what was deployed after it."""
    staging.toolkit.run("deploy", "--environment", "staging")
    staging.toolkit.run("activate", "--build-sid", staging.build_sid, "--environment", "staging")

    assert staging.served_builds()["staging"] == staging.build_sid


def test_everything_is_listed(project: Deployed) -> None:
    """Services, environments, functions, assets, builds and variables, each as the toolkit shows it."""
    services = project.toolkit.json("list", "services")["services"]
    listed = project.toolkit.json("list", "environments,functions,assets,builds,variables")

    assert [each["sid"] for each in services if each["unique_name"] == "toolkit"] == [project.service_sid]
    assert project.host in [each["domain_name"] for each in listed["environments"]]
    assert {each["path"]: each["visibility"] for each in listed["functions"]["entries"]} == {
        "/token": "PUBLIC",
        "/greeting": "PUBLIC",
        "/greet": "PRIVATE",
        "/sms/reply": "PROTECTED",
    }
    assert {each["path"]: each["visibility"] for each in listed["assets"]["entries"]} == {
        "/index.html": "PUBLIC",
        "/style.css": "PROTECTED",
        "/name.txt": "PRIVATE",
    }
    assert {each["status"] for each in listed["builds"]} == {"completed"}
    variables = {each["key"]: each["value"] for each in listed["variables"]["entries"]}
    assert variables == {name: value for name, value in VARIABLES.items() if value}


def test_printed_lines_are_shown(twilio: Twilio, project: Deployed) -> None:
    """With level and time; of one function alone, where it is named."""
    line = re.compile(r"^\[info\]\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\]: a token for reader$", re.MULTILINE)
    twilio.ask(project.host, "/token", {"identity": "reader"})
    entries = project.toolkit.json("list", "functions")["functions"]["entries"]
    functions = {each["path"]: each["function_sid"] for each in entries}
    # What is printed can be read a moment later: here, a call of the toolkit later.
    shown, of_token, of_greeting = (
        project.toolkit.run("logs", *words)
        for words in ((), ("--function-sid", functions["/token"]), ("--function-sid", functions["/greeting"]))
    )

    assert line.search(shown)
    assert line.search(of_token)
    assert not line.search(of_greeting)


def test_printed_lines_are_followed(twilio: Twilio, project: Deployed) -> None:
    """`logs --tail` shows what was printed before it began, then what is printed from then on."""
    twilio.ask(project.host, "/token", {"identity": "early"})
    with project.toolkit.following("logs", "--tail") as lines:
        assert any("a token for early" in line for line in lines)
        twilio.ask(project.host, "/token", {"identity": "late"})
        assert any("a token for late" in line for line in lines)


def test_variable_is_set_read_and_unset(twilio: Twilio, staging: Deployed) -> None:
    """The function sees it without another deployment."""
    where = ("--environment", "staging")
    staging.toolkit.run("env", "set", "--key", "COLOUR", "--value", "green", *where)

    twilio.await_text(staging.host, "/greeting", BLUE.replace("blue", "green"))
    assert staging.toolkit.run("env", "get", "--key", "COLOUR", *where).strip() == "green"
    assert staging.variables()["COLOUR"] == "green"
    staging.toolkit.run("env", "unset", "--key", "COLOUR", *where)
    assert "COLOUR" not in staging.variables()
    twilio.await_text(staging.host, "/greeting", BLUE.replace("blue", "undefined"))


def test_variables_are_hidden_unless_asked_for(staging: Deployed) -> None:
    """The toolkit's own care, which needs the values to come with the list."""
    staging.toolkit.run("env", "set", "--key", "SHADE", "--value", "dark", "--environment", "staging")
    listed = staging.toolkit.run("env", "list", "--environment", "staging")

    assert re.search("SHADE", listed)
    assert "dark" not in listed
    assert staging.variables()["SHADE"] == "dark"


def test_imported_variables_replace_all_others(staging: Deployed, tmp_path: Path) -> None:
    """Those of the file are there, and no other."""
    file = tmp_path / "other.env"
    account = f"ACCOUNT_SID={ACCOUNT_SID}\nAUTH_TOKEN={AUTH_TOKEN}\n"
    file.write_text(f"{account}COLOUR=red\nSIZE=large\n")
    staging.toolkit.run("env", "import", "--env", str(file), "--environment", "staging")

    assert staging.variables() == {"COLOUR": "red", "SIZE": "large"}


def test_key_deploys_as_its_account_does(twilio: Twilio, staging: Deployed) -> None:
    """A system that builds and deploys needs no auth token."""
    key = twilio.api("api.twilio.com", f"/2010-04-01/Accounts/{ACCOUNT_SID}/Keys.json", {"FriendlyName": "builds"})
    signed_in = ("--username", key["sid"], "--password", key["secret"], "--service-sid", staging.service_sid)
    told = staging.toolkit.json("deploy", *signed_in, "--environment", "staging")

    assert told["domain"] == staging.host


def test_taken_name_is_told_from_a_new_one(project: Deployed, tmp_path: Path) -> None:
    """The toolkit asks before it deploys into a service that it did not make."""
    write_toolkit_project(tmp_path, (ACCOUNT_SID, AUTH_TOKEN))
    stranger = Toolkit(tmp_path, project.toolkit.environment)
    said = stranger.run("deploy", "--environment", "other", fails=True)

    assert f'"{project.service_sid}"' in said
    assert "already exists" in said
    told = stranger.json("deploy", "--environment", "other", "--override-existing-project")
    assert told["serviceSid"] == project.service_sid


def test_project_larger_than_a_page_is_recognised(twilio: Twilio, project: Deployed, tmp_path: Path) -> None:
    """What an earlier deployment made is found again on all pages, and not made twice."""
    write_toolkit_project(tmp_path, (ACCOUNT_SID, AUTH_TOKEN), name="large")
    for number in range(60):
        (tmp_path / "assets" / f"{number}.txt").write_text(str(number))
    toolkit = Toolkit(tmp_path, project.toolkit.environment)
    service_sid = toolkit.json("deploy")["serviceSid"]
    told = toolkit.json("deploy")
    assets = twilio.api("serverless.twilio.com", f"/v1/Services/{service_sid}/Assets?PageSize=1000")["assets"]

    assert sorted(each["friendly_name"] for each in assets) == sorted(each["path"] for each in told["assets"])
    twilio.await_text(told["domain"], "/59.txt", "59")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--username", ACCOUNT_SID, "--password", "0" * 32), "20003", "Authenticate"),
        (("--runtime", "node10"), "20001", "unsupported runtime: node10"),
    ],
    ids=["wrong password", "old runtime"],
)
def test_refusal_is_shown(project: Deployed, words: tuple[str, ...], code: str, message: str) -> None:
    """With Twilio's code and words."""
    said = project.toolkit.run("deploy", *words, fails=True)

    assert f"Failed API Request {code}" in said
    assert message in said


def test_toolkit_spoke_to_twilios_names_alone(twilio: Twilio, project: Deployed) -> None:
    """And to all that it asked for it was led."""
    assert {"serverless.twilio.com", "serverless-upload.twilio.com"} <= twilio.proxy.hosts
    assert twilio.proxy.refused == []
