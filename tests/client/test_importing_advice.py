"""What is told about variables that still speak of the old account."""

from __future__ import annotations

from gettone.client.importing import (
    Source,
    SourceEnvironment,
    SourceKey,
    SourceService,
    Target,
    TargetEnvironment,
    TargetService,
)
from gettone.client.importing_advice import find_old_values
from gettone.model.variables import Variables

OLD, NEW = "AC" + "0" * 32, "AC" + "1" * 32
KEY, UNLISTED = "SK" + "2" * 32, "SK" + "3" * 32
FRESH = Target(NEW)
OLD_APP, NEW_APP = "AP" + "4" * 32, "AP" + "5" * 32


def source_with(**variables: str) -> Source:
    """A source with one environment."""
    environment = SourceEnvironment("dev-environment", "dev", "api-1-dev.twil.io", Variables(variables), None)
    return Source(OLD, (SourceService("api", "Api", True, (environment,)),), keys=(SourceKey(KEY, "phones"),))


def advice_on(target: Target = FRESH, /, **variables: str) -> dict[str, str]:
    """What is told, by variable."""
    domains = {"api-1-dev.twil.io": "api-7-dev.localhost"}
    found = find_old_values(source_with(**variables), target, {OLD_APP: NEW_APP}, domains)
    return {each.key: each.advice for each in found}


def test_each_value_of_the_old_account_is_told_with_the_new_one() -> None:
    """Keys by their names, applications, account and domains by what they are here."""
    told = advice_on(
        API_KEY=KEY, OTHER=UNLISTED, ACCOUNT=OLD, APP=OLD_APP, CALLBACK="https://api-1-dev.twil.io/voice", COLOUR="red"
    )

    assert list(told) == ["API_KEY", "OTHER", "ACCOUNT", "APP", "CALLBACK"]
    assert "(phones)" in told["API_KEY"]
    assert UNLISTED in told["OTHER"]
    assert NEW in told["ACCOUNT"]
    assert NEW_APP in told["APP"]
    assert "api-7-dev.localhost" in told["CALLBACK"]


def test_secret_beside_a_key_is_told_and_not_shown() -> None:
    """Nobody can know what it is; its name says enough."""
    told = advice_on(API_KEY=KEY, API_SECRET="hidden-value")

    assert "API_SECRET" in told
    assert "hidden-value" not in str(told)


def test_secret_without_a_key_is_somebody_elses() -> None:
    """A password of a mail server has to stay."""
    assert advice_on(MAIL_PASSWORD="x") == {}


def test_what_was_brought_along_is_no_old_value() -> None:
    """The account of the same SID, with the same key: everything is right as it is."""
    target = Target(OLD, key_sids=frozenset({KEY}))

    assert advice_on(target, ACCOUNT=OLD, API_KEY=KEY, API_SECRET="x") == {}


def test_what_was_set_anew_is_no_old_value() -> None:
    """A second import is quiet about what was done after the first."""
    there = TargetEnvironment(
        "ZE1",
        "dev-environment",
        "dev",
        "api-7-dev.localhost",
        Variables({"API_KEY": "SK" + "7" * 32, "ACCOUNT": OLD}),
        None,
    )
    target = Target(NEW, (TargetService("ZS1", "api", (there,)),))

    assert list(advice_on(target, API_KEY=KEY, ACCOUNT=OLD)) == ["ACCOUNT"]


def test_empty_value_is_nobodys() -> None:
    """Also where it is not known whose the source is, as of a folder."""
    environment = SourceEnvironment("production", None, "", Variables({"EMPTY": ""}), None)
    source = Source("", (SourceService("api", "Api", True, (environment,)),))

    assert find_old_values(source, FRESH, {}, {}) == ()
