"""Which server a verb asks, and as whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from gettone.cli.connecting import Around, Choice, ConnectOptions, choose, look_around
from gettone.cli.given import GIVEN
from gettone.cli.link_file import Link, read_link, remove_link, write_link
from gettone.cli.profiles import Profile, Profiles
from gettone.model.errors import PlatformError

HERE, THERE = "http://localhost:8001", "https://tokens.example.com"
PROFILES = (
    Profiles()
    .put("there", Profile(THERE, "SKthere", "there's", "AC1"))
    .put("here", Profile(HERE, "SKhere", "here's", "AC2"))
)
KEY = {"TWILIO_API_KEY": "SKenv", "TWILIO_API_SECRET": "key's"}
ACCOUNT = {"TWILIO_ACCOUNT_SID": "ACenv", "TWILIO_AUTH_TOKEN": "token"}
DOTENV = {"ACCOUNT_SID": "ACdot", "AUTH_TOKEN": "dotted"}


def around(
    environ: dict[str, str] | None = None,
    dotenv: dict[str, str] | None = None,
    profiles: Profiles = PROFILES,
    link: Link | None = None,
) -> Around:
    """What there is, beside the options."""
    return Around(environ or {}, dotenv or {}, profiles, link)


@pytest.mark.parametrize(
    ("options", "beside", "choice"),
    [
        (ConnectOptions(), around(), Choice(HERE, "SKhere", "here's", "here")),
        (ConnectOptions(profile="there"), around(), Choice(THERE, "SKthere", "there's", "there")),
        (ConnectOptions(), around(link=Link("there")), Choice(THERE, "SKthere", "there's", "there")),
        (ConnectOptions(profile="here"), around(link=Link("there")), Choice(HERE, "SKhere", "here's", "here")),
        (ConnectOptions(), around({"GETTONE_URL": THERE, **KEY, **ACCOUNT}), Choice(THERE, "SKenv", "key's")),
        (ConnectOptions(), around({"GETTONE_URL": THERE, **ACCOUNT}, DOTENV), Choice(THERE, "ACenv", "token")),
        (ConnectOptions(), around({"GETTONE_URL": THERE}, DOTENV), Choice(THERE, "ACdot", "dotted")),
        (
            ConnectOptions(profile="here"),
            around({"GETTONE_URL": THERE, **KEY}),
            Choice(HERE, "SKhere", "here's", "here"),
        ),
        (ConnectOptions(url=f"{HERE}/x"), around(), Choice(f"{HERE}/x", "SKhere", "here's", "here")),
        (ConnectOptions(url=THERE), around(), Choice(THERE, None, None)),
        (ConnectOptions(url=THERE, username="SKx"), around(KEY), Choice(THERE, "SKx", None)),
        (ConnectOptions(url=THERE, username="SKenv"), around(KEY), Choice(THERE, "SKenv", "key's")),
        (ConnectOptions(username="SKx"), around(), Choice(HERE, "SKx", None)),
        (ConnectOptions(url=THERE), around(KEY), Choice(THERE, "SKenv", "key's")),
    ],
)
def test_the_nearest_word_counts(options: ConnectOptions, beside: Around, choice: Choice) -> None:
    """Options, then a profile that is named, variables, the link, and last the active profile."""
    assert choose(options, beside) == choice


@pytest.mark.parametrize("beside", [around(ACCOUNT, DOTENV), around(KEY, link=Link("there"))])
def test_credentials_of_variables_go_to_no_profiles_server(beside: Around) -> None:
    """They may be Twilio's: only a server that was named beside them is sent them."""
    assert choose(ConnectOptions(), beside).secret in ("here's", "there's")


def test_a_profiles_secret_goes_to_its_own_server_alone() -> None:
    """A name like it elsewhere is asked for its own."""
    assert choose(ConnectOptions(url=THERE, username="SKhere"), around()).secret is None
    assert choose(ConnectOptions(url=HERE, username="SKhere"), around()).secret == "here's"


def test_without_any_server_it_is_said_what_to_type() -> None:
    """One message."""
    with pytest.raises(PlatformError, match=r"gettone login http://localhost:8001, or give --url"):
        choose(ConnectOptions(), around(KEY, DOTENV, Profiles()))


@pytest.mark.parametrize("beside", [around(link=Link("gone")), around(profiles=Profiles(), link=Link("gone"))])
def test_a_link_to_a_profile_that_is_gone_is_told(beside: Around) -> None:
    """Not the active one instead: that would be another server."""
    with pytest.raises(PlatformError, match="no profile 'gone'"):
        choose(ConnectOptions(), beside)


def test_a_profile_that_was_named_before_the_verb_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one after it."""
    monkeypatch.setattr(GIVEN, "profile", "there")

    assert choose(ConnectOptions(), around()).url == THERE


def test_the_projects_files_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` and the link."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / ".env").write_text("ACCOUNT_SID=AC1\nAUTH_TOKEN=x\n")
    write_link(tmp_path, Link("here", 'a "service"'))
    found = look_around(tmp_path)

    assert found.dotenv["ACCOUNT_SID"] == "AC1"
    assert found.link == Link("here", 'a "service"')
    assert "AUTH_TOKEN" not in repr(found)


def test_a_link_is_written_read_and_removed(tmp_path: Path) -> None:
    """One that is broken says so."""
    file = write_link(tmp_path, Link("here"))
    read = read_link(tmp_path)
    removed = remove_link(tmp_path)
    file.write_bytes(b"\xff")

    assert read == Link("here", None)
    assert removed
    with pytest.raises(PlatformError, match="gettone link"):
        read_link(tmp_path)
    file.unlink()
    assert not remove_link(tmp_path)
    assert read_link(tmp_path) is None
