"""What of an account and of an environment is published, read from one transaction, with its secrets open.

An account that is suspended or closed, or whose owner is, is published without tokens and keys, and none of its
environments are (docs/decisions/0008-suspended-accounts.md). Must not know what is published now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from gettone.control.vault import Vault
from gettone.model.accounts import Account, AccountStatus
from gettone.model.api_keys import ApiKey
from gettone.model.assets import AssetVersion
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionVersion
from gettone.model.services import Service
from gettone.model.sids import AccountSid, EnvironmentSid
from gettone.model.variables import Variables
from gettone.routes.segment import AccountSegment, EnvironmentSegment, KeyEntry
from gettone.routes.state import EnvironmentState, SegmentBounds, compile_segments
from gettone.store.interface import Rows, Transaction

# A service's versions are read at once where most of them are wanted, else one by one: old ones pile up.
READ_AT_ONCE_MAX = 200

V = TypeVar("V", FunctionVersion, AssetVersion)


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
        return EnvironmentState(
            service=service,
            environment=environment,
            build=build,
            functions=await _versions(tx.function_versions, build.function_versions, service),
            assets=await _versions(tx.asset_versions, build.asset_versions, service),
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
        """The variables of an environment, before them those that the platform adds: one's own count."""
        kept = await tx.variables.all(environment_sid=environment.sid)
        own = {each.key: self.vault.open("variable", each.sid, each.value) for each in kept}
        if not service.include_credentials:
            return Variables(own)
        return Variables({"ACCOUNT_SID": account.sid, "AUTH_TOKEN": self._tokens(account)[0], **own})

    def _tokens(self, account: Account) -> tuple[str, ...]:
        primary = self.vault.open("account", account.sid, account.auth_token)
        if account.secondary_auth_token is None:
            return (primary,)
        return (primary, self.vault.open("account", f"{account.sid}/secondary", account.secondary_auth_token))

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


async def _versions(rows: Rows[V], sids: Sequence[str], service: Service) -> tuple[V, ...]:
    if sids and await rows.count(service_sid=service.sid) <= max(READ_AT_ONCE_MAX, 4 * len(sids)):
        kept = {str(version.sid): version for version in await rows.all(service_sid=service.sid)}
        found = [kept.get(sid) for sid in sids]
    else:
        found = [await rows.find(sid=sid) for sid in sids]
    versions = tuple(version for version in found if version is not None)
    if len(versions) != len(sids):
        raise PlatformError("internal", f"a build of {service.sid} names a version that is not there")
    return versions


def _taken(host: str, one: str, other: str) -> PlatformError:
    return PlatformError(
        "conflict", f"the host name {host} belongs to {one} and to {other}: take it from one of them", host=host
    )
