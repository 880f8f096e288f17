"""What remains for a person after an import: values of the old account in variables, addresses in applications. Pure.

Secrets of API keys are told to nobody a second time, so tokens need a key of the new account. Values are compared and
never shown, but for SIDs and domain names, which are no secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gettone.client.importing import Source, SourceEnvironment, Target, TargetService
from gettone.client.importing_plan import find_environment

_KEY_SID = re.compile(r"SK[0-9a-f]{32}")
_SECRET_NAME = re.compile(r"secret|auth_?token|password", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OldValue:
    """A variable of an imported environment that still speaks of the old account. `advice` says what to do about it."""

    service: str
    environment: str
    key: str
    advice: str


def find_old_values(
    source: Source, target: Target, applications: Mapping[str, str], domains: Mapping[str, str]
) -> tuple[OldValue, ...]:
    """The variables to look at, in the order of the source.

    `applications` are new SIDs, `domains` new domain names, each by the old one.
    """
    services = {each.unique_name: each for each in target.services}
    return tuple(
        OldValue(service.unique_name, environment.unique_name, key, advice)
        for service in source.services
        for environment in service.environments
        for key, advice in _advise(
            source, target, applications, domains, _still_there(environment, services.get(service.unique_name))
        )
    )


def _still_there(source: SourceEnvironment, service: TargetService | None) -> Mapping[str, str]:
    """The variables that nobody has given another value since."""
    there = find_environment(source, service)
    return {key: value for key, value in source.variables.items() if there is None or there.variables.get(key) == value}


def _advise(
    source: Source,
    target: Target,
    applications: Mapping[str, str],
    domains: Mapping[str, str],
    variables: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    names = {each.sid: each.friendly_name for each in source.keys}
    old_keys = {value for value in variables.values() if _KEY_SID.fullmatch(value) and value not in target.key_sids}
    for key, value in variables.items():
        if value in old_keys:
            named = f" ({names[value]})" if names.get(value) else ""
            yield key, f"holds the API key {value}{named} of the old account: gettone keys create, and set its SID here"
        elif value and value == source.account_sid != target.account_sid:
            yield key, f"holds the SID of the old account: the new one is {target.account_sid}"
        elif value in applications:
            yield key, f"holds a TwiML application of the old account: the new one is {applications[value]}"
        elif old := next((each for each in domains if each in value), None):
            yield key, f"names {old}: the same environment is {domains[old]} here"
        elif old_keys and _SECRET_NAME.search(key):
            yield key, "may hold a secret of the old account: set that of the new key"
