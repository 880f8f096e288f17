"""Accounts and subaccounts: their names, states, tokens and ends. Must not know how a token is checked.

An account owns itself or is a subaccount of one that does. A subaccount is suspended, opened and closed by the account
above it. What an account holds goes with it: rows, log lines, what is published, and people who belong nowhere else.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.auth_tokens import make_auth_token, open_first, promoted, seal_first, with_second, without_second
from gettone.control.export import export_account
from gettone.control.office import Office
from gettone.control.texts import check_text
from gettone.model.accounts import FRIENDLY_NAME_CHARACTERS_MAX, Account, AccountStatus
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import ACCOUNT, AccountSid
from gettone.model.users import Role
from gettone.store.interface import Transaction

TOKEN_PROMOTED = "account.promote-token"
"""The action under which the audit log has it that an account's first token is another one since."""


class Accounts:
    """The account somebody acts in, and its subaccounts."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(self, principal: Principal, *, friendly_name: str | None = None) -> Account:
        """Make a subaccount. Raises PlatformError `invalid` in a subaccount: they have none of their own."""
        office = self._office
        access.require(principal, Permission.ACCOUNTS_WRITE)
        async with office.store.writing() as tx:
            owner = await get_account(tx, principal, principal.account_sid)
            if owner.is_subaccount:
                raise PlatformError("invalid", "a subaccount has no subaccounts: make one in the account above it")
            most = office.limits.subaccounts_per_account
            # The account itself is among those that it owns.
            if await tx.accounts.count(owner_account_sid=owner.sid) > most:
                raise PlatformError("invalid", f"an account has at most {most} subaccounts: delete one")
            name = friendly_name or f"SubAccount Created at {office.clock():%Y-%m-%d %H:%M}"
            account = make_account(office, ACCOUNT.make(office.randomness), name, owner_sid=owner.sid)
            await tx.accounts.add(account)
            await audit.record(tx, principal, office.clock, "account.create", account.sid, friendly_name=name)
            await office.publisher.publish(tx, principal, accounts=[account.sid])
        office.publisher.announce()
        return account

    async def get(self, principal: Principal, *, sid: str) -> Account:
        """The account itself, or a subaccount of it."""
        access.require(principal, Permission.ACCOUNTS_READ)
        async with self._office.store.reading() as tx:
            return await get_account(tx, principal, sid)

    async def list(
        self,
        principal: Principal,
        *,
        page: PageRequest,
        friendly_name: str | None = None,
        status: AccountStatus | None = None,
    ) -> Page[Account]:
        """The account itself and its subaccounts; those of exactly this name or status, if given."""
        access.require(principal, Permission.ACCOUNTS_READ)
        matching = {} if friendly_name is None else {"friendly_name": friendly_name}
        if status is not None:
            matching["status"] = status
        async with self._office.store.reading() as tx:
            own = await get_account(tx, principal, principal.account_sid)
            if own.is_subaccount:
                return await tx.accounts.page(page, sid=own.sid, **matching)
            return await tx.accounts.page(page, owner_account_sid=own.sid, **matching)

    async def update(
        self,
        principal: Principal,
        *,
        sid: str,
        friendly_name: str | None = None,
        status: AccountStatus | None = None,
    ) -> Account:
        """Rename an account; suspend, open or close a subaccount. A suspended or closed one serves nothing.

        Raises PlatformError `conflict` for a closed account that is to be anything else.
        """
        office = self._office
        access.require(principal, Permission.ACCOUNTS_WRITE)
        if friendly_name is not None:
            check_text("FriendlyName", friendly_name, FRIENDLY_NAME_CHARACTERS_MAX, least=1)
        async with office.store.writing() as tx:
            old = await get_account(tx, principal, sid)
            if status is not None and status is not old.status:
                _check_status(principal, old)
            new = replace(old, friendly_name=friendly_name or old.friendly_name, status=status or old.status)
            if new == old:
                return old
            new = replace(new, updated_at=office.clock())
            await tx.accounts.update(new)
            told = {"friendly_name": new.friendly_name, "status": str(new.status)}
            await audit.record(tx, principal, office.clock, "account.update", new.sid, **told)
            await office.publisher.publish(tx, principal, accounts=[new.sid])
        office.publisher.announce()
        return new

    async def delete(self, principal: Principal, *, sid: str, confirmation: str | None = None) -> None:
        """Delete an account and all that is held of it.

        One that is no subaccount goes with its subaccounts, at the word of its owner or its auth token, and only when
        `confirmation` is its SID. Raises PlatformError `invalid` without it, `denied` to anybody else.
        """
        office = self._office
        access.require(principal, Permission.ACCOUNTS_WRITE)
        async with office.store.writing() as tx:
            account = await get_account(tx, principal, sid)
            if not account.is_subaccount or account.sid == principal.account_sid:
                _check_last_word(principal, account, confirmation)
            gone = {account.sid} | {each.sid for each in await tx.accounts.all(owner_account_sid=account.sid)}
            people = {each.user_id for sid in gone for each in await tx.memberships.all(account_sid=sid)}
            await tx.accounts.delete(sid=account.sid)
            for user_id in people:
                if await tx.memberships.count(user_id=user_id) == 0:
                    await tx.users.delete(id=user_id)
            if account.sid != principal.account_sid:
                name = account.friendly_name
                await audit.record(tx, principal, office.clock, "account.delete", account.sid, friendly_name=name)
            await office.publisher.publish(tx, principal, accounts=sorted(gone))
            # Before the commit: when this fails the account is still there, and can be deleted again.
            for each in gone:
                await office.logs.delete_account(each)
        office.publisher.announce()

    async def auth_token(self, principal: Principal, *, sid: str) -> str:
        """The first token."""
        access.require(principal, Permission.CREDENTIALS_READ)
        async with self._office.store.reading() as tx:
            return open_first(self._office.vault, await get_account(tx, principal, sid))

    def read_token(self, principal: Principal, account: Account) -> str | None:
        """The first token of an account that somebody was shown; None for who may not see tokens."""
        return open_first(self._office.vault, account) if access.may(principal, Permission.CREDENTIALS_READ) else None

    async def create_secondary_token(self, principal: Principal, *, sid: str) -> str:
        """Make a second token, which is good at once. Raises PlatformError `conflict` when there is one."""
        vault, token = self._office.vault, make_auth_token(self._office.randomness)
        await self._change(principal, sid, "account.create-token", lambda account: with_second(vault, account, token))
        return token

    async def delete_secondary_token(self, principal: Principal, *, sid: str) -> None:
        """Take the second token away. Raises PlatformError `not_found` when there is none."""
        await self._change(principal, sid, "account.delete-token", without_second)

    async def promote_secondary_token(self, principal: Principal, *, sid: str) -> Account:
        """Make the second token the first; the first is good no more. Raises PlatformError `not_found`."""
        vault = self._office.vault
        return await self._change(principal, sid, TOKEN_PROMOTED, lambda account: promoted(vault, account))

    async def export(self, principal: Principal, *, sid: str) -> AsyncGenerator[bytes, None]:
        """All that is held of one account, as JSON lines. No secrets: those are asked for one by one."""
        access.require(principal, Permission.ACCOUNTS_WRITE)
        async with self._office.store.reading() as tx:
            account = await get_account(tx, principal, sid)
        return export_account(self._office, account.sid)

    async def _change(
        self, principal: Principal, sid: str, action: str, change: Callable[[Account], Account]
    ) -> Account:
        office = self._office
        access.require(principal, Permission.ACCOUNTS_WRITE)
        async with office.store.writing() as tx:
            new = replace(change(await get_account(tx, principal, sid)), updated_at=office.clock())
            await tx.accounts.update(new)
            await audit.record(tx, await access.enter(tx, principal, sid), office.clock, action, new.sid)
            await office.publisher.publish(tx, principal, accounts=[new.sid])
        office.publisher.announce()
        return new


async def get_account(tx: Transaction, principal: Principal, sid: str) -> Account:
    """The account of this SID, if it is somebody's own or below it. Raises PlatformError `not_found`."""
    entered = await access.enter(tx, principal, sid)
    account = await tx.accounts.find(sid=entered.account_sid)
    if account is None:
        raise access.not_found(f"/Accounts/{sid}")
    return account


def make_account(
    office: Office, sid: AccountSid, friendly_name: str, owner_sid: AccountSid | None = None, token: str | None = None
) -> Account:
    """A new account as it is kept. Without an owner it owns itself; without a token it gets one."""
    check_text("FriendlyName", friendly_name, FRIENDLY_NAME_CHARACTERS_MAX, least=1)
    now = office.clock()
    return Account(
        sid=sid,
        owner_account_sid=owner_sid or sid,
        friendly_name=friendly_name,
        status=AccountStatus.ACTIVE,
        auth_token=seal_first(office.vault, sid, token or make_auth_token(office.randomness)),
        secondary_auth_token=None,
        created_at=now,
        updated_at=now,
    )


def _check_status(principal: Principal, account: Account) -> None:
    if not account.is_subaccount:
        raise PlatformError("invalid", "only a subaccount is suspended or closed: delete this account instead")
    if principal.account_sid != account.owner_account_sid:
        raise PlatformError(
            "denied",
            "a subaccount does not change its own status: sign in as the account above it",
            twilio_code=access.DENIED,
        )
    if account.status is AccountStatus.CLOSED:
        raise PlatformError("conflict", f"{account.sid} is closed, and stays so: make another subaccount")


def _check_last_word(principal: Principal, account: Account, confirmation: str | None) -> None:
    by_owner = principal.kind is PrincipalKind.USER and principal.role is Role.OWNER
    if not by_owner and principal.kind not in (PrincipalKind.AUTH_TOKEN, PrincipalKind.OPERATOR):
        raise PlatformError(
            "denied",
            f"{principal.name} may not delete its own account: an owner may, and whoever has the auth token",
            twilio_code=access.DENIED,
        )
    if confirmation != account.sid:
        raise PlatformError(
            "invalid",
            f"this deletes the account {account.sid} with its subaccounts, services, keys, people and logs for good:"
            " confirm it with the account's SID",
            parameter="Confirmation",
        )
