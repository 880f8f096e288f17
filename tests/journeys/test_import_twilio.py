"""Moving house: one Gettone plays Twilio's API, and `gettone import twilio` brings what it has into a fresh one.

The source is asked on Twilio's own paths alone. What it serves, it answers at `/@domain/` as well as at its domains.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gettone.client.address import gettone_at, twilio_at
from gettone.client.applications import Applications
from gettone.client.builds import Builds, Deployments
from gettone.client.connection import Connection, Credentials
from gettone.client.environments import Environments, RemoteEnvironment
from gettone.client.files import Files, Functions
from gettone.client.keys import Keys
from gettone.client.services import Services
from gettone.client.variables import Variables
from gettone.client.versions import Versions
from gettone.model.builds import Dependency
from gettone.model.functions import Visibility
from tests.cli.running import Ended, run
from tests.dev_server import Answer
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, StartServer, start_server

# One pair of servers for all.
pytestmark = pytest.mark.xdist_group("import twilio")

NEW_SID, NEW_TOKEN = "AC" + "9" * 32, "8" * 32
RUN_SECONDS = 60
SERVED_SECONDS = 20.0
SOURCES = {
    "/hello": (
        Visibility.PUBLIC,
        "exports.handler = (context, event, callback) => callback(null, `ciao ${context.NAME}`);\n",
    ),
    "/deep/echo": (
        Visibility.PUBLIC,
        "exports.handler = async (context, event, callback) => callback(null, { said: event.said, é: '\\u2028' });\r\n",
    ),
    "/voice": (
        Visibility.PROTECTED,
        "exports.handler = (c, e, cb) => { const t = new Twilio.twiml.VoiceResponse(); t.say('hi'); cb(null, t); };\n",
    ),
    "/shared": (Visibility.PRIVATE, "exports.word = 'shared';\n"),
    "/uses": (
        Visibility.PUBLIC,
        "exports.handler = (c, e, cb) => cb(null, require(Runtime.getFunctions()['shared'].path).word);\n",
    ),
    "/reads": (
        Visibility.PUBLIC,
        "exports.handler = (c, e, cb) => cb(null, Runtime.getAssets()['/note.txt'].open());\n",
    ),
}
ASSETS = {
    "/index.html": (Visibility.PUBLIC, b"<h1>\xc3\xbc</h1>\n", "text/html"),
    "/a b.bin".replace(" ", "-"): (Visibility.PUBLIC, bytes(range(256)) * 40, "application/octet-stream"),
    "/kept.txt": (Visibility.PROTECTED, b"kept\n", "text/plain"),
    "/note.txt": (Visibility.PRIVATE, b"a private note\n", "text/plain"),
}
# What anyone can ask for: method, path, body.
ROUTES = (
    ("GET", "/hello", ""),
    ("POST", "/deep/echo", "said=pronto"),
    ("GET", "/uses", ""),
    ("GET", "/voice", ""),
    ("GET", "/shared", ""),
    ("GET", "/index.html", ""),
    ("GET", "/a-b.bin", ""),
    ("GET", "/note.txt", ""),
    ("GET", "/nowhere", ""),
)


@dataclass(frozen=True)
class House:
    """The account that moves out, and the Gettone that it moves into."""

    old: StartServer
    new: StartServer
    environments: Mapping[str, RemoteEnvironment]
    key_sid: str
    old_api: Connection = field(repr=False)
    new_api: Connection = field(repr=False)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two servers; the old one has a service with two environments that share nothing, a TwiML application, a key."""
    folder = tmp_path_factory.mktemp("house")
    fresh = {"GETTONE_ACCOUNT_SID": NEW_SID, "GETTONE_AUTH_TOKEN": NEW_TOKEN}
    with (
        start_server(folder / "old") as old,
        start_server(folder / "new", environ=fresh) as new,
        # On Twilio's paths alone: what is there that is not Twilio's cannot be asked for.
        Connection(twilio_at(f"http://127.0.0.1:{old.console_port}"), Credentials(ACCOUNT_SID, AUTH_TOKEN)) as old_api,
        Connection(gettone_at(f"http://127.0.0.1:{new.console_port}"), Credentials(NEW_SID, NEW_TOKEN)) as new_api,
    ):
        key_sid, environments = furnish(old_api)
        yield House(old, new, environments, key_sid, old_api, new_api)


def furnish(api: Connection) -> tuple[str, Mapping[str, RemoteEnvironment]]:
    """What the account has before it moves; the SID of its key, and its environments."""
    key_sid = next(each.sid for each in Keys(api).names(ACCOUNT_SID))
    service = Services(api).create("phones", "Phones")
    files = Files(api, service.sid)
    functions = []
    for path, (visibility, source) in SOURCES.items():
        owner = files.functions.create(f"Function {path}")
        functions.append(
            files.functions.upload(
                owner.sid,
                path=path,
                visibility=visibility,
                filename=path.rpartition("/")[2],
                content=source.encode(),
                content_type="application/javascript",
            ).sid
        )
    assets = []
    for path, (visibility, content, kind) in ASSETS.items():
        owner_sid = files.assets.create(path).sid
        assets.append(
            files.assets.upload(
                owner_sid, path=path, visibility=visibility, filename="x", content=content, content_type=kind
            ).sid
        )
    builds = Builds(api, service.sid)
    whole = builds.create(
        functions=functions, assets=assets, dependencies=[Dependency("@twilio/runtime-handler", "2.1.0")]
    )
    small = builds.create(functions=functions[:1], assets=[])
    environments = {}
    for name, suffix, build in (("dev-environment", "dev", whole), ("production", None, small)):
        made = Environments(api, service.sid).create(name, suffix)
        variables = Variables(api, service.sid, made.sid)
        variables.create("NAME", name)
        variables.create("API_KEY", key_sid)
        Deployments(api, service.sid, made.sid).create(build.sid)
        environments[name] = made
    Applications(api, ACCOUNT_SID).create(
        {"FriendlyName": "phones", "VoiceUrl": f"https://{environments['dev-environment'].domain_name}/voice"}
    )
    return key_sid, environments


def from_account(house: House, api_url: str | None = None) -> list[str]:
    """The words that name the account that moves out."""
    return [
        *("--api-url", api_url or f"http://127.0.0.1:{house.old.console_port}"),
        *("--domain-url", f"http://127.0.0.1:{house.old.port}/@{{domain}}"),
        *("--username", ACCOUNT_SID, "--password-stdin"),
    ]


def into(house: House) -> list[str]:
    """The words that name the Gettone that it moves into."""
    return ["--to", f"http://127.0.0.1:{house.new.console_port}", "--to-username", NEW_SID, "--to-password-stdin"]


def start_import(*words: str, home: Path, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start the installed verb; secrets go to its stdin, a line each."""
    return subprocess.Popen(
        [sys.executable, "-m", "gettone", "import", "twilio", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home), **(environ or {})},
        cwd=home,
    )


def run_import(*words: str, stdin: str, home: Path, environ: Mapping[str, str] | None = None) -> Ended:
    """Run it to its end, in this process. No secret shows."""
    ended = run("import", "twilio", *words, stdin=stdin, environ={"HOME": str(home), **(environ or {})}, cwd=home)
    assert AUTH_TOKEN not in ended.out + ended.err
    assert NEW_TOKEN not in ended.out + ended.err
    return ended


def document(ended: Ended) -> dict[str, Any]:
    """The one document on stdout."""
    found: dict[str, Any] = json.loads(ended.out)
    return found


def import_from(house: House, *words: str, password: str = AUTH_TOKEN, home: Path, api_url: str | None = None) -> Ended:
    """Run it from one house into the other."""
    words = (*from_account(house, api_url), *into(house), *words)
    return run_import(*words, stdin=f"{password}\n{NEW_TOKEN}\n", home=home)


def ask(server: StartServer, domain: str, method: str, path: str, body: str = "", **headers: str) -> Answer:
    """Ask an environment by its domain name."""
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers} if body else dict(headers)
    return server.ask(path, method, body or None, {"Host": f"{domain}:{server.port}", **sent})


def told(answer: Answer) -> tuple[int, str | None, bytes]:
    """What two servers must agree on; of an error all but its request."""
    return answer.status, answer.header("Content-Type"), re.sub(rb"RQ[0-9a-f]{32}", b"RQ", answer.body)


def await_served(server: StartServer, domain: str, path: str) -> None:
    """Return when a path is served: it is a moment after the deployment."""
    end = time.monotonic() + SERVED_SECONDS
    while ask(server, domain, "GET", path).status == 404:
        assert time.monotonic() < end, f"{domain}{path} is not served"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def moved(house: House, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The account has moved, without what nobody could get hold of."""
    words = (*from_account(house), *into(house), "--service", "phones", "--yes", "-o", "json")
    with start_import(*words, home=tmp_path_factory.mktemp("home")) as process:
        out, err = process.communicate(f"{AUTH_TOKEN}\n{NEW_TOKEN}\n", RUN_SECONDS)
    assert process.returncode == 0, err
    report: dict[str, Any] = json.loads(out)
    for each in report["environments"]:
        await_served(house.new, each["domain_name"], "/hello")
    return report


def test_dry_run_shows_the_plan_and_does_nothing(house: House, tmp_path: Path) -> None:
    """Before anything is there: all that would be made."""
    ended = import_from(house, "--service", "phones", "--dry-run", "-o", "json", home=tmp_path)
    steps = [(each["environment"], each["what"]) for each in document(ended)["steps"]]

    assert ended.code == 0, ended.err
    assert ("", "create the service") in steps
    assert ("dev-environment", "set NAME, API_KEY") in steps
    assert ("dev-environment", "deploy 6 functions and 3 assets (9 uploads and a build)") in steps
    assert [each["what"] for each in document(ended)["missing"]] == ["asset /note.txt (private)"]
    assert Services(house.new_api).find("phones") is None


def test_sources_are_equal_byte_for_byte(house: House, moved: dict[str, Any]) -> None:
    """Every function of every environment, with its visibility."""
    found: dict[str, tuple[Visibility, str]] = {}
    for each in moved["environments"]:
        for version in Builds(house.new_api, "phones").get(each["build_sid"]).functions:
            content = Functions(house.new_api, "phones").content(version.file_sid, version.sid)
            found[version.path] = (version.visibility, content)

    assert found == SOURCES


@pytest.mark.parametrize("environment", ["dev-environment", "production"])
def test_every_route_answers_the_same(house: House, moved: dict[str, Any], environment: str) -> None:
    """Status, content type and body, in both environments: what is refused is refused in the same way."""
    old_domain = house.environments[environment].domain_name
    [new_domain] = [each["domain_name"] for each in moved["environments"] if each["environment"] == environment]

    for method, path, body in ROUTES:
        old = told(ask(house.old, old_domain, method, path, body))
        assert told(ask(house.new, new_domain, method, path, body)) == old, path


def test_protected_function_takes_the_new_accounts_signature(house: House, moved: dict[str, Any]) -> None:
    """And that of the old account no more."""
    [domain] = [each["domain_name"] for each in moved["environments"] if each["environment"] == "dev-environment"]
    url = f"http://{domain}:{house.new.port}/voice"
    answers = {}
    for token in (NEW_TOKEN, AUTH_TOKEN):
        signature = base64.b64encode(hmac.new(token.encode(), url.encode(), hashlib.sha1).digest()).decode()
        answers[token] = ask(house.new, domain, "GET", "/voice", **{"X-Twilio-Signature": signature})

    assert answers[NEW_TOKEN].status == 200
    assert "<Say>hi</Say>" in answers[NEW_TOKEN].text
    assert answers[AUTH_TOKEN].status == 403


def test_report_says_what_is_missing_and_what_to_do(house: House, moved: dict[str, Any]) -> None:
    """The private asset, the old key in a variable, the application's address; the application itself is there."""
    applications = {each.friendly_name: each for each in Applications(house.new_api, NEW_SID).list()}
    [application] = [each for each in moved["applications"] if each["friendly_name"] == "phones"]
    steps = " ".join(moved["next_steps"])

    assert [(each["environment"], each["what"]) for each in moved["missing"]] == [
        ("dev-environment", "asset /note.txt (private)")
    ]
    assert {(each["environment"], each["key"]) for each in moved["old_values"]} == {
        ("dev-environment", "API_KEY"),
        ("production", "API_KEY"),
    }
    assert all(house.key_sid in each["advice"] for each in moved["old_values"])
    assert applications["phones"].sid == application["sid"]
    assert "--assets DIR" in steps
    assert f"gettone apps update {application['sid']}" in steps
    assert "gettone keys create" in steps


def test_second_import_changes_nothing(house: House, moved: dict[str, Any], tmp_path: Path) -> None:
    """And says so."""
    ended = import_from(house, "--service", "phones", "--no-input", "-o", "json", home=tmp_path)

    assert ended.code == 0, ended.err
    assert "everything is there already" in ended.err
    assert document(ended)["changed"] is False
    assert document(ended)["environments"] == moved["environments"]


def test_missing_asset_is_added_from_a_folder(house: House, moved: dict[str, Any], tmp_path: Path) -> None:
    """It joins what is live; a third import finds nothing to do, with the folder or without it."""
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "note.private.txt").write_bytes(ASSETS["/note.txt"][1])

    ended = import_from(house, "--service", "phones", "--assets", str(folder), "--yes", "-o", "json", home=tmp_path)
    again = import_from(house, "--service", "phones", "--no-input", "-o", "json", home=tmp_path)
    [domain] = [each["domain_name"] for each in moved["environments"] if each["environment"] == "dev-environment"]
    end = time.monotonic() + SERVED_SECONDS
    while (answer := ask(house.new, domain, "GET", "/reads")).status != 200 and time.monotonic() < end:
        time.sleep(0.02)

    assert ended.code == 0, ended.err
    assert document(ended)["missing"] == []
    assert answer.body == ASSETS["/note.txt"][1]
    assert document(again)["changed"] is False
    assert document(again)["missing"] == []


def test_name_taken_by_something_else_stops_before_anything(house: House, tmp_path: Path) -> None:
    """Both have a service `quickstart`; in the new one somebody has added to it since."""
    Environments(house.new_api, "quickstart").create("mine", "mine")

    ended = import_from(house, "--service", "quickstart", "--yes", home=tmp_path)

    assert ended.code == 1
    assert "nothing was imported: there is another service quickstart" in ended.err
    assert "environment mine" in ended.err
    assert "--rename quickstart=" in ended.err


def test_wrong_credentials_are_the_sources(house: House, tmp_path: Path) -> None:
    """The message says which of the two sides refuses, and what to give."""
    ended = import_from(house, "--yes", password="0" * 32, home=tmp_path)

    assert ended.code == 1
    assert "the account to import from lets nobody in" in ended.err
    assert "TWILIO_AUTH_TOKEN" in ended.err


def test_no_such_source_is_said_with_the_option_to_look_at(house: House, tmp_path: Path) -> None:
    """Nobody listens there."""
    ended = import_from(house, "--yes", home=tmp_path, api_url="http://127.0.0.1:9")

    assert ended.code == 1
    assert "http://127.0.0.1:9" in ended.err
    assert "--api-url" in ended.err


def test_no_such_service_names_those_that_there_are(house: House, tmp_path: Path) -> None:
    """A typing mistake is found at once."""
    ended = import_from(house, "--service", "fones", "--yes", home=tmp_path)

    assert ended.code == 1
    assert "there is no service fones. Those that there are: phones, quickstart" in ended.err


def test_source_as_its_own_target_is_refused(house: House, tmp_path: Path) -> None:
    """Both are the same account."""
    url = f"http://127.0.0.1:{house.new.console_port}"
    ended = import_from(house, "--username", NEW_SID, "--yes", password=NEW_TOKEN, home=tmp_path, api_url=url)

    assert ended.code == 1
    assert "the same account" in ended.err


def test_broken_off_import_goes_on_where_it_was(house: House, tmp_path: Path) -> None:
    """Ctrl-C in the middle: 130, nothing is live. The same command then uploads only what is not there."""
    words = (*from_account(house), *into(house), "--service", "phones", "--rename", "phones=broken", "--yes")
    with start_import(*words, home=tmp_path) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(f"{AUTH_TOKEN}\n{NEW_TOKEN}\n")
        process.stdin.close()
        for line in process.stderr:
            if line.startswith("Uploading asset"):
                process.send_signal(signal.SIGINT)
                break
        process.stderr.read()
    live = {each.build_sid for each in Environments(house.new_api, "broken").list()}

    ended = import_from(house, "--service", "phones", "--rename", "phones=broken", "--yes", "-o", "json", home=tmp_path)
    uploaded = [each.path for each in Versions(house.new_api, "broken").functions()]

    assert process.returncode == 130
    assert live == {None}
    assert ended.code == 0, ended.err
    assert all(each["build_sid"] for each in document(ended)["environments"])
    assert sorted(uploaded) == sorted(SOURCES)


def test_what_was_changed_since_stays_unless_overridden(house: House, tmp_path: Path) -> None:
    """A variable that somebody set anew after the move; --override-existing-project takes the old one back."""
    words = ("--service", "phones", "--rename", "phones=changed", "--yes", "-o", "json")
    import_from(house, *words, home=tmp_path)
    [environment] = [each for each in Environments(house.new_api, "changed").list() if each.domain_suffix is None]
    variables = Variables(house.new_api, "changed", environment.sid)
    variables.replace({"NAME": "new"})

    kept = import_from(house, *words, home=tmp_path)
    values = {each.key: each.value for each in variables.list()}
    overridden = import_from(house, *words, "--override-existing-project", home=tmp_path)

    assert document(kept)["changed"] is False
    assert [each["what"] for each in document(kept)["kept"]] == ["other values of NAME"]
    assert values["NAME"] == "new"
    assert document(overridden)["changed"] is True
    assert {each.key: each.value for each in variables.list()}["NAME"] == "production"


def test_variables_of_twilios_are_the_sources(house: House, tmp_path: Path) -> None:
    """They sign in there, and never at the target, which asks for its own."""
    environ = {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "GETTONE_URL": f"http://127.0.0.1:{house.new.console_port}",
    }
    words = (*from_account(house)[:4], "--service", "phones", "--dry-run")

    unnamed = run_import(*words, stdin="", home=tmp_path, environ=environ)
    named = run_import(
        *words, "--to-username", NEW_SID, "--to-password-stdin", stdin=f"{NEW_TOKEN}\n", home=tmp_path, environ=environ
    )

    assert unnamed.code == 1
    assert "--to-username" in unnamed.err
    assert named.code == 0, named.err


def test_folder_of_the_toolkits_is_brought_over(house: House, tmp_path: Path) -> None:
    """What `twilio serverless:init` makes: service from package.json, variables without credentials, private files."""
    folder = tmp_path / "project"
    files = {
        "package.json": json.dumps({"name": "from-folder", "dependencies": {"@twilio/runtime-handler": "2.1.0"}}),
        ".env": f"ACCOUNT_SID={ACCOUNT_SID}\nAUTH_TOKEN={AUTH_TOKEN}\nGREETING=ciao\n",
        ".twiliodeployinfo": json.dumps({f"{ACCOUNT_SID}:us1": {"serviceSid": "ZS" + "1" * 32}}),
        "functions/hello.js": "exports.handler = (c, e, cb) => cb(null, c.GREETING + Object.keys(Runtime.getAssets()))",
        "assets/message.private.js": "exports.text = 'x';\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    words = (str(folder), *into(house), "--yes", "-o", "json")
    ended = run_import(*words, stdin=f"{NEW_TOKEN}\n", home=tmp_path)
    again = run_import(*words, stdin=f"{NEW_TOKEN}\n", home=tmp_path)
    assert ended.code == 0, ended.err
    [environment] = document(ended)["environments"]
    await_served(house.new, environment["domain_name"], "/hello")
    keys = [each.key for each in Variables(house.new_api, "from-folder", environment["sid"]).list()]

    assert (environment["service"], environment["environment"]) == ("from-folder", "dev-environment")
    assert ask(house.new, environment["domain_name"], "GET", "/hello").text == "ciao/message.js"
    assert keys == ["GREETING"]
    assert any("ZS" + "1" * 32 in each for each in document(ended)["remarks"])
    assert document(again)["changed"] is False


def test_what_the_target_refuses_is_told_of_its_service(house: House, tmp_path: Path) -> None:
    """And exits 1; the report is there all the same."""
    words = ("--service", "phones", "--rename", "phones=-no-name-", "--yes", "-o", "json")
    ended = import_from(house, *words, home=tmp_path)
    [failure] = document(ended)["failures"]

    assert ended.code == 1
    assert failure["service"] == "-no-name-"
    assert "UniqueName" in failure["message"]
