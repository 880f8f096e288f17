"""API keys: made, brought along, rotated, deleted. A secret is told once, to whoever made the key.

Keys travel to the gateways in their account's segment of the snapshot, so every change that matters there publishes it.
Must not know how a gateway checks a key, nor what its permissions mean (access.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.key_making import check_brought, make_key, make_secret
from gettone.control.office import Office
from gettone.control.policies import check_policy
from gettone.control.services import enter_service
from gettone.control.texts import check_text
from gettone.model.accounts import FRIENDLY_NAME_CHARACTERS_MAX
from gettone.model.api_keys import ApiKey, ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import API_KEY
from gettone.store.interface import Transaction

OVERLAP_SECONDS_MAX = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key and its secret, which is told this once."""

    key: ApiKey
    secret: str = field(repr=False)


class ApiKeys:
    """The keys of an account."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(
        self,
        principal: Principal,
        *,
        account_sid: str,
        friendly_name: str = "",
        type: ApiKeyType = ApiKeyType.STANDARD,  # noqa: A002 - Twilio calls it so
        policy: Sequence[str] | None = None,
        service: str | None = None,
    ) -> NewApiKey:
        """Make a key; limited to a service, if one is named. Nobody makes a key that may do more than they may.

        Raises PlatformError `invalid`, `denied`, or `not_found` for the service.
        """
        access.require(principal, Permission.KEYS_WRITE)
        _check_name(friendly_name)
        allowed = check_policy(type, policy, self._office.limits.policy_entries)
        secret = make_secret(self._office.randomness)
        async with self._office.store.writing() as tx:
            acting = await access.enter(tx, principal, account_sid)
            limit = None
            if service is not None:
                limit = (await enter_service(tx, acting, service, Permission.SERVICES_READ)).sid
            sid = API_KEY.make(self._office.randomness)
            key = make_key(self._office, acting, sid, secret, friendly_name, type, allowed, limit)
            await self._add(tx, acting, key, "key.create")
        self._office.publisher.announce()
        return NewApiKey(key, secret)

    async def bring(
        self,
        principal: Principal,
        *,
        account_sid: str,
        sid: str,
        secret: str,
        friendly_name: str = "",
        type: ApiKeyType = ApiKeyType.STANDARD,  # noqa: A002 - Twilio calls it so
    ) -> ApiKey:
        """Keep a key that was made elsewhere, so that what it signs is good here.

        Raises PlatformError `invalid`, or `conflict` when there is such a key.
        """
        access.require(principal, Permission.KEYS_WRITE)
        _check_name(friendly_name)
        checked = check_brought(sid, secret)
        check_policy(type, None, self._office.limits.policy_entries)
        async with self._office.store.writing() as tx:
            acting = await access.enter(tx, principal, account_sid)
            if await tx.api_keys.find(sid=checked) is not None:
                raise PlatformError("conflict", f"there is a key {checked} already: rotate or delete that one")
            key = make_key(self._office, acting, checked, secret, friendly_name, type)
            await self._add(tx, acting, key, "key.bring")
        self._office.publisher.announce()
        return key

    async def get(self, principal: Principal, *, account_sid: str, sid: str) -> ApiKey:
        """One key."""
        access.require(principal, Permission.KEYS_READ)
        async with self._office.store.reading() as tx:
            return await _get(tx, await access.enter(tx, principal, account_sid), sid)

    async def list(self, principal: Principal, *, account_sid: str, page: PageRequest) -> Page[ApiKey]:
        """The account's keys."""
        access.require(principal, Permission.KEYS_READ)
        async with self._office.store.reading() as tx:
            acting = await access.enter(tx, principal, account_sid)
            return await tx.api_keys.page(page, account_sid=acting.account_sid)

    async def update(
        self,
        principal: Principal,
        *,
        account_sid: str,
        sid: str,
        friendly_name: str | None = None,
        policy: Sequence[str] | None = None,
    ) -> ApiKey:
        """Rename a key, or give a restricted one another policy."""
        office = self._office
        access.require(principal, Permission.KEYS_WRITE)
        if friendly_name is not None:
            _check_name(friendly_name)
        async with office.store.writing() as tx:
            acting = await access.enter(tx, principal, account_sid)
            old = await _get(tx, acting, sid)
            _check_reach(acting, old)
            new = replace(
                old,
                friendly_name=old.friendly_name if friendly_name is None else friendly_name,
                policy=old.policy if policy is None else check_policy(old.type, policy, office.limits.policy_entries),
            )
            if new == old:
                return old
            _check_reach(acting, new)
            new = replace(new, updated_at=office.clock())
            await tx.api_keys.update(new)
            await audit.record(tx, acting, office.clock, "key.update", new.sid, **_described(new))
            await office.publisher.publish(tx, acting, accounts=[acting.account_sid])
        office.publisher.announce()
        return new

    async def rotate(self, principal: Principal, *, account_sid: str, sid: str, overlap_seconds: float) -> NewApiKey:
        """Give a key another secret. The old one is good for so many seconds more; one older than that ends now."""
        office = self._office
        access.require(principal, Permission.KEYS_WRITE)
        if not 0 <= overlap_seconds <= OVERLAP_SECONDS_MAX:
            raise PlatformError(
                "invalid", f"the overlap must be 0 to {OVERLAP_SECONDS_MAX} seconds", parameter="OverlapSeconds"
            )
        secret = make_secret(office.randomness)
        async with office.store.writing() as tx:
            acting = await access.enter(tx, principal, account_sid)
            old = await _get(tx, acting, sid)
            _check_reach(acting, old)
            now = office.clock()
            new = replace(
                old,
                secret=office.vault.seal("api_key", old.sid, secret),
                previous_secret=None,
                previous_secret_until=None,
                updated_at=now,
            )
            if overlap_seconds > 0:
                previous = office.vault.open("api_key", old.sid, old.secret)
                new = replace(
                    new,
                    previous_secret=office.vault.seal("api_key", f"{old.sid}/previous", previous),
                    previous_secret_until=now + timedelta(seconds=overlap_seconds),
                )
            await tx.api_keys.update(new)
            overlap = f"{overlap_seconds:g}"
            await audit.record(tx, acting, office.clock, "key.rotate", new.sid, overlap_seconds=overlap)
            await office.publisher.publish(tx, acting, accounts=[acting.account_sid])
        office.publisher.announce()
        return NewApiKey(new, secret)

    async def delete(self, principal: Principal, *, account_sid: str, sid: str) -> None:
        """Delete a key. What it signed is refused from now on."""
        office = self._office
        access.require(principal, Permission.KEYS_WRITE)
        async with office.store.writing() as tx:
            acting = await access.enter(tx, principal, account_sid)
            old = await _get(tx, acting, sid)
            _check_reach(acting, old)
            await tx.api_keys.delete(sid=old.sid)
            await audit.record(tx, acting, office.clock, "key.delete", old.sid, **_described(old))
            await office.publisher.publish(tx, acting, accounts=[acting.account_sid])
        office.publisher.announce()

    async def _add(self, tx: Transaction, acting: Principal, key: ApiKey, action: str) -> None:
        office = self._office
        _check_reach(acting, key)
        most = office.limits.api_keys_per_account
        if await tx.api_keys.count(account_sid=acting.account_sid) >= most:
            raise PlatformError("invalid", f"an account has at most {most} API keys: delete one that is not used")
        await tx.api_keys.add(key)
        await audit.record(tx, acting, office.clock, action, key.sid, **_described(key))
        await office.publisher.publish(tx, acting, accounts=[acting.account_sid])


async def _get(tx: Transaction, acting: Principal, sid: str) -> ApiKey:
    found = await tx.api_keys.find(sid=sid, account_sid=acting.account_sid) if API_KEY.matches(sid) else None
    if found is None:
        raise access.not_found(f"/Accounts/{acting.account_sid}/Keys/{sid}")
    return found


def _check_name(friendly_name: str) -> None:
    check_text("FriendlyName", friendly_name, FRIENDLY_NAME_CHARACTERS_MAX)


def _check_reach(acting: Principal, key: ApiKey) -> None:
    """Nobody makes, takes over or ends what may do more than they: a policy with `keys:write` would be everything."""
    reach = access.permissions(Principal(PrincipalKind.API_KEY, key.account_sid, key.sid, None, key.type, key.policy))
    beyond = reach - access.permissions(acting) - {Permission.INVOKE}
    if beyond:
        raise PlatformError(
            "denied",
            f"{acting.name} may not manage a key that may do more than itself ({', '.join(sorted(beyond))}):"
            " use the account's auth token or a Main key",
            twilio_code=access.DENIED,
        )


def _described(key: ApiKey) -> dict[str, str]:
    told = {"friendly_name": key.friendly_name, "type": str(key.type)}
    if key.policy is not None:
        told["policy"] = " ".join(key.policy)
    if key.service_sid is not None:
        told["service"] = key.service_sid
    return told
