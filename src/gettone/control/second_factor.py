"""A person's second factor: codes of an authenticator app, and recovery codes for who has lost it.

Must not know what signing in is. A code is taken once: the step that it belongs to is kept, and so are the digests of
recovery codes that are left.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gettone.control import audit
from gettone.control.brakes import Brakes
from gettone.control.office import Office
from gettone.control.passwords import Passwords
from gettone.control.signed_in import SignedIn, reload
from gettone.control.totp import (
    digest_of_recovery_code,
    make_recovery_codes,
    make_totp_secret,
    step_of_code,
    uri_of,
)
from gettone.model.errors import PlatformError
from gettone.model.users import User

FACTOR_ON = "user.second-factor-on"
FACTOR_OFF = "user.second-factor-off"
RECOVERY_MADE = "user.recovery-codes"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is put into an authenticator app, told this once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


class SecondFactor:
    """Turns it on and off, for whoever is signed in."""

    def __init__(self, office: Office, passwords: Passwords, brakes: Brakes) -> None:
        self._office = office
        self._passwords = passwords
        self._brakes = brakes

    async def enrol(self, who: SignedIn, *, password: str) -> Enrolment:
        """Make a secret, which counts once a code of it was confirmed. Raises PlatformError `conflict` if one does."""
        office = self._office
        await check_own_password(self._passwords, self._brakes, who.user, password, "Password")
        secret = make_totp_secret(office.randomness)
        async with office.store.writing() as tx:
            user = await reload(tx, who)
            if user.totp_confirmed_at is not None:
                raise PlatformError("conflict", "your second factor is on already: turn it off first")
            sealed = office.vault.seal("user", _seal_id(user), secret)
            await tx.users.update(replace(user, totp=sealed, totp_step=None, updated_at=office.clock()))
        return Enrolment(secret, uri_of(secret, user.email))

    async def confirm(self, who: SignedIn, *, code: str) -> tuple[str, ...]:
        """Turn it on with a code of the app: other sessions end. Returns recovery codes, which are told this once."""
        office = self._office
        self._brakes.by_user.begin(who.user.id)
        codes = make_recovery_codes(office.randomness)
        async with office.store.writing() as tx:
            user = await reload(tx, who)
            if user.totp_confirmed_at is not None or user.totp is None:
                raise PlatformError("conflict", "there is nothing to confirm: begin again with your second factor")
            step = step_of_code(_open(office, user), code, office.clock(), None)
            if step is None:
                raise wrong_code()
            now = office.clock()
            digests = tuple(digest_of_recovery_code(each) for each in codes)
            await tx.users.update(
                replace(user, totp_confirmed_at=now, totp_step=step, recovery_digests=digests, updated_at=now)
            )
            for session in await tx.sessions.all(user_id=user.id):
                if session.id == who.session.id:
                    await tx.sessions.update(replace(session, strong=True))
                else:
                    await tx.sessions.delete(id=session.id)
            await audit.record(tx, who.principal, office.clock, FACTOR_ON, user.id)
        self._brakes.by_user.forget(who.user.id)
        return codes

    async def disable(self, who: SignedIn, *, code: str) -> User:
        """Turn it off with a code of the app, or a recovery code."""
        return await self._change(
            who,
            code,
            FACTOR_OFF,
            lambda user: replace(user, totp=None, totp_confirmed_at=None, totp_step=None, recovery_digests=()),
        )

    async def new_recovery_codes(self, who: SignedIn, *, code: str) -> tuple[str, ...]:
        """Make recovery codes, which are told this once; earlier ones are worthless."""
        codes = make_recovery_codes(self._office.randomness)
        digests = tuple(digest_of_recovery_code(each) for each in codes)
        await self._change(who, code, RECOVERY_MADE, lambda user: replace(user, recovery_digests=digests))
        return codes

    async def _change(self, who: SignedIn, code: str, action: str, change: Callable[[User], User]) -> User:
        office = self._office
        self._brakes.by_user.begin(who.user.id)
        async with office.store.writing() as tx:
            user = take_code(office, await reload(tx, who), code)
            if user is None:
                raise wrong_code()
            changed = replace(change(user), updated_at=office.clock())
            await tx.users.update(changed)
            await audit.record(tx, who.principal, office.clock, action, changed.id)
        self._brakes.by_user.forget(who.user.id)
        return changed


def is_needed(user: User) -> bool:
    """Whether a person has to show a second factor."""
    return user.totp_confirmed_at is not None


def take_code(office: Office, user: User, code: str) -> User | None:
    """The person as it is once this code was used up; None for a wrong one, and where there is no second factor."""
    if not is_needed(user):
        return None
    step = step_of_code(_open(office, user), code, office.clock(), user.totp_step)
    if step is not None:
        return replace(user, totp_step=step)
    given = digest_of_recovery_code(code)
    left = tuple(each for each in user.recovery_digests if not hmac.compare_digest(each, given))
    return replace(user, recovery_digests=left) if len(left) < len(user.recovery_digests) else None


def wrong_code() -> PlatformError:
    """What is said of any code that does not hold."""
    return PlatformError(
        "invalid", "this code is wrong, too old, or was used already: type the one that shows now", parameter="Code"
    )


async def check_own_password(passwords: Passwords, brakes: Brakes, user: User, password: str, parameter: str) -> None:
    """Have somebody who is signed in say the password once more. Raises PlatformError `invalid`: the field's name."""
    name = f"password {user.id}"
    brakes.by_user.begin(name)
    if not await passwords.verify(user.password_hash, password):
        raise PlatformError("invalid", "this is not your password: type it again", parameter=parameter)
    brakes.by_user.forget(name)


def _open(office: Office, user: User) -> str:
    return office.vault.open("user", _seal_id(user), user.totp or b"")


def _seal_id(user: User) -> str:
    return f"{user.id}/totp"
