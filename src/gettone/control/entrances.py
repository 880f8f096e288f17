"""Which accounts a person may enter, and as what. Must not know sessions.

A member enters an account and its subaccounts. A suspended or closed account is entered by nobody, and neither is a
subaccount of one.
"""

from __future__ import annotations

from dataclasses import dataclass

from gettone.model.accounts import Account, AccountStatus
from gettone.model.sids import AccountSid
from gettone.model.users import Role, UserId
from gettone.store.interface import Transaction

# The first of two roles is the one that counts, where a person has one in a subaccount and one in the account above.
_BY_RANK = (Role.OWNER, Role.DEVELOPER, Role.VIEWER)


@dataclass(frozen=True, slots=True)
class Entrance:
    """An account that a person may enter, with the role there."""

    account: Account
    role: Role


async def find_entrance(tx: Transaction, user_id: UserId, account_sid: str) -> Entrance | None:
    """The entrance to one account; None where there is none."""
    account = await tx.accounts.find(sid=account_sid)
    if account is None or account.status is not AccountStatus.ACTIVE:
        return None
    sids = [account.sid]
    if account.is_subaccount:
        above = await tx.accounts.find(sid=account.owner_account_sid)
        if above is None or above.status is not AccountStatus.ACTIVE:
            return None
        sids.append(above.sid)
    memberships = [await tx.memberships.find(account_sid=sid, user_id=user_id) for sid in sids]
    roles = [each.role for each in memberships if each is not None]
    return Entrance(account, min(roles, key=_BY_RANK.index)) if roles else None


async def first_entrance(tx: Transaction, user_id: UserId) -> Entrance | None:
    """Where a person comes in who has not said where to: the account that it has belonged to for longest."""
    for membership in await tx.memberships.all(user_id=user_id):
        found = await find_entrance(tx, user_id, membership.account_sid)
        if found is not None:
            return found
    return None


async def all_entrances(tx: Transaction, user_id: UserId) -> tuple[Entrance, ...]:
    """Every account that a person may enter, each followed by its subaccounts."""
    found: dict[AccountSid, Entrance] = {}
    for membership in await tx.memberships.all(user_id=user_id):
        own = await find_entrance(tx, user_id, membership.account_sid)
        if own is None:
            continue
        found.setdefault(own.account.sid, own)
        if own.account.is_subaccount:
            continue
        for below in await tx.accounts.all(owner_account_sid=own.account.sid):
            if below.is_subaccount and below.status is AccountStatus.ACTIVE:
                found[below.sid] = await _below(tx, user_id, below, own.role)
    return tuple(found.values())


async def _below(tx: Transaction, user_id: UserId, account: Account, role: Role) -> Entrance:
    own = await tx.memberships.find(account_sid=account.sid, user_id=user_id)
    return Entrance(account, role if own is None else min(role, own.role, key=_BY_RANK.index))
