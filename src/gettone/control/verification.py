"""Showing that an e-mail address and a phone number are one's own: by a link, and by a code. Must not know pages."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta

from gettone.control import audit
from gettone.control.brakes import Brakes
from gettone.control.letters import LetterKind
from gettone.control.office import Office
from gettone.control.one_time_links import VERIFY_HOURS, add_link, find_link, use_up, worthless
from gettone.control.people_texts import check_phone
from gettone.control.post import Post, Recipient, withdraw_texts
from gettone.control.signed_in import SignedIn, reload
from gettone.control.throttle import take_all
from gettone.control.totp import digits_of
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sessions import Code, CodePurpose
from gettone.model.users import LinkPurpose, User

CODE_MINUTES = 10
CODE_DIGITS = 6
TRIES_MAX = 5


class Verification:
    """Sends links and codes, and takes them."""

    def __init__(self, office: Office, post: Post, brakes: Brakes) -> None:
        self._office = office
        self._post = post
        self._brakes = brakes

    async def send_email_link(self, who: SignedIn) -> None:
        """Send a link to somebody's own address. Raises PlatformError `conflict` when it was confirmed already."""
        office = self._office
        self._brakes.letters.take(f"verify {who.user.email}")
        async with office.store.writing() as tx:
            user = await reload(tx, who)
            if user.email_verified_at is not None:
                raise PlatformError("conflict", f"{user.email} is confirmed already")
            account_sid = who.principal.account_sid
            made = await add_link(tx, office, LinkPurpose.VERIFY, account_sid, VERIFY_HOURS, user=user)
            to = Recipient(Channel.EMAIL, user.email, user.locale, user.id)
            await self._post.queue(tx, LetterKind.VERIFY, to, timedelta(hours=VERIFY_HOURS), secret=made.secret)
        self._post.announce()

    async def use_email_link(self, secret: str, *, address: str | None = None) -> User:
        """Follow the link, wherever one is signed in. Raises PlatformError `not_found`."""
        office = self._office
        async with office.store.writing() as tx:
            link = await find_link(tx, office, secret, LinkPurpose.VERIFY)
            user = await tx.users.find(id=link.user_id)
            if user is None:
                raise worthless()
            now = office.clock()
            await use_up(tx, office, link)
            changed = replace(user, email_verified_at=now, updated_at=now)
            await tx.users.update(changed)
            actor = Principal(PrincipalKind.USER, link.account_sid, user.email, address=address)
            await audit.record(tx, actor, office.clock, "user.verify-email", user.id)
        return changed

    async def send_phone_code(self, who: SignedIn, *, phone: str) -> str:
        """Send a code to a number, which is returned as it is kept. Earlier codes are worthless.

        Raises PlatformError: `invalid` for no number, `denied` for too many.
        """
        office = self._office
        number = check_phone(phone)
        brakes, id = self._brakes, who.user.id
        take_all((brakes.resends, id), (brakes.texts, id), (brakes.texts, number))
        text = f"{int.from_bytes(office.randomness(8)) % 10**CODE_DIGITS:0{CODE_DIGITS}}"
        now, lasts = office.clock(), timedelta(minutes=CODE_MINUTES)
        async with office.store.writing() as tx:
            user = await reload(tx, who)
            sealed = office.vault.seal("user", _seal_id(user), text)
            await tx.codes.delete(user_id=user.id, purpose=CodePurpose.PHONE)
            await withdraw_texts(tx, user.id)
            await tx.codes.add(Code(user.id, CodePurpose.PHONE, number, sealed, 0, now, now + lasts))
            to = Recipient(Channel.SMS, number, user.locale, user.id)
            await self._post.queue(tx, LetterKind.PHONE_CODE, to, lasts, code=text)
        self._post.announce()
        return number

    async def resend_phone_code(self, who: SignedIn) -> str:
        """Send another code to the same number. Raises PlatformError `not_found` where none was sent."""
        number = await self.phone_waiting(who)
        if number is None:
            raise PlatformError("not_found", "no code was sent lately: type the number once more")
        return await self.send_phone_code(who, phone=number)

    async def phone_waiting(self, who: SignedIn) -> str | None:
        """The number that a code was sent to and that is not confirmed yet."""
        async with self._office.store.reading() as tx:
            code = await tx.codes.find(user_id=who.user.id, purpose=CodePurpose.PHONE)
        return None if code is None else code.recipient

    async def confirm_phone(self, who: SignedIn, *, code: str) -> User:
        """Take the code. Raises PlatformError `invalid`: five wrong ones, and it is worthless."""
        office = self._office
        async with office.store.writing() as tx:
            user = await reload(tx, who)
            kept = await tx.codes.find(user_id=user.id, purpose=CodePurpose.PHONE)
            now = office.clock()
            if kept is None or now >= kept.expires_at or kept.tries >= TRIES_MAX:
                raise _no_code()
            expected = office.vault.open("user", _seal_id(user), kept.secret).encode()
            is_it = hmac.compare_digest(expected, digits_of(code))
            if is_it:
                changed = replace(user, phone=kept.recipient, phone_verified_at=now, updated_at=now)
                await tx.users.update(changed)
                await tx.codes.delete(user_id=user.id, purpose=CodePurpose.PHONE)
                await withdraw_texts(tx, user.id)
                await audit.record(tx, who.principal, office.clock, "user.verify-phone", user.id)
            else:
                changed = user
                await tx.codes.update(replace(kept, tries=kept.tries + 1))
        if not is_it:
            raise _wrong(TRIES_MAX - kept.tries - 1)
        return changed

    async def remove_phone(self, who: SignedIn) -> User:
        """Forget somebody's number."""
        office = self._office
        async with office.store.writing() as tx:
            user = await reload(tx, who)
            changed = replace(user, phone=None, phone_verified_at=None, updated_at=office.clock())
            await tx.users.update(changed)
            await tx.codes.delete(user_id=user.id, purpose=CodePurpose.PHONE)
            await withdraw_texts(tx, user.id)
        return changed


def _wrong(left: int) -> PlatformError:
    if left <= 0:
        return _no_code()
    tries = "one try is" if left == 1 else f"{left} tries are"
    return PlatformError("invalid", f"this is not the code that was sent: {tries} left", parameter="Code", left=left)


def _no_code() -> PlatformError:
    return PlatformError(
        "invalid", "this code is good no more, after ten minutes or five tries: send another one", parameter="Code"
    )


def _seal_id(user: User) -> str:
    return f"{user.id}/phone-code"
