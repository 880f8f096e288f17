"""What is served, put together from the segments that were loaded: one table, and who may be in it. Starts nothing.

State: `_loaded`, by owner. An environment's place in it is its own: nobody else's load changes it. Environments of an
account that is suspended or closed are not served.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gettone.gateway.current import Serving
from gettone.model.accounts import AccountStatus
from gettone.model.functions import Language
from gettone.model.sids import AccountSid
from gettone.routes.segment import AccountSegment, EnvironmentSegment, SegmentEntry
from gettone.routes.table import Environment, Table
from gettone.workers.spec import WorkerSpec


@dataclass(frozen=True, slots=True)
class LoadedEnvironment:
    """An environment that can be served: its segment, and what was made of it."""

    entry: SegmentEntry
    segment: EnvironmentSegment
    environment: Environment
    specs: Mapping[tuple[str, Language], WorkerSpec]


@dataclass(frozen=True, slots=True)
class LoadedAccount:
    """An account whose signatures can be checked."""

    entry: SegmentEntry
    segment: AccountSegment


Loaded = LoadedEnvironment | LoadedAccount


class Board:
    """Everything that is loaded."""

    def __init__(self) -> None:
        self._environments: dict[str, LoadedEnvironment] = {}
        self._accounts: dict[AccountSid, LoadedAccount] = {}

    @property
    def entries(self) -> Iterable[SegmentEntry]:
        """What stands on the board."""
        yield from (each.entry for each in self._environments.values())
        yield from (each.entry for each in self._accounts.values())

    def find(self, owner: str) -> LoadedEnvironment | None:
        """An environment, as it is loaded."""
        return self._environments.get(owner)

    def put(self, loaded: Loaded) -> Environment | None:
        """Have this in the place of what its owner had, which is returned where it was an environment."""
        before = self.remove(loaded.entry.owner)
        if isinstance(loaded, LoadedAccount):
            self._accounts[loaded.segment.account_sid] = loaded
        else:
            self._environments[loaded.entry.owner] = loaded
        return before

    def remove(self, owner: str) -> Environment | None:
        """Have nothing of this owner; what it had, where that was an environment."""
        self._accounts.pop(AccountSid(owner), None)
        before = self._environments.pop(owner, None)
        return None if before is None else before.environment

    def compose(self) -> Serving:
        """What is served from now on."""
        hosts: dict[str, Environment] = {}
        labels: dict[str, Environment] = {}
        specs: dict[tuple[str, Language], WorkerSpec] = {}
        environments: dict[str, Environment] = {}
        accounts = {sid for sid, each in self._accounts.items() if each.segment.status is not AccountStatus.CLOSED}
        for owner, loaded in self._environments.items():
            segment = loaded.segment
            account = self._accounts.get(segment.account_sid)
            if account is None:
                accounts.add(segment.account_sid)
            elif account.segment.status is not AccountStatus.ACTIVE:
                continue
            environment = loaded.environment
            tokens = account.segment.auth_tokens if account is not None else ()
            if environment.deployment.auth_tokens != tokens:
                environment = replace(environment, deployment=replace(environment.deployment, auth_tokens=tokens))
                self._environments[owner] = replace(loaded, environment=environment)
            hosts.update(dict.fromkeys(segment.hosts, environment))
            labels[segment.domain_name.partition(".")[0]] = environment
            environments[environment.digest] = environment
            specs.update(loaded.specs)
        return Serving(Table(hosts, labels=labels, accounts=len(accounts)), specs, environments)
