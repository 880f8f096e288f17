"""The first start: an installation, its account, an owner or a link for one, a key, and something to call.

All but the last is one transaction: it is there or it is not. A later start finds it, compares what it was told with
what is there, and makes what is missing; where nothing is, nothing is written. Must not know where settings come from.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gettone.control import access, audit
from gettone.control.accounts import make_account
from gettone.control.api_keys import NewApiKey
from gettone.control.deployments import Deployments
from gettone.control.first_settings import BroughtKey, Founding, check_settings
from gettone.control.key_making import check_brought, make_key
from gettone.control.links import has_owner, make_link, make_owner
from gettone.control.office import Office
from gettone.control.passwords import Passwords
from gettone.control.quickstart import add_key, find_quickstart, is_made, make_quickstart
from gettone.control.refounding import compare
from gettone.model.accounts import Account
from gettone.model.environments import EnvironmentResource
from gettone.model.sids import ACCOUNT, AccountSid
from gettone.model.users import LinkPurpose
from gettone.store.interface import Cluster, Transaction

ACCOUNT_NAME = "First account"


@dataclass(frozen=True, slots=True)
class Founded:
    """What there is to say after a start. Secrets are told by the start that made them, and by no other.

    `quickstart` is where it is served; None when it is not. `notices` are about settings that are of no use any more.
    """

    account_sid: AccountSid
    has_owner: bool
    set_up_secret: str | None = field(repr=False)
    api_key: NewApiKey | None
    quickstart: EnvironmentResource | None
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is there, and what is to be made."""

    is_founded: bool
    account: Account | None
    has_owner: bool
    had_link: bool
    keys: tuple[BroughtKey, ...]
    notices: tuple[str, ...]

    def is_complete(self, settings: Founding) -> bool:
        waits = self.had_link and settings.owner is None
        return self.is_founded and self.account is not None and (self.has_owner or waits) and not self.keys


@dataclass(frozen=True, slots=True)
class _Made:
    """What the one transaction made."""

    account_sid: AccountSid
    set_up_secret: str | None = field(default=None, repr=False)
    api_key: NewApiKey | None = None


async def found(office: Office, passwords: Passwords, deployments: Deployments, settings: Founding) -> Founded:
    """Make what is missing of the first account. Every start calls this, before anybody is served.

    Raises PlatformError: `invalid` for settings that can be none or belong to other data, and for another master key.
    """
    check_settings(settings)
    async with office.store.reading() as tx:
        standing = await _look(tx, office, passwords, settings)
    if standing.is_complete(settings) and standing.account is not None:
        made = _Made(standing.account.sid)
    else:
        needs_owner = settings.owner is not None and not standing.has_owner
        hashed = await passwords.hash(settings.owner[1]) if needs_owner and settings.owner is not None else None
        async with office.store.writing() as tx:
            standing = await _look(tx, office, passwords, settings)
            made = await _complete(tx, office, settings, standing, hashed)
        office.publisher.announce()
    acting = access.operator(made.account_sid)
    async with office.store.reading() as tx:
        wants_quickstart = settings.quickstart is not None and not await is_made(tx, made.account_sid)
    if wants_quickstart and settings.quickstart is not None:
        await make_quickstart(office, deployments, acting, settings.quickstart)
    async with office.store.reading() as tx:
        return Founded(
            account_sid=made.account_sid,
            has_owner=await has_owner(tx, made.account_sid),
            set_up_secret=made.set_up_secret,
            api_key=made.api_key,
            quickstart=await find_quickstart(tx, made.account_sid),
            notices=standing.notices,
        )


async def _look(tx: Transaction, office: Office, passwords: Passwords, settings: Founding) -> _Standing:
    cluster = await tx.cluster()
    if cluster is not None:
        office.vault.check(cluster.key_check)
    # There may be others, and subaccounts: the first is the oldest that owns itself.
    account = next((each for each in await tx.accounts.all() if not each.is_subaccount), None)
    if account is None:
        return _Standing(cluster is not None, None, False, False, settings.keys, ())
    compared = await compare(tx, office, passwords, account, settings)
    return _Standing(
        is_founded=cluster is not None,
        account=account,
        has_owner=await has_owner(tx, account.sid),
        had_link=await tx.links.count(account_sid=account.sid, purpose=LinkPurpose.SET_UP) > 0,
        keys=compared.keys,
        notices=compared.notices,
    )


async def _complete(
    tx: Transaction, office: Office, settings: Founding, standing: _Standing, password_hash: str | None
) -> _Made:
    if not standing.is_founded:
        await tx.found(Cluster(office.randomness(16).hex(), office.vault.make_check(), office.clock()))
    account = standing.account or await _add_account(tx, office, settings)
    acting = access.operator(account.sid)
    api_key = await add_key(tx, office, acting) if standing.account is None else None
    for brought in standing.keys:
        sid = check_brought(brought.sid, brought.secret)
        await tx.api_keys.add(make_key(office, acting, sid, brought.secret, brought.friendly_name))
        await audit.record(tx, acting, office.clock, "key.bring", sid, friendly_name=brought.friendly_name)
    secret = None
    if not standing.has_owner:
        if settings.owner is not None and password_hash is not None:
            await make_owner(tx, office, account.sid, settings.owner[0], "", password_hash)
        elif not standing.had_link:
            secret = (await make_link(tx, office, account.sid, None)).secret
    await office.publisher.publish(tx, acting, accounts=[account.sid])
    return _Made(account.sid, secret, api_key)


async def _add_account(tx: Transaction, office: Office, settings: Founding) -> Account:
    sid = ACCOUNT.check(settings.account_sid or ACCOUNT.make(office.randomness))
    account = make_account(office, sid, ACCOUNT_NAME, token=settings.auth_token)
    await tx.accounts.add(account)
    await audit.record(tx, access.operator(sid), office.clock, "account.create", sid, friendly_name=ACCOUNT_NAME)
    return account
