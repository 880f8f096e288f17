"""`gettone keys` and `gettone apps`, against a real API."""

from __future__ import annotations

import json
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
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN

NOBODY = "SK" + "0" * 32


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


class Home:
    """A folder of somebody who is signed in with the account's own credentials, and verbs that are run there."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        self.folder = folder
        self.environ = {"XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
        self.file = folder / "gettone" / "profiles.toml"
        write_profiles(self.file, Profiles().put("here", profile))

    def run(self, *words: str) -> Ended:
        """Run a verb."""
        return run(*words, environ=self.environ, cwd=self.folder)


@pytest.fixture
def home(tmp_path: Path, url: str) -> Home:
    """Signed in."""
    return Home(tmp_path, Profile(url, ACCOUNT_SID, AUTH_TOKEN, ACCOUNT_SID))


def sids(asking: Connection) -> list[str]:
    """The keys that there are."""
    return [key.sid for key in Keys(asking).list()]


def test_the_secret_of_a_new_key_is_printed_once(home: Home, url: str) -> None:
    """On stdout with the SID, to be stored; the list does not have it. It lets its holder in."""
    made = home.run("keys", "create", "phones", "-o", "json")
    listed = home.run("keys", "list", "-o", "json")
    sid, secret = str(made.json()["sid"]), str(made.json()["secret"])

    assert made.json()["type"] == "standard"
    assert "shown this once" in made.err
    assert secret not in made.err + listed.out
    assert sid in [each["sid"] for each in json.loads(listed.out)]
    with Connection(gettone_at(url), Credentials(sid, secret)) as key:
        assert list(Services(key).list()) is not None


def test_a_policy_makes_a_restricted_key(home: Home, asking: Connection) -> None:
    """Several names, repeated or with commas; limited to a service."""
    Services(asking).create("limited")
    words = ("--policy", "logs:read,builds:read", "--policy", "deploy", "--service", "limited")
    made = home.run("keys", "create", "ci", *words, "--json").json()

    assert made["type"] == "restricted"
    assert made["policy"] == ["logs:read", "builds:read", "deploy"]
    assert str(made["service_sid"]).startswith("ZS")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("create", "x", "--type", "restricted"), 1, "needs a policy"),
        (("create", "x", "--policy", "fly"), 1, "'fly', which is no permission"),
        (("create", "x", "--type", "main", "--policy", "deploy"), 1, "a policy is for restricted keys"),
        (("create", "x", "--type", "mighty"), 2, "'mighty' is not one of"),
        (("create", "x", "--service", "nothing"), 1, "was not found"),
        (("rotate", NOBODY), 1, "was not found"),
        (("rotate", NOBODY, "--overlap", "soon"), 1, "--overlap is no span of time"),
        (("revoke", NOBODY, "--yes"), 1, "was not found"),
        (("create",), 2, "NAME"),
    ],
)
def test_what_cannot_be_is_told_in_one_message(home: Home, words: tuple[str, ...], code: int, says: str) -> None:
    """With exit code 1, or 2 for what was typed wrongly."""
    ended = home.run("keys", *words)

    assert ended.code == code
    assert ended.out == ""
    assert says in ended.err
    assert "Traceback" not in ended.err


def test_rotating_gives_another_secret_beside_the_old_one(home: Home, url: str, asking: Connection) -> None:
    """For as long as was said; with none, the old one is refused, and that says what to do."""
    new = Keys(asking).create("turned", ApiKeyType.MAIN)
    kept = home.run("keys", "rotate", new.key.sid, "--overlap", "10m", "-o", "json")
    old = ("--url", url, "-u", new.key.sid, "--password", new.secret)
    meanwhile = home.run("whoami", *old)
    home.run("keys", "rotate", new.key.sid, "--overlap", "0")
    refused = home.run("whoami", *old)

    assert kept.json()["secret"] != new.secret
    assert "The old secret is good until" in kept.err
    assert meanwhile.code == 0
    assert refused.code == 1
    assert "has expired" in refused.err
    assert new.secret not in refused.err


def test_a_profile_goes_on_with_a_key_that_it_rotates(tmp_path: Path, url: str, asking: Connection) -> None:
    """It has the new secret, or the next verb would be refused."""
    new = Keys(asking).create("own", ApiKeyType.MAIN)
    home = Home(tmp_path, Profile(url, new.key.sid, new.secret, ACCOUNT_SID, is_own_key=True))
    turned = home.run("keys", "rotate", new.key.sid, "--overlap", "0")

    assert turned.code == 0
    assert "the profile here signs in with this key" in turned.err
    assert read_profiles(home.file).get("here").is_own_key
    assert home.run("whoami").code == 0


def test_revoking_asks_first(home: Home, asking: Connection) -> None:
    """Nobody can be asked in a script: it says which option answers."""
    one, two = (Keys(asking).create(name).key.sid for name in ("one", "two"))
    unasked = home.run("keys", "revoke", one)
    still = sids(asking)
    ended = home.run("keys", "revoke", one, two, "-y")

    assert unasked.code == 1
    assert "Give --yes" in unasked.err
    assert one in still
    assert ended.code == 0
    assert not {one, two} & set(sids(asking))


def test_no_at_the_terminal_leaves_a_key(home: Home, asking: Connection) -> None:
    """It is the answer to an empty line as well; whatever else is typed is asked again."""
    new = Keys(asking).create("spared")
    with sitting("keys", "revoke", new.key.sid, environ=home.environ, cwd=home.folder) as terminal:
        terminal.wait_for("[y/N] ")
        terminal.type("what?\n")
        terminal.wait_for("what?\r\nRevoke")
        terminal.type("\n")
        code = terminal.end()

    assert code == 0
    assert f"Left {new.key.sid} as it is." in terminal.shown
    assert new.key.sid in sids(asking)


def test_a_key_without_the_right_is_told_who_can_give_it(tmp_path: Path, url: str, asking: Connection) -> None:
    """And which permission is missing; `--debug` shows status and request."""
    new = Keys(asking).create("weak", ApiKeyType.STANDARD)
    home = Home(tmp_path, Profile(url, new.key.sid, new.secret, ACCOUNT_SID))
    refused = home.run("keys", "list")
    behind = home.run("keys", "list", "--debug")

    assert refused.code == 1
    assert "lacks the permission keys:read" in refused.err
    assert "Main key" in refused.err
    assert refused.err.count("\n") == 1
    for shown in ("status: 403", "request_id: 'RQ", "Traceback"):
        assert shown in behind.err
    assert new.secret not in behind.err


def test_applications_are_made_listed_changed_and_deleted(home: Home) -> None:
    """What is not named stays; an empty URL takes one away."""
    options = ("--voice-url", "https://example.com/call", "--voice-method", "GET", "--voice-caller-id-lookup")
    made = home.run("apps", "create", "Calls", *options, "-o", "json").json()
    sid = str(made["sid"])
    changed = home.run(
        "apps", "update", sid, "--voice-url", "", "--sms-url", "https://example.com/sms", "--json"
    ).json()
    listed = home.run("apps", "list", "--friendly-name", "Calls", "-o", "tsv")
    deleted = home.run("apps", "delete", sid, "--yes")

    assert (made["voice_url"], made["voice_method"], made["voice_caller_id_lookup"]) == (options[1], "GET", True)
    assert (changed["voice_url"], changed["voice_method"]) == (None, "GET")
    assert listed.out.splitlines()[1].startswith(f"{sid}\tCalls\tGET\t\thttps://example.com/sms")
    assert deleted.code == 0
    assert home.run("apps", "list", "--friendly-name", "Calls", "--json").out == "[]\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("create", "x", "--voice-url", "nonsense"), 1, "VoiceUrl"),
        (("create", "x", "--voice-method", "PUT"), 2, "PUT"),
        (("update", "AP" + "0" * 32), 2, "nothing to change is named"),
        (("update", "AP" + "0" * 32, "--friendly-name", "x"), 1, "was not found"),
        (("delete", "AP" + "0" * 32), 1, "was not found"),
    ],
)
def test_applications_that_cannot_be_are_told(home: Home, words: tuple[str, ...], code: int, says: str) -> None:
    """In one message."""
    ended = home.run("apps", *words)

    assert ended.code == code
    assert says in ended.err
    assert ended.out == ""
