"""Invitations into an account: an owner names an address and a role, whoever gets the letter accepts.

Must not know pages. An invitation makes a user where the address has none; who is known already accepts it signed in,
and keeps name and password.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.brakes import Brakes
from gettone.control.letters import LetterKind
from gettone.control.office import Office
from gettone.control.one_time_links import INVITE_HOURS, add_link, end_links, find_link, use_up, worthless
from gettone.control.passwords import Passwords, check_password
from gettone.control.people_texts import check_locale, check_terms, check_zone
from gettone.control.post import Post, Recipient
from gettone.control.sessions import Sessions
from gettone.control.sign_up import SignUpMode
from gettone.control.signed_in import NewSession, SignedIn
from gettone.control.texts import check_text
from gettone.control.users import NAME_CHARACTERS_MAX, check_email, check_rank, make_user
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import AccountSid
from gettone.model.users import Link, LinkPurpose, Membership, Role, User
from gettone.store.interface import Transaction


class Invitations:
    """The invitations into the account somebody acts in."""

    def __init__(
        self, office: Office, passwords: Passwords, post: Post, sessions: Sessions, brakes: Brakes, mode: SignUpMode
    ) -> None:
        self._office = office
        self._passwords = passwords
        self._post = post
        self._sessions = sessions
        self._brakes = brakes
        self._mode = mode

    async def create(self, principal: Principal, *, email: str, role: Role, locale: str | None = None) -> Link:
        """Invite somebody by letter. An earlier invitation to the same address ends.

        Raises PlatformError: `conflict` for a member, `invalid` for too many, and for who may not become a user here.
        """
        office = self._office
        access.require(principal, Permission.MEMBERS_WRITE)
        check_rank(principal, role)
        wanted, kept_locale = check_email(email), check_locale(locale)
        self._brakes.letters.take(f"invite {principal.account_sid} {wanted}")
        async with office.store.writing() as tx:
            known = await tx.users.find(email=wanted)
            if known is None and self._mode is SignUpMode.CLOSED:
                raise PlatformError(
                    "invalid",
                    f"{wanted} has no user here, and sign-up is closed: the operator can open it to invitations"
                    " with GETTONE_SIGN_UP=invitation",
                    parameter="Email",
                )
            if known is not None and await _is_member(tx, principal.account_sid, known):
                raise PlatformError(
                    "conflict", f"{wanted} is a member already: change the role instead", parameter="Email"
                )
            account = await tx.accounts.find(sid=principal.account_sid)
            if account is None:
                raise access.not_found(f"/Accounts/{principal.account_sid}")
            await end_links(tx, LinkPurpose.INVITE, account.sid, email=wanted)
            waiting = await tx.links.count(account_sid=account.sid, purpose=LinkPurpose.INVITE, used_at=None)
            await self._check_room(tx, account.sid, waiting)
            made = await add_link(tx, office, LinkPurpose.INVITE, account.sid, INVITE_HOURS, email=wanted, role=role)
            spoken = (known.locale if known is not None else None) or kept_locale
            await self._post.queue(
                tx,
                LetterKind.INVITE,
                Recipient(Channel.EMAIL, wanted, spoken, None if known is None else known.id),
                timedelta(hours=INVITE_HOURS),
                account_sid=account.sid,
                secret=made.secret,
                inviter=principal.name,
                account=account.friendly_name,
            )
            await audit.record(tx, principal, office.clock, "member.invite", wanted, role=role)
        self._post.announce()
        return made.link

    async def list(self, principal: Principal, *, page: PageRequest) -> Page[Link]:
        """The invitations that nobody has accepted, also those that are over."""
        access.require(principal, Permission.MEMBERS_READ)
        async with self._office.store.reading() as tx:
            return await tx.links.page(
                page, account_sid=principal.account_sid, purpose=LinkPurpose.INVITE, used_at=None
            )

    async def revoke(self, principal: Principal, *, email: str) -> None:
        """Take an invitation back. Raises PlatformError `not_found`."""
        office = self._office
        access.require(principal, Permission.MEMBERS_WRITE)
        async with office.store.writing() as tx:
            wanted = email.strip().casefold()
            if not await end_links(tx, LinkPurpose.INVITE, principal.account_sid, email=wanted):
                raise access.not_found(f"/Invitations/{wanted}")
            await audit.record(tx, principal, office.clock, "member.uninvite", wanted)

    async def accept(
        self,
        secret: str,
        *,
        name: str,
        password: str,
        accepts_terms: bool,
        locale: str | None = None,
        zone: str | None = None,
        address: str | None = None,
        user_agent: str = "",
    ) -> NewSession:
        """Become a user and a member, and sign in. Raises PlatformError `not_found` for who has a user already."""
        office = self._office
        async with office.store.reading() as tx:
            await self._find_new(tx, secret)
        check_text("Name", name, NAME_CHARACTERS_MAX, least=1)
        check_password(password)
        check_terms(accepts_terms)
        kept_locale, kept_zone = check_locale(locale), check_zone(zone)
        hashed = await self._passwords.hash(password)
        async with office.store.writing() as tx:
            link, email = await self._find_new(tx, secret)
            now = office.clock()
            user = replace(
                make_user(office, email, name.strip(), hashed),
                # Who read it here, where nobody carries letters, has shown nothing of an address.
                email_verified_at=now if self._post.carries(Channel.EMAIL) else None,
                locale=kept_locale,
                zone=kept_zone,
                terms_accepted_at=now,
            )
            await tx.users.add(user)
            await self._join(tx, link, user, address)
            return await self._sessions.open_in(
                tx, user, account_sid=link.account_sid, address=address, user_agent=user_agent
            )

    async def accept_as(self, who: SignedIn, *, secret: str) -> None:
        """Become a member as who is signed in, and go on in that account.

        Raises PlatformError `denied` when the invitation is for another address.
        """
        office = self._office
        async with office.store.writing() as tx:
            link = await find_link(tx, office, secret, LinkPurpose.INVITE)
            if link.email != who.user.email:
                raise PlatformError("denied", "this invitation is for another e-mail address: sign in with that one")
            user, session = await tx.users.find(id=who.user.id), await tx.sessions.find(id=who.session.id)
            if user is None or session is None:
                raise worthless()
            await self._join(tx, link, user, who.principal.address)
            await tx.sessions.update(replace(session, account_sid=link.account_sid))

    async def _find_new(self, tx: Transaction, secret: str) -> tuple[Link, str]:
        """An invitation for somebody who is no user yet."""
        link = await find_link(tx, self._office, secret, LinkPurpose.INVITE)
        if link.email is None or await tx.users.find(email=link.email) is not None:
            raise worthless()
        if self._mode is SignUpMode.CLOSED:
            raise worthless()
        return link, link.email

    async def _join(self, tx: Transaction, link: Link, user: User, address: str | None) -> None:
        role = link.role
        if role is None:
            raise worthless()
        await self._check_room(tx, link.account_sid, 0)
        await use_up(tx, self._office, link)
        if not await _is_member(tx, link.account_sid, user):
            now = self._office.clock()
            await tx.memberships.add(Membership(link.account_sid, user.id, role, now))
        actor = Principal(PrincipalKind.USER, link.account_sid, user.email, role=role, address=address)
        await audit.record(tx, actor, self._office.clock, "member.join", user.id, role=role)

    async def _check_room(self, tx: Transaction, account_sid: AccountSid, waiting: int) -> None:
        most = self._office.limits.members_per_account
        if await tx.memberships.count(account_sid=account_sid) + waiting >= most:
            raise PlatformError("invalid", f"an account has at most {most} members, invited ones too: remove one")


async def _is_member(tx: Transaction, account_sid: AccountSid, user: User) -> bool:
    return await tx.memberships.find(account_sid=account_sid, user_id=user.id) is not None
