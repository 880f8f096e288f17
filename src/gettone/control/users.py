"""People and their roles in an account. Must not know how they sign in (passwords.py), nor links (links.py).

An account always has an owner: the last one is neither removed nor given another role.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.export import export_user
from gettone.control.office import Office
from gettone.control.passwords import Passwords
from gettone.control.texts import check_text
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import AccountSid
from gettone.model.users import Membership, Role, User, UserId
from gettone.store.interface import Transaction

NAME_CHARACTERS_MAX = 255
EMAIL_CHARACTERS_MAX = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets

# Neither all that RFC 5322 allows nor less than people have; whether mail arrives is another question.
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\.]+(?:\.[^\s@<>()\[\],;:\"\\.]+)*")
# What stands for the name of who was deleted, where something is told of it.
_FORGOTTEN = "deleted"


@dataclass(frozen=True, slots=True)
class Member:
    """A person in an account."""

    user: User
    membership: Membership


class Users:
    """The members of the account somebody acts in."""

    def __init__(self, office: Office, passwords: Passwords) -> None:
        self._office = office
        self._passwords = passwords

    async def create(
        self, principal: Principal, *, email: str, name: str, role: Role, password: str | None = None
    ) -> User:
        """Make somebody a member. Who is known here already, from another account, keeps name and password.

        Without a password nobody signs in: a link sets one. Raises PlatformError `invalid`, or `conflict` for a member.
        """
        office = self._office
        access.require(principal, Permission.MEMBERS_WRITE)
        check_rank(principal, role)
        address = check_email(email)
        check_text("Name", name, NAME_CHARACTERS_MAX)
        hashed = await self._passwords.hash(password) if password is not None else None
        async with office.store.writing() as tx:
            if await tx.memberships.count(account_sid=principal.account_sid) >= office.limits.members_per_account:
                raise PlatformError(
                    "invalid", f"an account has at most {office.limits.members_per_account} members: remove one"
                )
            user = await tx.users.find(email=address)
            if user is None:
                user = make_user(office, address, name, hashed)
                await tx.users.add(user)
            elif hashed is not None:
                raise PlatformError("conflict", f"{address} has a password already: leave it out")
            if await tx.memberships.find(account_sid=principal.account_sid, user_id=user.id) is not None:
                raise PlatformError("conflict", f"{address} is a member already: change the role instead")
            await tx.memberships.add(Membership(principal.account_sid, user.id, role, office.clock()))
            await audit.record(tx, principal, office.clock, "member.add", user.id, role=role)
        return user

    async def get(self, principal: Principal, *, user_id: str) -> Member:
        """One member."""
        access.require(principal, Permission.MEMBERS_READ)
        async with self._office.store.reading() as tx:
            return await _get(tx, principal.account_sid, user_id)

    async def list(self, principal: Principal, *, page: PageRequest) -> Page[Member]:
        """The members of the account."""
        access.require(principal, Permission.MEMBERS_READ)
        async with self._office.store.reading() as tx:
            found = await tx.memberships.page(page, account_sid=principal.account_sid)
            members = [await _get(tx, each.account_sid, each.user_id) for each in found.items]
        return Page(tuple(members), found.next, found.previous)

    async def set_role(self, principal: Principal, *, user_id: str, role: Role) -> Member:
        """Give a member another role. Raises PlatformError `conflict` for the last owner."""
        office = self._office
        access.require(principal, Permission.MEMBERS_WRITE)
        check_rank(principal, role)
        async with office.store.writing() as tx:
            old = await _get(tx, principal.account_sid, user_id)
            if old.membership.role is role:
                return old
            check_rank(principal, old.membership.role)
            await _check_owner_left(tx, old.membership)
            new = replace(old.membership, role=role)
            await tx.memberships.update(new)
            was = old.membership.role
            await audit.record(tx, principal, office.clock, "member.set-role", old.user.id, role=role, was=was)
        return Member(old.user, new)

    async def remove(self, principal: Principal, *, user_id: str) -> None:
        """Take a member out of the account; the person is kept. Raises PlatformError `conflict` for the last owner."""
        office = self._office
        access.require(principal, Permission.MEMBERS_WRITE)
        async with office.store.writing() as tx:
            old = await _get(tx, principal.account_sid, user_id)
            check_rank(principal, old.membership.role)
            await _check_owner_left(tx, old.membership)
            await tx.memberships.delete(account_sid=principal.account_sid, user_id=old.user.id)
            await audit.record(tx, principal, office.clock, "member.remove", old.user.id, role=old.membership.role)

    async def delete(self, principal: Principal, *, user_id: str) -> None:
        """Delete a person and all that is held of it: a user itself, or who manages the only account it belongs to.

        What it did stays known, and by whom is forgotten. Raises PlatformError `conflict` for the last owner of
        any account, and for who belongs to others, too.
        """
        office = self._office
        async with office.store.writing() as tx:
            member = await _get_as(tx, principal, user_id, Permission.MEMBERS_WRITE)
            if not _is_self(principal, member.user):
                check_rank(principal, member.membership.role)
            memberships = await tx.memberships.all(user_id=member.user.id)
            if len(memberships) > 1 and not _is_self(principal, member.user):
                raise PlatformError(
                    "conflict", "this person belongs to other accounts, too: remove it from this one instead"
                )
            for membership in memberships:
                await _check_owner_left(tx, membership)
            await tx.users.delete(id=member.user.id)
            await tx.links.delete(email=member.user.email)
            await tx.outbox.delete(recipient=member.user.email)
            await _forget(tx, member.user.email)
            forgotten = (
                replace(principal, name=_FORGOTTEN, address=None) if _is_self(principal, member.user) else principal
            )
            await audit.record(tx, forgotten, office.clock, "member.delete", member.user.id)

    async def export(self, principal: Principal, *, user_id: str) -> AsyncGenerator[bytes, None]:
        """All that is held of a person, as JSON lines: of this account, or of all when it is oneself."""
        async with self._office.store.reading() as tx:
            member = await _get_as(tx, principal, user_id, Permission.MEMBERS_WRITE)
        everywhere = _is_self(principal, member.user)
        return export_user(self._office, member.user, None if everywhere else principal.account_sid)


def check_email(text: str) -> str:
    """The address as it is kept: without blanks around it, in one case. Raises PlatformError `invalid`."""
    address = check_text("Email", text.strip(), EMAIL_CHARACTERS_MAX).casefold()
    if len(address) > EMAIL_CHARACTERS_MAX or not _EMAIL.fullmatch(address):
        raise PlatformError("invalid", "Email is no address: write name@example.com", parameter="Email")
    return address


def make_user(office: Office, email: str, name: str, password_hash: str | None) -> User:
    """A new person as it is kept."""
    now = office.clock()
    return User(
        id=UserId(office.randomness(16).hex()),
        email=email,
        name=check_text("Name", name, NAME_CHARACTERS_MAX),
        password_hash=password_hash,
        email_verified_at=None,
        created_at=now,
        updated_at=now,
    )


def check_rank(principal: Principal, role: Role) -> None:
    """Nobody gives or takes a role that may do more than they: `members:write` in a policy would be everything."""
    if access.BY_ROLE[role] - access.permissions(principal):
        raise PlatformError(
            "denied",
            f"{principal.name} may not manage an account's {role}, who may do more than itself: ask an owner",
            twilio_code=access.DENIED,
        )


async def _get(tx: Transaction, account_sid: AccountSid, user_id: str) -> Member:
    membership = await tx.memberships.find(account_sid=account_sid, user_id=user_id)
    user = await tx.users.find(id=user_id) if membership is not None else None
    if membership is None or user is None:
        raise access.not_found(f"/Users/{user_id}")
    return Member(user, membership)


async def _get_as(tx: Transaction, principal: Principal, user_id: str, permission: Permission) -> Member:
    """A member, for oneself or for who has the permission."""
    if not access.may(principal, permission):
        own = await tx.users.find(id=user_id)
        if own is None or not _is_self(principal, own):
            access.require(principal, permission)
    return await _get(tx, principal.account_sid, user_id)


def _is_self(principal: Principal, user: User) -> bool:
    return principal.kind is PrincipalKind.USER and principal.name == user.email


async def _check_owner_left(tx: Transaction, membership: Membership) -> None:
    """Refuse what would take an account's last owner away."""
    if membership.role is not Role.OWNER:
        return
    if await tx.memberships.count(account_sid=membership.account_sid, role=Role.OWNER) < 2:
        raise PlatformError(
            "conflict",
            f"this is the last owner of {membership.account_sid}: make somebody else an owner first,"
            " or delete the account",
        )


async def _forget(tx: Transaction, email: str) -> None:
    """Leave what somebody did, and take away who did it."""
    actor = audit.actor_of(PrincipalKind.USER, email)
    while entries := (await tx.audit.page(PageRequest(), actor=actor)).items:
        for entry in entries:
            await tx.audit.update(replace(entry, actor=audit.actor_of(PrincipalKind.USER, _FORGOTTEN), address=None))
    while entries := (await tx.audit.page(PageRequest(), target=email)).items:
        for entry in entries:
            await tx.audit.update(replace(entry, target=_FORGOTTEN))
    while deployments := (await tx.deployments.page(PageRequest(), actor=email)).items:
        for deployment in deployments:
            await tx.deployments.update(replace(deployment, actor=_FORGOTTEN))
