"""What is set, where, and what a wrong value is told."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from gettone.control.limits import Limits
from gettone.model.errors import PlatformError
from gettone.settings import Settings, read_settings


def test_nothing_set_is_the_defaults(tmp_path: Path) -> None:
    """A fresh machine needs no setting."""
    assert read_settings({"GETTONE_DATA": str(tmp_path)}) == Settings(data=tmp_path)


def test_typed_wins_over_variable_wins_over_file(tmp_path: Path) -> None:
    """The nearer word counts; what was not typed is None."""
    (tmp_path / "settings.toml").write_text('spares = 3\nheaders = 30\ndomain = "a.example"\n', "utf-8")

    settings = read_settings(
        {"GETTONE_SPARES": "2", "GETTONE_HEADERS": "20"}, {"data": tmp_path, "headers": 10, "host": None}
    )

    assert (settings.headers, settings.spares, settings.domain, settings.host) == (10, 2, "a.example", "127.0.0.1")


def test_file_can_be_named(tmp_path: Path) -> None:
    """A named file may say where the data is; lists are lists of texts."""
    file = tmp_path / "here.toml"
    file.write_text(f'data = "{tmp_path}/d"\ntrusted_proxies = ["10.0.0.1", "10.0.0.2"]\n', "utf-8")

    settings = read_settings({"GETTONE_SETTINGS": str(file)})

    assert settings.data == tmp_path / "d"
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")
    assert settings.key_file == tmp_path / "d" / "master.key"


def test_a_switch_is_on_or_off(tmp_path: Path) -> None:
    """In words, in a variable and in the file."""
    (tmp_path / "settings.toml").write_text('install_scripts = "on"\n', "utf-8")
    data = {"GETTONE_DATA": str(tmp_path)}

    assert read_settings(data).install_scripts is True
    assert read_settings({**data, "GETTONE_INSTALL_SCRIPTS": "off"}).install_scripts is False


def test_empty_variable_is_not_set(tmp_path: Path) -> None:
    """Compose files pass variables on that nobody has set."""
    assert read_settings({"GETTONE_DATA": str(tmp_path), "GETTONE_DOMAIN": "", "GETTONE_SPARES": ""}).spares == 1


@pytest.mark.parametrize(
    ("environ", "content", "words"),
    [
        ({"GETTONE_SPARES": "many"}, "", "GETTONE_SPARES is 'many': write a whole number"),
        ({"GETTONE_SPARES": "-1"}, "", "write a whole number, 0 or more"),
        ({"GETTONE_SPARES": "٣"}, "", "write a whole number"),
        ({"GETTONE_INSTALL_SCRIPTS": "yes"}, "", "GETTONE_INSTALL_SCRIPTS is 'yes': write on or off"),
        ({"GETTONE_SIGN_UP": "yes"}, "", "GETTONE_SIGN_UP is 'yes': write one of closed, open, invitation"),
        ({"GETTONE_SMTP_TLS": "on"}, "", "GETTONE_SMTP_TLS is 'on': write one of starttls, tls, off"),
        ({"GETTONE_DOMAIN": "a\nb"}, "", "GETTONE_DOMAIN holds a line break"),
        ({"GETTONE_SETTINGS": "/nowhere/at.toml"}, "", "there is no settings file /nowhere/at.toml"),
        ({}, "spare = 1", "there is no setting spare"),
        ({}, "settings = 'x'", "there is no setting settings"),
        ({}, "spares = 1.5", "spares is neither"),
        ({}, "spares = 'x'", "spares is 'x'"),
        ({}, "spares", "is not TOML"),
    ],
)
def test_wrong_value_is_told_with_its_name(tmp_path: Path, environ: dict[str, str], content: str, words: str) -> None:
    """The message names the setting, and says what to write."""
    (tmp_path / "settings.toml").write_text(content, "utf-8")

    with pytest.raises(PlatformError, match=words) as refused:
        read_settings({"GETTONE_DATA": str(tmp_path), **environ})

    assert refused.value.code == "invalid"


def test_secrets_do_not_show() -> None:
    """A repr that lands in a log gives nothing away."""
    shown = repr(
        Settings(
            auth_token="t0ken", database_url="postgresql://u:p4ss@h/n", sms_webhook_url="https://example.com/?key=k3y"
        )
    )

    assert "t0ken" not in shown
    assert "k3y" not in shown
    assert "p4ss" not in shown


def test_every_limit_can_be_set() -> None:
    """What control bounds is a setting of the same name, with the same default."""
    limits = {each.name: each.default for each in fields(Limits)}

    assert {name: getattr(Settings(), name) for name in limits} == limits
