"""What of an account and of an environment is published, read from one transaction, with its secrets open.

An account that is suspended or closed, or whose owner is, is published without tokens and keys, and none of its
environments are (docs/decisions/0008). Must not know what is published now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gettone.control.auth_tokens import open_first, open_second
from gettone.control.build_contents import BuildContent, load_contents
from gettone.control.vault import Vault
from gettone.model.accounts import Account, AccountStatus
from gettone.model.api_keys import ApiKey
from gettone.model.builds import Build
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.services import Service
from gettone.model.sids import AccountSid, EnvironmentSid
from gettone.model.variables import Variables
from gettone.routes.segment import AccountSegment, EnvironmentSegment, KeyEntry
from gettone.routes.state import EnvironmentState, SegmentBounds, compile_segments
from gettone.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class Publishable:
    """Reads segments as they should be. `domain` follows every environment's own label."""

    vault: Vault = field(repr=False)
    domain: str
    bounds: SegmentBounds

    async def account(self, tx: Transaction, sid: AccountSid) -> AccountSegment | None:
        """The segment of an account; None when it is gone."""
        account = await tx.accounts.find(sid=sid)
        if account is None:
            return None
        status = await _status(tx, account)
        if status is not AccountStatus.ACTIVE:
            return AccountSegment(sid, status, (), ())
        keys = sorted(await tx.api_keys.all(account_sid=sid), key=lambda key: key.sid)
        return AccountSegment(sid, status, self._tokens(account), tuple(self._key(key) for key in keys))

    async def environments(
        self, tx: Transaction, sids: Sequence[EnvironmentSid]
    ) -> dict[EnvironmentSid, EnvironmentSegment | None]:
        """The segments of environments; None for one that is gone, has no build, or may not be served.

        Raises PlatformError, as `compile_segments` does, for a state that cannot be served.
        """
        states = {sid: await self._state(tx, sid) for sid in sids}
        segments = compile_segments((state for state in states.values() if state is not None), self.bounds)
        compiled: dict[EnvironmentSid, EnvironmentSegment | None] = dict.fromkeys(states)
        return compiled | {segment.environment_sid: segment for segment in segments}

    async def _state(self, tx: Transaction, sid: EnvironmentSid) -> EnvironmentState | None:
        environment = await tx.environments.find(sid=sid)
        if environment is None or environment.build_sid is None:
            return None
        service = await tx.services.find(sid=environment.service_sid)
        account = await tx.accounts.find(sid=environment.account_sid)
        build = await tx.builds.find(sid=environment.build_sid)
        if service is None or account is None or build is None:
            raise PlatformError("internal", f"{sid} names a service, an account or a build that is not there")
        if await _status(tx, account) is not AccountStatus.ACTIVE:
            return None
        hosts = await tx.host_names.all(environment_sid=sid)
        await self._check_hosts(tx, environment, [each.host for each in hosts])
        content = await _content(tx, service, build)
        return EnvironmentState(
            service=service,
            environment=environment,
            build=build,
            functions=content.functions,
            assets=content.assets,
            variables=await self._variables(tx, environment, service, account),
            hosts=tuple(each.host for each in hosts),
            domain=self.domain,
        )

    async def _check_hosts(self, tx: Transaction, environment: EnvironmentResource, hosts: Sequence[str]) -> None:
        """Refuse a host name of an environment's own that another's label and the domain make up."""
        ending = f".{self.domain}"
        for host in hosts:
            other = await tx.environments.find(domain_name=host.removesuffix(ending)) if host.endswith(ending) else None
            if other is not None and other.sid != environment.sid:
                raise _taken(host, environment.sid, other.sid)
        taken = await tx.host_names.find(host=f"{environment.domain_name}{ending}".lower())
        if taken is not None and taken.environment_sid != environment.sid:
            raise _taken(taken.host, environment.sid, taken.environment_sid)

    async def _variables(
        self, tx: Transaction, environment: EnvironmentResource, service: Service, account: Account
    ) -> Variables:
        """The variables of an environment, with those that the platform adds: one's own count."""
        kept = await tx.variables.all(environment_sid=environment.sid)
        own = {each.key: self.vault.open("variable", each.sid, each.value) for each in kept}
        if not service.include_credentials:
            return Variables(own)
        return Variables({"ACCOUNT_SID": account.sid, "AUTH_TOKEN": open_first(self.vault, account), **own})

    def _tokens(self, account: Account) -> tuple[str, ...]:
        second = open_second(self.vault, account)
        return (open_first(self.vault, account), *([] if second is None else [second]))

    def _key(self, key: ApiKey) -> KeyEntry:
        entry = KeyEntry(key.sid, key.type, self.vault.open("api_key", key.sid, key.secret))
        if key.previous_secret is None or key.previous_secret_until is None:
            return entry
        previous = self.vault.open("api_key", f"{key.sid}/previous", key.previous_secret)
        return replace(entry, previous_secret=previous, previous_until=key.previous_secret_until)


async def _status(tx: Transaction, account: Account) -> AccountStatus:
    """Whether an account may act: a subaccount no more than its owner."""
    owner = await tx.accounts.find(sid=account.owner_account_sid) if account.is_subaccount else None
    return owner.status if owner is not None and account.status is AccountStatus.ACTIVE else account.status


async def _content(tx: Transaction, service: Service, build: Build) -> BuildContent:
    content = (await load_contents(tx, service, [build])).get(build.sid, BuildContent((), ()))
    wanted = (len(build.function_versions), len(build.asset_versions))
    if (len(content.functions), len(content.assets)) != wanted:
        raise PlatformError("internal", f"build {build.sid} names a version that is not there")
    return content


def _taken(host: str, one: str, other: str) -> PlatformError:
    return PlatformError(
        "conflict", f"the host name {host} belongs to {one} and to {other}: take it from one of them", host=host
    )
