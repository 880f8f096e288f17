"""What a person has chosen: name, language, time zone, dock, what it works with, password. Must not know pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from gettone.control import audit
from gettone.control.brakes import Brakes
from gettone.control.letters import LetterKind
from gettone.control.links import PASSWORD_SET
from gettone.control.office import Office
from gettone.control.passwords import Passwords, check_password
from gettone.control.people_texts import check_locale, check_zone
from gettone.control.post import Post, Recipient
from gettone.control.second_factor import check_own_password
from gettone.control.sessions import end_sessions
from gettone.control.signed_in import SignedIn, reload
from gettone.control.texts import check_text
from gettone.control.users import NAME_CHARACTERS_MAX
from gettone.model.errors import PlatformError
from gettone.model.functions import Language
from gettone.model.outbox import Channel
from gettone.model.users import User

PINS_MAX = 20
NOTICE = timedelta(days=7)

_PRODUCT = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Preferences:
    """One's own, to be changed by whoever is signed in."""

    def __init__(self, office: Office, passwords: Passwords, post: Post, brakes: Brakes) -> None:
        self._office = office
        self._passwords = passwords
        self._post = post
        self._brakes = brakes

    async def rename(self, who: SignedIn, *, name: str) -> User:
        """Change one's name."""
        checked = check_text("Name", name.strip(), NAME_CHARACTERS_MAX, least=1)
        return await self._change(who, lambda user: replace(user, name=checked))

    async def set_locale(self, who: SignedIn, *, locale: str | None) -> User:
        """Choose a language; None: what the browser says."""
        checked = check_locale(locale)
        return await self._change(who, lambda user: replace(user, locale=checked))

    async def set_zone(self, who: SignedIn, *, zone: str | None) -> User:
        """Choose a time zone; None: what the browser says."""
        checked = check_zone(zone)
        return await self._change(who, lambda user: replace(user, zone=checked))

    async def set_pins(self, who: SignedIn, *, pins: Sequence[str]) -> User:
        """Choose the products in the dock, in this order."""
        checked = _check_pins(pins)
        return await self._change(who, lambda user: replace(user, pins=checked))

    async def pin(self, who: SignedIn, *, product: str, pinned: bool) -> User:
        """Put one product into the dock, or take it out."""
        _check_pins([product])

        def change(user: User) -> User:
            others = [each for each in user.pins if each != product]
            return replace(user, pins=_check_pins([*others, product] if pinned else others))

        return await self._change(who, change)

    async def answer(self, who: SignedIn, *, writes_code: bool | None, language: Language | None) -> User:
        """Say whether one writes code, and in which language: it picks the templates."""
        return await self._change(who, lambda user: replace(user, writes_code=writes_code, language=language))

    async def accept_terms(self, who: SignedIn) -> User:
        """Agree to the terms as they are now."""
        now = self._office.clock()
        return await self._change(who, lambda user: replace(user, terms_accepted_at=now))

    async def change_password(self, who: SignedIn, *, current: str, new: str) -> User:
        """Choose another password. All other sessions end, and a letter tells of it."""
        office = self._office
        check_password(new, "NewPassword")
        await check_own_password(self._passwords, self._brakes, who.user, current, "CurrentPassword")
        hashed = await self._passwords.hash(new)
        async with office.store.writing() as tx:
            user = await reload(tx, who)
            if user.password_hash != who.user.password_hash:
                raise PlatformError(
                    "conflict", "your password was changed meanwhile: sign in with the new one", parameter="NewPassword"
                )
            changed = replace(user, password_hash=hashed, updated_at=office.clock())
            await tx.users.update(changed)
            await end_sessions(tx, user, but=who.session.id)
            to = Recipient(Channel.EMAIL, user.email, user.locale, user.id)
            await self._post.queue(tx, LetterKind.PASSWORD_CHANGED, to, NOTICE)
            await audit.record(tx, who.principal, office.clock, PASSWORD_SET, user.id)
        self._post.announce()
        return changed

    async def _change(self, who: SignedIn, change: Callable[[User], User]) -> User:
        async with self._office.store.writing() as tx:
            old = await reload(tx, who)
            new = change(old)
            if new == old:
                return old
            new = replace(new, updated_at=self._office.clock())
            await tx.users.update(new)
        return new


def _check_pins(pins: Sequence[str]) -> tuple[str, ...]:
    unique = tuple(dict.fromkeys(pins))
    if len(unique) > PINS_MAX or not all(_PRODUCT.fullmatch(each) for each in unique):
        raise PlatformError(
            "invalid", f"Pins are up to {PINS_MAX} names of products, in small letters", parameter="Pins"
        )
    return unique
