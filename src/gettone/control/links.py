"""The one-time link that makes the first owner, and those that set a password.

Whoever sets a password ends all sessions of the person. Must not know where a link points, nor how it is sent.
"""

from __future__ import annotations

from dataclasses import replace

from gettone.control import access, audit
from gettone.control.office import Office
from gettone.control.one_time_links import (
    RESET_HOURS,
    SET_UP_HOURS,
    NewLink,
    add_link,
    find_link,
    use_up,
    worthless,
)
from gettone.control.passwords import Passwords, check_password
from gettone.control.sessions import end_sessions
from gettone.control.texts import check_text
from gettone.control.users import NAME_CHARACTERS_MAX, check_email, make_user
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import AccountSid
from gettone.model.users import Link, LinkPurpose, Membership, Role, User
from gettone.store.interface import Transaction

OWNER_MADE = "account.set-up"
"""The action under which the audit log has it that an account was given its first owner."""

PASSWORD_SET = "user.set-password"
"""The action under which the audit log has it that somebody's password is another one since."""


class Links:
    """Makes links for whoever sits at the machine, and lets others use them."""

    def __init__(self, office: Office, passwords: Passwords) -> None:
        self._office = office
        self._passwords = passwords

    async def make_owner_link(self, account_sid: AccountSid, email: str | None = None) -> NewLink:
        """Make a link that makes the first owner, or sets the password of the owner there is. Earlier ones end.

        Raises PlatformError `invalid` when there are several owners and no address says which.
        """
        office = self._office
        async with office.store.writing() as tx:
            owner = await _the_owner(tx, account_sid, email)
            return await make_link(tx, office, account_sid, owner)

    async def use(
        self, secret: str, *, password: str, email: str | None = None, name: str = "", address: str | None = None
    ) -> User:
        """Use a link: make the owner, with this e-mail address and password, or set a password.

        Raises PlatformError `not_found` for a link that does not exist, is used, is over, or has become worthless, and
        says no more; `invalid` for what is wrong with the rest, which uses nothing up.
        """
        office = self._office
        async with office.store.reading() as tx:
            link, _ = await self._usable(tx, secret)
        check_password(password)
        check_text("Name", name, NAME_CHARACTERS_MAX)
        new_address = check_email(email or "") if link.purpose is LinkPurpose.SET_UP else None
        # It takes a tenth of a second: not while others wait to write, and not for a secret that is none.
        hashed = await self._passwords.hash(password)
        async with office.store.writing() as tx:
            link, user = await self._usable(tx, secret)
            await use_up(tx, office, link)
            if new_address is not None:
                return await make_owner(tx, office, link.account_sid, new_address, name, hashed, address)
            if user is None:
                raise worthless()
            changed = replace(user, password_hash=hashed, updated_at=office.clock())
            await tx.users.update(changed)
            await end_sessions(tx, changed)
            actor = Principal(PrincipalKind.USER, link.account_sid, user.email, address=address)
            await audit.record(tx, actor, office.clock, PASSWORD_SET, user.id)
        return changed

    async def _usable(self, tx: Transaction, secret: str) -> tuple[Link, User | None]:
        link = await find_link(tx, self._office, secret, LinkPurpose.SET_UP, LinkPurpose.RESET)
        if link.purpose is LinkPurpose.SET_UP:
            if await has_owner(tx, link.account_sid):
                raise worthless()
            return link, None
        user = await tx.users.find(id=link.user_id)
        if user is None:
            raise worthless()
        return link, user


async def has_owner(tx: Transaction, account_sid: AccountSid) -> bool:
    """Whether somebody owns the account."""
    return await tx.memberships.count(account_sid=account_sid, role=Role.OWNER) > 0


async def make_link(tx: Transaction, office: Office, account_sid: AccountSid, owner: User | None) -> NewLink:
    """Make a link for this owner, or, where there is none, for whoever becomes it. Earlier ones end."""
    if owner is None:
        made = await add_link(tx, office, LinkPurpose.SET_UP, account_sid, SET_UP_HOURS, role=Role.OWNER)
    else:
        made = await add_link(tx, office, LinkPurpose.RESET, account_sid, RESET_HOURS, user=owner)
    target, purpose = account_sid if owner is None else owner.id, made.link.purpose
    await audit.record(tx, access.operator(account_sid), office.clock, "link.create", target, purpose=purpose)
    return made


async def make_owner(
    tx: Transaction,
    office: Office,
    account_sid: AccountSid,
    email: str,
    name: str,
    password_hash: str,
    address: str | None = None,
) -> User:
    """Make this person the owner of an account that has none; who is known here already gets this password."""
    known = await tx.users.find(email=email)
    if known is None:
        user = make_user(office, email, name, password_hash)
        await tx.users.add(user)
    else:
        user = replace(known, name=name or known.name, password_hash=password_hash, updated_at=office.clock())
        await tx.users.update(user)
        await end_sessions(tx, user)
    await tx.memberships.delete(account_sid=account_sid, user_id=user.id)
    await tx.memberships.add(Membership(account_sid, user.id, Role.OWNER, office.clock()))
    actor = Principal(PrincipalKind.USER, account_sid, user.email, address=address)
    await audit.record(tx, actor, office.clock, OWNER_MADE, user.id)
    return user


async def _the_owner(tx: Transaction, account_sid: AccountSid, email: str | None) -> User | None:
    owners = await tx.memberships.all(account_sid=account_sid, role=Role.OWNER)
    users = [user for each in owners for user in [await tx.users.find(id=each.user_id)] if user is not None]
    if email is not None:
        wanted = check_email(email)
        users = [user for user in users if user.email == wanted]
        if not users:
            raise PlatformError("not_found", f"{wanted} owns nothing here: name an owner of {account_sid}")
    if len(users) > 1:
        addresses = ", ".join(user.email for user in users)
        raise PlatformError("invalid", f"{account_sid} has several owners: say for which one of {addresses}")
    return users[0] if users else None
