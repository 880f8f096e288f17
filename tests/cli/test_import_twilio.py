"""`gettone import twilio` before anything is asked: whom it signs in as, and what is wrong with its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from gettone.cli.import_sides import find_credentials
from tests.cli.running import run

ACCOUNT, KEY = "AC" + "1" * 32, "SK" + "2" * 32
ACCOUNT_VARIABLES = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "token"}
KEY_VARIABLES = {"TWILIO_API_KEY": KEY, "TWILIO_API_SECRET": "secret"}
SECRET = "do-not-show-this"


@pytest.mark.parametrize(
    ("username", "environ", "expected"),
    [
        pytest.param(None, {}, (None, None), id="nothing"),
        pytest.param(None, ACCOUNT_VARIABLES, (ACCOUNT, "token"), id="account"),
        pytest.param(None, KEY_VARIABLES, (KEY, "secret"), id="key"),
        pytest.param(None, {**KEY_VARIABLES, **ACCOUNT_VARIABLES}, (ACCOUNT, "token"), id="account before key"),
        pytest.param(
            None, {**KEY_VARIABLES, "TWILIO_ACCOUNT_SID": ACCOUNT}, (KEY, "secret"), id="key of a named account"
        ),
        pytest.param(None, {"TWILIO_ACCOUNT_SID": ACCOUNT}, (ACCOUNT, None), id="account without token"),
        pytest.param(KEY, {**KEY_VARIABLES, **ACCOUNT_VARIABLES}, (KEY, "secret"), id="chosen"),
        pytest.param("AC" + "9" * 32, ACCOUNT_VARIABLES, ("AC" + "9" * 32, None), id="another's token"),
        pytest.param(None, dict.fromkeys(ACCOUNT_VARIABLES, ""), (None, None), id="empty"),
    ],
)
def test_credentials_of_the_source(
    username: str | None, environ: dict[str, str], expected: tuple[str | None, str | None]
) -> None:
    """An auth token before a key: it may list keys. A secret goes with its own name alone."""
    assert find_credentials(username, environ) == expected


def test_nobody_is_asked_without_a_terminal(tmp_path: Path) -> None:
    """The message names the variables and the option."""
    ended = run("import", "twilio", cwd=tmp_path, environ={"HOME": str(tmp_path)})

    assert ended.code == 1
    assert "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN" in ended.err
    assert "--username" in ended.err


def test_password_on_the_command_line_is_warned_of(tmp_path: Path) -> None:
    """It works, as with twilio-run, and is not shown again."""
    ended = run(
        *("import", "twilio", "--username", ACCOUNT, "--password", SECRET),
        cwd=tmp_path,
        environ={"HOME": str(tmp_path)},
    )

    assert "--password-stdin" in ended.err
    assert SECRET not in ended.out + ended.err


def test_target_has_to_be_named(tmp_path: Path) -> None:
    """Twilio's variables are not taken for a Gettone's."""
    ended = run("import", "twilio", cwd=tmp_path, environ={"HOME": str(tmp_path), **ACCOUNT_VARIABLES})

    assert ended.code == 1
    assert "which Gettone takes the import in" in ended.err
    assert "--to" in ended.err
    assert "gettone login" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("--rename", "a"), "--rename OLD=NEW", id="rename"),
        pytest.param(("somewhere", "--service", "a"), "a folder has one service", id="service of a folder"),
        pytest.param(("--domain-url", "https://example.com"), "https://{domain}", id="address of domains"),
        pytest.param(("--api-url", "ftp://x"), "no URL of a server", id="address of the API"),
    ],
)
def test_wrong_words_are_said_before_anybody_is_asked(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """With what to write instead. Nobody listens at either address."""
    target = {"GETTONE_URL": "http://127.0.0.1:9", "HOME": str(tmp_path)}
    ended = run(
        *("import", "twilio", *words, "--to-username", ACCOUNT, "--to-password-stdin"),
        stdin="secret\n",
        cwd=tmp_path,
        environ={**target, **ACCOUNT_VARIABLES},
    )

    assert ended.code == 1
    assert said in ended.err


def test_folder_without_a_project_is_said(tmp_path: Path) -> None:
    """As by `gettone dev`."""
    ended = run(
        *("import", "twilio", "nowhere", "--to", "http://127.0.0.1:9", "--to-username", ACCOUNT, "--to-password-stdin"),
        stdin="secret\n",
        cwd=tmp_path,
        environ={"HOME": str(tmp_path)},
    )

    assert ended.code == 1
    assert "there is no folder nowhere" in ended.err


def test_target_that_is_away_is_said_with_its_own_option(tmp_path: Path) -> None:
    """--url is no option of this verb."""
    ended = run(
        *("import", "twilio", "--to", "http://127.0.0.1:9", "--to-username", ACCOUNT, "--to-password-stdin"),
        stdin="secret\n",
        cwd=tmp_path,
        environ={"HOME": str(tmp_path), **ACCOUNT_VARIABLES},
    )

    assert ended.code == 1
    assert "nothing answers at http://127.0.0.1:9" in ended.err
    assert "--url" not in ended.err
