"""`gettone.toml`, word by word."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.model.errors import PlatformError
from gettone.model.services import ServiceSettings
from gettone.project.settings import parse_network, parse_settings, read_network, read_settings
from tests.project.folders import write_files
from tests.project.outcomes import outcome


def test_project_without_settings_has_the_defaults(tmp_path: Path) -> None:
    """Twilio's time, one invocation at a time, ten workers."""
    default = ServiceSettings(concurrency=1, workers_max=10, timeout_seconds=10.0)

    assert read_settings(tmp_path) == parse_settings("") == parse_settings("[service]") == default


def test_settings_are_read(tmp_path: Path) -> None:
    """Each name sets its figure, and leaves the others."""
    write_files(tmp_path, {"gettone.toml": "[service]\nconcurrency = 8\ntimeout_seconds = 2.5\n"})

    assert read_settings(tmp_path) == ServiceSettings(concurrency=8, workers_max=10, timeout_seconds=2.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[service]\nworkers = 3", "gettone.toml: service.workers is no name here; allowed: service.concurrency, "),
        ("[services]\nworkers_max = 3", "gettone.toml: services is no table here; allowed: service"),
        ("concurrency = 3", "gettone.toml: concurrency is no table here; allowed: service"),
        ("service = 3", "gettone.toml: service is a table: write [service]"),
        ("[[service]]", "gettone.toml: service is a table: write [service]"),
        ("[service]\nconcurrency = 0", "gettone.toml: service.concurrency must be a whole number from 1 to 1000"),
        ("[service]\nconcurrency = 1.0", "gettone.toml: service.concurrency must be a whole number from 1 to 1000"),
        ("[service]\nconcurrency = true", "gettone.toml: service.concurrency must be a whole number from 1 to 1000"),
        ("[service]\nworkers_max = 1001", "gettone.toml: service.workers_max must be a whole number from 1 to 1000"),
        ("[service]\nworkers_max = '3'", "gettone.toml: service.workers_max must be a whole number from 1 to 1000"),
        ("[service]\ntimeout_seconds = 0", "gettone.toml: service.timeout_seconds must be a number of seconds above 0"),
        ("[service]\ntimeout_seconds = nan", "gettone.toml: service.timeout_seconds must be a number of seconds"),
        ("[service]\ntimeout_seconds = inf", "gettone.toml: service.timeout_seconds must be a number of seconds"),
        ("[service]\ntimeout_seconds = true", "gettone.toml: service.timeout_seconds must be a number of seconds"),
        ("[service]\nconcurrency", "gettone.toml cannot be read: "),
    ],
)
def test_wrong_setting_is_named(text: str, message: str) -> None:
    """The error has the file, the name and what is allowed."""
    with pytest.raises(PlatformError) as caught:
        parse_settings(text)

    assert caught.value.code == "invalid"
    assert str(caught.value).startswith(message)


def test_addresses_that_functions_may_call_are_read(tmp_path: Path) -> None:
    """As they are written; none where there is no such table."""
    write_files(
        tmp_path, {"gettone.toml": "[network]\nallow = ['127.0.0.1:5432', '[::1]:6379', '[::ffff:10.0.0.1]:80']\n"}
    )

    assert read_network(tmp_path) == ("127.0.0.1:5432", "[::1]:6379", "10.0.0.1:80")
    assert parse_network("[service]") == read_network(tmp_path / "elsewhere") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[network]\nallow = '127.0.0.1:5432'", "gettone.toml: network.allow is a list of at most 100 texts: "),
        ("[network]\nallow = [5432]", "gettone.toml: network.allow is a list of at most 100 texts: "),
        (
            "[network]\nallow = ['localhost:5432']",
            "gettone.toml: network.allow: 'localhost:5432' is no address and port",
        ),
        ("[network]\nallow = ['127.0.0.1']", "gettone.toml: network.allow: '127.0.0.1' is no address and port"),
        ("[network]\nallow = ['127.0.0.1:0']", "gettone.toml: network.allow: '127.0.0.1:0' is no address and port"),
        ("[network]\nopen = []", "gettone.toml: network.open is no name here; allowed: network.allow"),
        ("network = 3", "gettone.toml: network is a table: write [network]"),
    ],
)
def test_wrong_addresses_are_named(text: str, message: str) -> None:
    """The error has the text, and how it should be written."""
    with pytest.raises(PlatformError) as caught:
        parse_network(text)

    assert str(caught.value).startswith(message)


def test_wrong_syntax_is_shown_with_its_line() -> None:
    """A beginner finds the place."""
    with pytest.raises(PlatformError, match="at line 2, column 12"):
        parse_settings("[service]\nconcurrency\n")


@given(
    st.text() | st.lists(st.sampled_from(["[service]\n", "concurrency", "=", "1", "[", "]", "\n", "'"])).map("".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """A file that somebody else wrote never ends in another error."""
    came = outcome(lambda: parse_settings(text))

    if isinstance(came, PlatformError):
        assert came.message.startswith("gettone.toml")
    else:
        assert came.concurrency >= 1


def test_deep_nesting_is_refused() -> None:
    """A file made to exhaust the parser is an error like any other."""
    with pytest.raises(PlatformError, match=r"gettone\.toml cannot be read"):
        parse_settings("a = " + "[" * 100_000)


def test_byte_order_mark_is_no_mistake() -> None:
    """Editors on Windows write one; `.env` and functions may have it, too."""
    assert parse_settings("\ufeff[service]\nconcurrency = 2") == ServiceSettings(concurrency=2)
