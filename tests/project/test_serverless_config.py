"""`.twilioserverlessrc`: JSON5, and which scope wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from gettone.model.errors import PlatformError
from gettone.project.serverless_config import parse_config, read_config

FILE = """{
  // what all have
  serviceName: 'base', runtime: 'node22', assets: false, env: "a", unknown: 1,
  commands: { deploy: { serviceName: "command", functionsFolder: "lambdas", }, },
  environments: { stage: { serviceName: "environment" }, "*": { serviceName: "production" } },
  projects: { AC1: { serviceName: "project" } },
}
"""


@pytest.mark.parametrize(
    ("verb", "suffix", "is_production", "account", "name"),
    [
        ("logs", None, False, None, "base"),
        ("deploy", "dev", False, None, "command"),
        ("deploy", "stage", False, None, "environment"),
        ("deploy", None, True, None, "production"),
        ("deploy", "stage", False, "AC1", "project"),
    ],
)
def test_the_narrower_scope_wins(
    verb: str, suffix: str | None, is_production: bool, account: str | None, name: str
) -> None:
    """All, the verb, the environment, the account."""
    config = parse_config(FILE, verb, suffix=suffix, is_production=is_production, account=account)

    assert config.text("serviceName") == name
    assert config.text("functionsFolder") == ("lambdas" if verb == "deploy" else None)
    assert (config.flag("assets"), config.flag("functions")) == (False, None)


def test_without_a_file_nothing_is_said(tmp_path: Path) -> None:
    """And an empty name is none."""
    assert read_config(tmp_path, "deploy").values == {}
    assert parse_config("{serviceName: ''}", "deploy").text("serviceName") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{serviceName: ", "line 1"),
        ("{a: 1, a: 2}", "cannot be read"),
        ("[]", "the file must be an object"),
        ("{commands: 1}", "commands must be an object"),
        ("{commands: {deploy: 1}}", "commands.deploy must be an object"),
        ("[" * 5000, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, told: str) -> None:
    """The message names the file, and what is wrong with it."""
    with pytest.raises(PlatformError) as refused:
        parse_config(text, "deploy")

    assert refused.value.message.startswith(".twilioserverlessrc: ")
    assert told in refused.value.message


def test_a_value_of_the_wrong_kind_is_told_when_it_is_asked_for() -> None:
    """Others may use it otherwise."""
    config = parse_config("{serviceName: 1, assets: 'no'}", "deploy")

    with pytest.raises(PlatformError, match="serviceName must be a text"):
        config.text("serviceName")
    with pytest.raises(PlatformError, match="assets must be true or false"):
        config.flag("assets")
