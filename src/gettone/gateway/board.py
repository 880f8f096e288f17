"""What is served, put together from the segments that were loaded: one table, and who may be in it. Starts nothing.

Environments of an account that is suspended or closed are not in it. A publication costs what it changes, and a copy of
four dictionaries: nothing is compiled again for a neighbour's sake.

State: `_environments` and `_accounts`, by owner; of what may be served `_hosts`, `_labels`, `_specs` and `_by_digest`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gettone.gateway.current import Serving
from gettone.model.accounts import AccountStatus
from gettone.model.functions import Language
from gettone.model.sids import AccountSid
from gettone.routes.segment import AccountSegment, EnvironmentSegment, SegmentEntry
from gettone.routes.table import Environment, Table
from gettone.wire.feed import ServingProblem
from gettone.workers.spec import WorkerSpec


@dataclass(frozen=True, slots=True)
class LoadedEnvironment:
    """An environment that can be served: its segment, what was made of it, and what does not compile in that."""

    entry: SegmentEntry
    segment: EnvironmentSegment
    environment: Environment
    specs: Mapping[tuple[str, Language], WorkerSpec]
    remarks: tuple[ServingProblem, ...] = ()


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
        self._hosts: dict[str, Environment] = {}
        self._labels: dict[str, Environment] = {}
        self._specs: dict[tuple[str, Language], WorkerSpec] = {}
        self._by_digest: dict[str, Environment] = {}

    @property
    def loaded(self) -> list[Loaded]:
        """What stands on the board."""
        return [*self._environments.values(), *self._accounts.values()]

    def find(self, owner: str) -> LoadedEnvironment | None:
        """An environment, as it is loaded."""
        return self._environments.get(owner)

    def put(self, loaded: Loaded) -> Environment | None:
        """Have this in the place of what its owner had, which is returned where it was an environment."""
        if isinstance(loaded, LoadedAccount):
            self._accounts[loaded.segment.account_sid] = loaded
            self._follow(loaded.segment.account_sid)
            return None
        before = self.remove(loaded.entry.owner)
        self._environments[loaded.entry.owner] = loaded
        self._enter(loaded)
        return before

    def remove(self, owner: str) -> Environment | None:
        """Have nothing of this owner; what it had, where that was an environment."""
        if self._accounts.pop(AccountSid(owner), None) is not None:
            self._follow(AccountSid(owner))
        before = self._environments.pop(owner, None)
        if before is None:
            return None
        self._leave(before)
        return before.environment

    def compose(self) -> Serving:
        """What is served from now on."""
        table = Table(dict(self._hosts), labels=dict(self._labels), accounts=self._count_accounts())
        return Serving(table, dict(self._specs), dict(self._by_digest))

    def _follow(self, sid: AccountSid) -> None:
        """An account has changed: serve its environments as it may and with its tokens."""
        for loaded in list(self._environments.values()):
            if loaded.segment.account_sid == sid:
                self._leave(loaded)
                self._enter(loaded)

    def _enter(self, loaded: LoadedEnvironment) -> None:
        segment = loaded.segment
        account = self._accounts.get(segment.account_sid)
        if account is not None and account.segment.status is not AccountStatus.ACTIVE:
            return
        environment = loaded.environment
        if account is not None:
            deployment = replace(environment.deployment, auth_tokens=account.segment.auth_tokens)
            environment = replace(environment, deployment=deployment)
        self._hosts.update(dict.fromkeys(segment.hosts, environment))
        self._labels[_label(segment)] = environment
        self._by_digest[environment.digest] = environment
        self._specs.update(loaded.specs)

    def _leave(self, loaded: LoadedEnvironment) -> None:
        segment, digest = loaded.segment, loaded.environment.digest
        if self._by_digest.pop(digest, None) is None:
            return
        for named, names in ((self._hosts, segment.hosts), (self._labels, (_label(segment),))):
            for name in names:
                # Another's by now, where this owner's newest segment, without the name, could not be loaded.
                if name in named and named[name].digest == digest:
                    del named[name]
        for key in loaded.specs:
            del self._specs[key]

    def _count_accounts(self) -> int:
        """How many there are, known by their own segments or by an environment; closed ones are gone for good."""
        closed = {sid for sid, each in self._accounts.items() if each.segment.status is AccountStatus.CLOSED}
        return len(
            (self._accounts.keys() | {each.segment.account_sid for each in self._environments.values()}) - closed
        )


def _label(segment: EnvironmentSegment) -> str:
    return segment.domain_name.partition(".")[0]
