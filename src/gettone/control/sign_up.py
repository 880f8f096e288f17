"""Signing up: a form, a letter, and an account of one's own. Must not know pages, nor invitations.

There is no user, and no account, before the link in the letter was followed: nobody takes an address that is not
theirs. Whose address has a user already gets a letter that says so, and the page says the same to everybody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from gettone.control import audit
from gettone.control.accounts import make_account
from gettone.control.brakes import Brakes
from gettone.control.letters import LetterKind
from gettone.control.office import Office
from gettone.control.one_time_links import VERIFY_HOURS, worthless
from gettone.control.opaque import digest_of, make_secret
from gettone.control.passwords import Passwords, check_password
from gettone.control.people_texts import check_locale, check_terms, check_zone
from gettone.control.post import Post, Recipient, withdraw
from gettone.control.sessions import Sessions
from gettone.control.signed_in import NewSession
from gettone.control.texts import check_text
from gettone.control.throttle import network_of, take_all
from gettone.control.users import NAME_CHARACTERS_MAX, check_email, make_user
from gettone.model.accounts import FRIENDLY_NAME_CHARACTERS_MAX
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sessions import Registration
from gettone.model.sids import ACCOUNT
from gettone.model.users import Membership, Role
from gettone.store.interface import Transaction


class SignUpMode(StrEnum):
    """Who may become a user: nobody by themselves, anybody, or whom an owner invites."""

    CLOSED = "closed"
    OPEN = "open"
    INVITATION = "invitation"


class SignUp:
    """Lets people in, where the operator has opened the door."""

    def __init__(
        self, office: Office, passwords: Passwords, post: Post, sessions: Sessions, brakes: Brakes, mode: SignUpMode
    ) -> None:
        self._office = office
        self._passwords = passwords
        self._post = post
        self._sessions = sessions
        self._brakes = brakes
        self.mode = mode

    async def sign_up(
        self,
        *,
        name: str,
        email: str,
        password: str,
        accepts_terms: bool,
        locale: str | None = None,
        zone: str | None = None,
        address: str | None = None,
    ) -> None:
        """Keep what was typed until the link in the letter is followed.

        Raises PlatformError: `denied` where sign-up is not open, and for too many; `invalid`, which names the field.
        """
        office = self._office
        check_open(self.mode)
        check_text("Name", name, NAME_CHARACTERS_MAX, least=1)
        wanted = check_email(email)
        check_password(password)
        check_terms(accepts_terms)
        kept_locale, kept_zone = check_locale(locale), check_zone(zone)
        take_all((self._brakes.callers, network_of(address)), (self._brakes.letters, f"sign-up {wanted}"))
        hashed = await self._passwords.hash(password)  # also where it is for nothing: that takes as long
        secret, now, lasts = make_secret(office.randomness), office.clock(), timedelta(hours=VERIFY_HOURS)
        async with office.store.writing() as tx:
            known = await tx.users.find(email=wanted)
            if known is not None:
                to = Recipient(Channel.EMAIL, wanted, known.locale or kept_locale, known.id)
                await self._post.queue(tx, LetterKind.KNOWN, to, lasts)
            else:
                await _forget_earlier(tx, wanted)
                digest = digest_of(secret)
                await tx.registrations.add(
                    Registration(digest, wanted, name.strip(), hashed, kept_locale, kept_zone, now, now + lasts)
                )
                to = Recipient(Channel.EMAIL, wanted, kept_locale)
                await self._post.queue(tx, LetterKind.JOIN, to, lasts, secret=secret)
        self._post.announce()

    async def join(self, secret: str, *, address: str | None = None, user_agent: str = "") -> NewSession:
        """Follow the link of the letter: make the user and an account, and sign in.

        Raises PlatformError `not_found` for a link that is none, is used, or is over.
        """
        office = self._office
        async with office.store.writing() as tx:
            registration = await tx.registrations.find(secret_digest=digest_of(secret))
            now = office.clock()
            if registration is None or now >= registration.expires_at or self.mode is not SignUpMode.OPEN:
                raise worthless()
            if await tx.users.find(email=registration.email) is not None:
                raise worthless()
            user = replace(
                make_user(office, registration.email, registration.name, registration.password_hash),
                email_verified_at=now,
                locale=registration.locale,
                zone=registration.zone,
                terms_accepted_at=registration.created_at,
            )
            account = make_account(
                office, ACCOUNT.make(office.randomness), user.name[:FRIENDLY_NAME_CHARACTERS_MAX].strip()
            )
            await tx.users.add(user)
            await tx.accounts.add(account)
            await tx.memberships.add(Membership(account.sid, user.id, Role.OWNER, now))
            await _forget_earlier(tx, registration.email)
            actor = Principal(PrincipalKind.USER, account.sid, user.email, role=Role.OWNER, address=address)
            await audit.record(
                tx, actor, office.clock, "account.create", account.sid, friendly_name=account.friendly_name
            )
            await office.publisher.publish(tx, actor, accounts=[account.sid])
            made = await self._sessions.open_in(
                tx, user, account_sid=account.sid, address=address, user_agent=user_agent
            )
        office.publisher.announce()
        return made


def check_open(mode: SignUpMode) -> None:
    """Raise PlatformError `denied` where nobody signs up by themselves."""
    if mode is SignUpMode.CLOSED:
        raise PlatformError("denied", "sign-up is closed here: ask the operator")
    if mode is SignUpMode.INVITATION:
        raise PlatformError("denied", "sign-up is by invitation here: ask the owner of an account for one")


async def _forget_earlier(tx: Transaction, email: str) -> None:
    for earlier in await tx.registrations.all(email=email):
        await withdraw(tx, earlier.secret_digest)
        await tx.registrations.delete(secret_digest=earlier.secret_digest)
