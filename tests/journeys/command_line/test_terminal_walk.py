"""The installed command in a real terminal, from an empty folder to production and to a second machine.

One walk, as somebody takes it in an afternoon: each step needs the one before. Secrets are typed, and never seen.
"""

from __future__ import annotations

import json
import re
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gettone import tokens
from tests.journeys.command_line.terminal import Terminal, terminal
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, StartServer, start_server

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.timeout(180)]

PATH = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
SERVED_SECONDS = 20.0
HELLO = "def handler(context, event):\n    print('asked in', context.GREETING)\n    return '{greeting}'\n"


@dataclass(frozen=True, slots=True)
class Machine:
    """A person's machine: a home of its own, where nobody has signed in yet."""

    home: Path

    @contextmanager
    def terminal(self, name: str, **environ: str) -> Iterator[Terminal]:
        """One more terminal on it, in the home folder."""
        self.home.mkdir(exist_ok=True)
        said = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "config"), "PATH": PATH, **environ}
        with terminal(self.home / name, said, self.home) as opened:
            yield opened


def sign_in(at: Terminal, url: str, username: str, secret: str) -> str:
    """Answer the questions of `login`; what it told."""
    since = at.type(f"gettone login {url}")
    at.wait_for("SID of the account or the API key", since)
    at.type(username)
    at.wait_for("(Auth token|Secret of .*): $", since)
    at.type(secret)
    done = at.end(since)
    assert done.code == 0, done.text
    return done.text


def make_a_project(at: Terminal) -> None:
    """A project in Python with a second function; a folder with something in it is left alone."""
    made = at.succeed("gettone init shop --lang py")
    assert "shop/functions/create-room-token.py" in made
    refused = at.run("gettone init shop")
    assert (refused.code, "is not empty" in refused.text) == (1, True)
    at.succeed("cd shop")
    assert at.succeed("gettone new hello") == "functions/hello.py\n"


def serve_it_here(at: Terminal, beside: Terminal, project: Path) -> None:
    """A change is live at once; whoever wants the same port is offered another; Ctrl-C ends it."""
    since = at.type("gettone dev --port 0")
    port = at.wait_for(r"http://localhost:(\d+)", since)[1]
    assert read(f"http://127.0.0.1:{port}/hello") == "Hello!"
    (project / "functions" / "hello.py").write_text(HELLO.format(greeting="one"))
    at.wait_for("reloaded", since)
    with pytest.raises(OSError, match="500"):
        read(f"http://127.0.0.1:{port}/hello")  # there is no variable GREETING yet
    at.wait_for("hello .*GREETING", since)
    offered = beside.type(f"gettone dev --cwd {project} --port {port}")
    other = beside.wait_for(rf"Port {port} is in use. Serve on (\d+) instead\? \[Y/n\] $", offered)[1]
    beside.press("Enter")
    beside.wait_for(f"http://localhost:{other}", offered)
    assert beside.end(beside.press("C-c")).code == 0
    ended = at.end(at.press("C-c"))
    assert ended.code == 0


def read(url: str) -> str:
    """What an address answers."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        body: bytes = answer.read()
    return body.decode()


def deploy_it(at: Terminal, server: StartServer) -> str:
    """The first deploy makes all; the same again does nothing. The host name under which it answers."""
    told = at.succeed("gettone deploy")
    host = re.search(r"^http://(shop-\d+-dev\.localhost):\d+/hello$", told, re.MULTILINE)
    assert host is not None, told
    assert "Nothing was deployed" in at.succeed("gettone deploy")
    await_answer(server, host[1], 500, "")  # GREETING is not set
    return host[1]


def set_variables_and_watch(at: Terminal, watching: Terminal, server: StartServer, host: str) -> None:
    """A variable is live without a deploy, and hidden in lists; what functions print is seen as it is printed."""
    at.succeed("gettone env set GREETING=ciao")
    assert "ciao" not in at.succeed("gettone env list")
    assert at.succeed("gettone env get GREETING") == "ciao\n"
    watching.succeed("cd shop")
    since = watching.type("gettone logs --tail")
    await_answer(server, host, 200, "one")
    watching.wait_for("asked in ciao", since)
    at.succeed("gettone env set GREETING=salve")
    asked = len(watching.read)
    await_line(server, host, watching, "asked in salve", asked)
    assert watching.end(watching.press("C-c")).code == 130


def promote_and_roll_back(at: Terminal, server: StartServer, host: str, project: Path) -> None:
    """Production has what was tested, until it is rolled back; the other environment keeps its own."""
    production = host.replace("-dev.", ".")
    at.succeed("gettone promote --from dev --production --create-environment")
    at.succeed("gettone env set GREETING=salve --production")
    await_answer(server, production, 200, "one")
    (project / "functions" / "hello.py").write_text(HELLO.format(greeting="two"))
    assert "+    return 'two'" in at.succeed("gettone diff")
    assert "Uploading functions/hello.py (1 of 1)" in at.succeed("gettone deploy --message 'The second one'")
    await_answer(server, host, 200, "two")
    await_answer(server, production, 200, "one")
    at.succeed("gettone promote --from dev --production")
    await_answer(server, production, 200, "two")
    assert "production dev-environment" in at.succeed("gettone builds")
    at.succeed("gettone rollback --production --yes")
    await_answer(server, production, 200, "one")
    await_answer(server, host, 200, "two")


def await_answer(server: StartServer, host: str, status: int, text: str) -> None:
    """Ask until the answer is this one: what is deployed is served a moment later."""
    end = time.monotonic() + SERVED_SECONDS
    while True:
        answer = server.ask("/hello", headers={"Host": host})
        if answer.status == status and (answer.text == text or status != 200):
            return
        assert time.monotonic() < end, f"{host} answers {answer.status} {answer.text}"


def await_line(server: StartServer, host: str, watching: Terminal, line: str, since: int) -> None:
    """Ask until a line is printed there: a variable is served a moment later, too."""
    end = time.monotonic() + SERVED_SECONDS
    while line not in watching.read[since:]:
        server.ask("/hello", headers={"Host": host})
        assert time.monotonic() < end, watching.read[since:]


def create_a_key(at: Terminal) -> tuple[str, str]:
    """The SID and the secret of a new key: the secret is shown this once, and not in the list."""
    made = json.loads(at.succeed("gettone keys create office --type main -o json 2> talk"))
    sid, secret = str(made["sid"]), str(made["secret"])
    listed = at.succeed("gettone keys list")
    assert sid in listed
    assert secret not in listed
    return sid, secret


def make_and_read_tokens(at: Terminal, key: tuple[str, str]) -> None:
    """The profile's key signs; another one's secret is asked for; what is not good is told."""
    at.succeed("TOKEN=$(gettone token create video --identity alice --room kitchen)")
    shown = at.succeed("gettone token decode $TOKEN")
    assert "not verified" in shown
    assert re.search(r"^identity +alice$", shown, re.MULTILINE)
    assert at.run("gettone token verify $TOKEN > shown").code == 0
    since = at.type(f"TOKEN=$(gettone token create chat --identity bob --account-sid {ACCOUNT_SID} --key {key[0]})")
    at.wait_for("Secret of", since)
    at.type(key[1])
    assert at.end(since).code == 0
    token = at.succeed("echo $TOKEN").strip()
    verified = tokens.verify(token, {key[0]: tokens.TrustedKey(key[1], ACCOUNT_SID)})
    assert (verified.identity, verified.grants) == ("bob", {"chat": {}})
    refused = at.run("echo wrong-wrong-wrong-wrong-wrong-wrong | gettone token verify $TOKEN")
    assert (refused.code, "not this API key's" in refused.text) == (1, True)


def work_elsewhere(at: Terminal, office: Terminal, url: str, key: tuple[str, str]) -> None:
    """A second machine signs in with the key, and is locked out once that ends."""
    refused = office.run("gettone whoami")
    assert (refused.code, "gettone login" in refused.text) == (1, True)
    assert key[0] in sign_in(office, url, *key)
    assert f"account_sid\t{ACCOUNT_SID}\n" in office.succeed("gettone whoami -o tsv")
    at.succeed(f"gettone keys rotate {key[0]} --overlap 0 -o json > rotated")
    locked_out = office.run("gettone whoami")
    assert (locked_out.code, "Sign in again" in locked_out.text) == (1, True)
    rotated = json.loads(at.succeed("cat rotated"))["secret"]
    sign_in(office, url, key[0], rotated)
    at.succeed(f"gettone keys revoke {key[0]} --yes")
    assert office.run("gettone whoami").code == 1
    assert key[1] not in office.read
    assert rotated not in office.read


def test_from_an_empty_folder_to_a_second_machine(tmp_path: Path) -> None:
    """Each step in the words that a person types; what it says is what happened."""
    home, elsewhere = Machine(tmp_path / "h"), Machine(tmp_path / "o")
    with (
        start_server(tmp_path / "data") as server,
        home.terminal("t1") as at,
        home.terminal("t2") as watching,
        elsewhere.terminal("t1") as office,
    ):
        url = f"http://localhost:{server.console_port}"
        assert "logout revokes it" in sign_in(at, url, ACCOUNT_SID, AUTH_TOKEN)
        make_a_project(at)
        serve_it_here(at, office, home.home / "shop")
        host = deploy_it(at, server)
        set_variables_and_watch(at, watching, server, host)
        promote_and_roll_back(at, server, host, home.home / "shop")
        key = create_a_key(at)
        make_and_read_tokens(at, key)
        work_elsewhere(at, office, url, key)
        assert AUTH_TOKEN not in at.read
