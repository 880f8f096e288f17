"""login, logout, whoami, profile and link, against a real API."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from gettone.cli.profiles import Profile, Profiles, read_profiles, write_profiles
from gettone.client.address import gettone_at
from gettone.client.connection import Connection, Credentials
from gettone.client.keys import Keys
from gettone.client.services import Services
from gettone.model.api_keys import ApiKeyType
from tests.api.server import serve_api
from tests.cli.at_terminal import sitting
from tests.cli.running import Ended, run
from tests.client.scripted import Reply, scripted
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN

UNKNOWN = "SK" + "0" * 32


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A real API on a port."""
    with serve_api() as served:
        yield served.url


@pytest.fixture
def asking(url: str) -> Iterator[Connection]:
    """The account, asking it without the command."""
    with Connection(gettone_at(url), Credentials(ACCOUNT_SID, AUTH_TOKEN)) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where nothing is kept yet."""
    return tmp_path


def at(home: Path, *words: str, stdin: str = "", **environ: str) -> Ended:
    """Run a verb for whoever lives here; a secret that it was given is nowhere in what it says."""
    names = {"XDG_CONFIG_HOME": str(home), "HOME": str(home), "USER": "ada", **environ}
    ended = run(*words, stdin=stdin, environ=names, cwd=home)
    kept = {each.secret for each in profiles(home).by_name.values()}
    for secret in (AUTH_TOKEN, stdin.strip() or AUTH_TOKEN, *kept):
        assert secret not in ended.out + ended.err
    return ended


def profiles(home: Path) -> Profiles:
    """What is kept."""
    return read_profiles(home / "gettone" / "profiles.toml")


def login(home: Path, url: str, *words: str) -> Ended:
    """Sign in with the account's auth token."""
    return at(home, "login", url, "--username", ACCOUNT_SID, *words, stdin=f"{AUTH_TOKEN}\n")


def audit(asking: Connection) -> list[str]:
    """What was done, newest first."""
    return [f"{each.text('action')} {each.text('target')}" for each in asking.pages("/api/v1/audit", "audit")]


def test_a_login_with_the_auth_token_keeps_a_key_of_its_own(url: str, home: Path, asking: Connection) -> None:
    """It says what it stored, where, and with which rights; the audit log names it; the auth token is not kept."""
    ended = login(home, url)
    file = home / "gettone" / "profiles.toml"
    kept = profiles(home).get("default")

    assert ended.code == 0, ended.err
    assert ended.out == ""
    for told in (url, str(file), kept.username, "everything in the account", "auth token is not stored"):
        assert told in ended.err
    assert kept.username.startswith("SK")
    assert kept.is_own_key
    assert AUTH_TOKEN not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Keys(asking).get(kept.username).friendly_name.startswith("ada@")
    assert audit(asking)[0] == f"key.create {kept.username}"


def test_a_second_login_ends_the_key_of_the_first(url: str, home: Path, asking: Connection) -> None:
    """No key is left that nobody has."""
    login(home, url)
    first = profiles(home).get("default").username
    login(home, url, "--key-type", "standard")
    second = profiles(home).get("default").username

    sids = [key.sid for key in Keys(asking).list()]
    assert list(profiles(home).by_name) == ["default"]
    assert first not in sids
    assert second in sids
    assert Keys(asking).get(second).type is ApiKeyType.STANDARD


def test_a_login_with_a_key_keeps_that_key(url: str, home: Path, asking: Connection) -> None:
    """What it may do is told; logging out leaves it as it is."""
    new = Keys(asking).create("ci", ApiKeyType.RESTRICTED, policy=["logs:read"])
    ended = at(home, "login", url, "-u", new.key.sid, "--profile", "ci", "-o", "json", stdin=new.secret)
    left = at(home, "logout")

    assert ended.json()["profile"] == "ci"
    assert ended.json()["rights"] == "logs:read"
    assert left.code == 0
    assert "not made by login" in left.err
    assert Keys(asking).get(new.key.sid).sid == new.key.sid
    assert profiles(home) == Profiles()


def test_a_name_that_is_another_servers_is_not_taken_over(url: str, home: Path) -> None:
    """Its key would be left over, or another server asked by mistake."""
    other = Profile("https://tokens.example.com", "SK1", "x" * 32, ACCOUNT_SID, is_own_key=True)
    write_profiles(home / "gettone" / "profiles.toml", Profiles().put("default", other))
    taken = login(home, url, "--profile", "default")
    free = login(home, url)

    assert taken.code == 1
    assert "https://tokens.example.com" in taken.err
    assert "gettone logout --profile default" in taken.err
    assert free.code == 0
    assert profiles(home).get("default") == other
    assert profiles(home).active == url.partition("://")[2].replace(":", "-")


def test_logging_out_revokes_the_key(url: str, home: Path, asking: Connection) -> None:
    """And forgets the profile; a second time there is nobody to forget."""
    login(home, url)
    sid = profiles(home).get("default").username
    left = at(home, "logout")
    again = at(home, "logout")

    assert left.code == 0
    assert f"revoked its key {sid}" in left.err
    assert sid not in [key.sid for key in Keys(asking).list()]
    assert again.code == 1
    assert "nobody is signed in" in again.err


def test_logging_out_of_a_server_that_is_away_keeps_the_profile(home: Path) -> None:
    """The key would be left over; whoever wants that says so."""
    with scripted(Reply()) as gone:
        pass
    write_profiles(
        home / "gettone" / "profiles.toml", Profiles().put("a", Profile(gone.url, "SK1", "x" * 32, "AC1", True))
    )
    refused = at(home, "logout")
    still = list(profiles(home).by_name)
    forced = at(home, "logout", "--keep-key")

    assert refused.code == 1
    assert "--keep-key" in refused.err
    assert still == ["a"]
    assert forced.code == 0
    assert "SK1 is as good as before" in forced.err
    assert profiles(home) == Profiles()


def test_a_key_that_was_revoked_elsewhere_is_forgotten(url: str, home: Path, asking: Connection) -> None:
    """Before that, every verb says that it was, and how to sign in again."""
    login(home, url)
    Keys(asking).delete(profiles(home).get("default").username)
    refused = at(home, "whoami")
    left = at(home, "logout")

    assert refused.code == 1
    assert "was revoked or has expired" in refused.err
    assert f"gettone login {url}" in refused.err
    assert left.code == 0
    assert profiles(home) == Profiles()


def test_a_key_that_cannot_be_kept_is_not_left_over(url: str, home: Path, asking: Connection) -> None:
    """The folder is none: nothing was stored, so nothing was made."""
    before = [key.sid for key in Keys(asking).list()]
    nowhere = {"XDG_CONFIG_HOME": "/proc", "HOME": "/proc"}
    ended = run("login", url, "-u", ACCOUNT_SID, stdin=AUTH_TOKEN, environ=nowhere, cwd=home)
    made = audit(asking)[:2]

    assert ended.code == 1
    assert "set XDG_CONFIG_HOME to a folder of yours" in ended.err
    assert [key.sid for key in Keys(asking).list()] == before
    assert [each.partition(" ")[0] for each in made] == ["key.delete", "key.create"]


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        ((), AUTH_TOKEN, "--username"),
        (("-u", ACCOUNT_SID), "", "no secret on stdin"),
        (("-u", ACCOUNT_SID), "wrong", "has another auth token"),
        (("-u", UNKNOWN), "x" * 32, "API key is not known"),
        (("-u", ACCOUNT_SID, "--profile", "a b"), AUTH_TOKEN, "profile's name"),
    ],
)
def test_a_login_that_fails_keeps_nothing(url: str, home: Path, words: tuple[str, ...], stdin: str, says: str) -> None:
    """And says what is missing, or what to do."""
    ended = at(home, "login", url, *words, stdin=stdin)

    assert ended.code == 1
    assert ended.err.startswith("gettone: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err
    assert not (home / "gettone").exists()


def test_what_listens_there_and_is_no_gettone_is_told(home: Path) -> None:
    """A web server, a gateway of functions, something that hangs up."""
    gateway = Reply(404, b'{"type": "about:blank", "detail": "No service answers", "code": "not_found", "status": 404}')
    says = []
    for reply in (Reply(200, b"<h1>It works!</h1>"), gateway, Reply(401, b"Who are you?")):
        with scripted(reply) as server:
            ended = at(home, "login", server.url, "-u", ACCOUNT_SID, stdin=AUTH_TOKEN)
        assert ended.code == 1
        says.append(ended.err)

    assert "does not answer as a Gettone does" in says[0]
    assert "functions answer on one port, console and API on another" in says[1]
    assert "8001" in says[2]


def test_whoami_tells_who_and_what(url: str, home: Path) -> None:
    """By profile, by variables, and by options; a password on the command line is warned of."""
    login(home, url)
    kept = profiles(home).get("default")
    by_profile = at(home, "whoami", "--json").json()
    by_variables = at(
        home, "whoami", "-o", "json", GETTONE_URL=url, TWILIO_ACCOUNT_SID=ACCOUNT_SID, TWILIO_AUTH_TOKEN=AUTH_TOKEN
    )
    options = ("--url", url, "-u", ACCOUNT_SID)
    by_stdin = at(home, "whoami", *options, "--password-stdin", stdin=f"{AUTH_TOKEN}\n")
    by_word = at(home, "whoami", *options, "--password", AUTH_TOKEN)

    assert (by_profile["username"], by_profile["key_type"]) == (kept.username, "main")
    assert by_variables.json()["kind"] == "auth token"
    assert f"username     {ACCOUNT_SID}" in by_stdin.out
    assert by_stdin.err == ""
    assert "--password-stdin" in by_word.err
    assert by_word.out == by_stdin.out


def test_profiles_are_listed_used_and_removed(url: str, home: Path) -> None:
    """Without secrets."""
    for name in ("one", "two"):
        login(home, url, "--profile", name)
    listed = at(home, "profile", "list", "-o", "tsv").out.splitlines()
    used = at(home, "profile", "use", "one")
    removed = at(home, "profile", "remove", "two")
    unknown = at(home, "profile", "use", "two")

    assert [line.split("\t")[0] for line in listed] == ["name", "one", "two"]
    assert [line.split("\t")[-1] for line in listed] == ["active", "no", "yes"]
    assert used.code == removed.code == 0
    assert "as good as before" in removed.err
    assert profiles(home).active == "one"
    assert unknown.code == 1
    assert "there is one" in unknown.err


def test_a_link_names_profile_and_service(url: str, home: Path, asking: Connection) -> None:
    """By SID or name; a service that is not there is told, and nothing is written."""
    made = Services(asking).create("linked")
    login(home, url, "--profile", "here")
    login(home, url, "--profile", "other")
    unknown = at(home, "link", "nothing")
    ended = at(home, "link", made.sid, "--profile", "here")
    asked = at(home, "whoami", "--json").json()
    removed = at(home, "link", "--remove")

    assert unknown.code == 1
    assert "there is no service nothing" in unknown.err
    assert ended.code == 0
    assert "the service linked" in ended.err
    assert asked["username"] == profiles(home).get("here").username
    assert removed.err == "The link is gone.\n"


def test_a_profile_file_that_is_not_utf8_is_told(home: Path) -> None:
    """By every verb, with one message."""
    (home / "gettone").mkdir()
    (home / "gettone" / "profiles.toml").write_bytes(b"\xff\xfe")
    ended = run("whoami", environ={"XDG_CONFIG_HOME": str(home), "HOME": str(home)}, cwd=home)

    assert ended.code == 1
    assert "it is not UTF-8" in ended.err


def test_a_secret_that_is_not_utf8_is_told(url: str, home: Path) -> None:
    """Not as a stack."""
    import subprocess
    import sys

    ended = subprocess.run(
        [sys.executable, "-m", "gettone", "login", url, "-u", ACCOUNT_SID],
        input=b"\xff\xfe\n",
        capture_output=True,
        env={"XDG_CONFIG_HOME": str(home), "HOME": str(home), "PYTHONUTF8": "1"},
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr == b"gettone: stdin is not UTF-8: send one line of text\n"


def test_at_a_terminal_it_asks_and_shows_no_secret(url: str, home: Path) -> None:
    """The URL is suggested; what is typed for a secret is not echoed."""
    names = {"XDG_CONFIG_HOME": str(home), "HOME": str(home), "USER": "ada"}
    with sitting("login", environ=names, cwd=home) as terminal:
        terminal.wait_for("[http://localhost:8001]: ")
        terminal.type(f"{url}\n")
        terminal.wait_for("API key: ")
        terminal.type(f"{ACCOUNT_SID}\n")
        terminal.wait_for("Auth token: ")
        terminal.type(f"{AUTH_TOKEN}\n")
        code = terminal.end()

    assert code == 0, terminal.shown
    assert "as the profile default" in terminal.shown
    assert AUTH_TOKEN not in terminal.shown
    assert profiles(home).get("default").secret not in terminal.shown


def test_ctrl_c_at_a_question_is_exit_code_130(url: str, home: Path) -> None:
    """And keeps nothing, says nothing."""
    names = {"XDG_CONFIG_HOME": str(home), "HOME": str(home)}
    with sitting("login", url, "-u", ACCOUNT_SID, environ=names, cwd=home) as terminal:
        terminal.wait_for("Auth token: ")
        terminal.type("\x03")
        code = terminal.end()

    assert code == 130
    assert "Traceback" not in terminal.shown
    assert not (home / "gettone").exists()
