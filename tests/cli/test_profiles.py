"""What is kept of logins: private, whole, and never shown."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gettone.cli.profiles import Profile, Profiles, check_name, profiles_file, read_profiles, write_profiles
from gettone.model.errors import PlatformError

SECRET = 'quote " backslash \\ and \t tab'
ONE = Profile("http://localhost:8001", "SK1", SECRET, "AC1", is_own_key=True)
TWO = Profile("https://tokens.example.com", "SK2", "two", "AC2")


def kept(**profiles: Profile) -> Profiles:
    """Profiles, the last one active."""
    made = Profiles()
    for name, profile in profiles.items():
        made = made.put(name, profile)
    return made


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Whatever is in a secret; names with dots, too."""
    file = tmp_path / "a" / "gettone" / "profiles.toml"
    profiles = kept(one=ONE).put("eu.staging", TWO)
    write_profiles(file, profiles)

    assert read_profiles(file) == profiles
    assert read_profiles(file).active == "eu.staging"


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """And the folder; also where both were there already, and open to others."""
    file = tmp_path / "gettone" / "profiles.toml"
    file.parent.mkdir(mode=0o755)
    file.touch(mode=0o644)
    write_profiles(file, kept(one=ONE))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == ["profiles.toml"]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    """And says what to do."""
    taken = tmp_path / "gettone"
    taken.write_text("a file, where the folder should be")

    with pytest.raises(PlatformError) as caught:
        write_profiles(taken / "profiles.toml", kept(one=ONE))

    assert caught.value.code == "unavailable"
    assert "XDG_CONFIG_HOME" in caught.value.message
    assert SECRET not in repr(caught.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"secret = 'hunter2", "no TOML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"profiles = 3", "has no profiles"),
        (b"active = 3", "has no profiles"),
        (b"[profiles]\na = 3", "is no table"),
        (b"[profiles.a]\nurl = 'http://x'\nusername = 'SK1'\naccount_sid = 'AC1'", "has no secret"),
    ],
)
def test_a_broken_file_is_told_without_what_is_in_it(tmp_path: Path, content: bytes, why: str) -> None:
    """It holds secrets."""
    file = tmp_path / "profiles.toml"
    file.write_bytes(content)

    with pytest.raises(PlatformError) as caught:
        read_profiles(file)

    assert why in caught.value.message
    assert "gettone login" in caught.value.message
    assert "hunter2" not in repr(caught.value)


def test_no_file_is_no_profiles(tmp_path: Path) -> None:
    """Before the first login."""
    assert read_profiles(tmp_path / "none.toml") == Profiles()


def test_the_last_one_left_becomes_active() -> None:
    """Of several nobody can say which one is meant."""
    both = kept(one=ONE, two=TWO)
    three = both.put("three", TWO)

    assert both.without("two").active == "one"
    assert three.without("three").active is None
    assert three.without("one").active == "three"
    assert both.use("one").active == "one"
    assert both.use("one").renew("two", ONE).active == "one"


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    """To be chosen from."""
    with pytest.raises(PlatformError, match="one, two"):
        kept(one=ONE, two=TWO).get("three")


@pytest.mark.parametrize("name", ["", "a b", "../x", "a\nb", "-a", "a" * 65])
def test_names_are_plain(name: str) -> None:
    """They are typed after an option."""
    with pytest.raises(PlatformError):
        check_name(name)


def test_no_repr_shows_a_secret() -> None:
    """Of one, nor of all."""
    assert SECRET not in repr(kept(one=ONE)) + repr(ONE)


def test_the_place_is_that_of_the_specification(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG_CONFIG_HOME, unless it is relative."""
    monkeypatch.setenv("HOME", str(tmp_path))

    assert profiles_file({"XDG_CONFIG_HOME": "/etc/x"}) == Path("/etc/x/gettone/profiles.toml")
    for environ in ({}, {"XDG_CONFIG_HOME": ""}, {"XDG_CONFIG_HOME": "x"}):
        assert profiles_file(environ) == tmp_path / ".config/gettone/profiles.toml"
