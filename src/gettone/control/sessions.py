"""Signing in, and what comes of it: sessions, in which account each is, and their ends.

Must not know cookies. Whoever signs in gets a new secret, and another one once the second factor was shown: what
somebody else put into a browser before is worth nothing then. When a session was last used is kept in memory between
two flushes, so that looking at a page writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gettone.control import audit
from gettone.control.access import not_found
from gettone.control.brakes import Brakes
from gettone.control.devices import kept_user_agent
from gettone.control.entrances import Entrance, all_entrances, find_entrance, first_entrance
from gettone.control.office import Office
from gettone.control.opaque import digest_of, make_secret
from gettone.control.passwords import Passwords
from gettone.control.second_factor import is_needed, take_code, wrong_code
from gettone.control.signed_in import NewSession, SignedIn
from gettone.control.throttle import network_of
from gettone.model.accounts import Account
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sessions import Session
from gettone.model.sids import AccountSid
from gettone.model.users import Role, User
from gettone.store.interface import Transaction

SIGNED_IN = "session.create"
"""The action under which the audit log has it that somebody signed in."""

SESSIONS_MAX = 50  # of one person: the one that was made first goes
CODE_SECONDS = 600.0  # how long a session may wait for its second factor
# Between two moments that are worth writing down.
_SEEN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a session lasts: after its last use, and at most."""

    idle_seconds: float = 86_400.0
    age_seconds: float = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """An account that somebody may switch to."""

    account: Account
    role: Role
    is_current: bool


class Sessions:
    """Who is signed in. State: when sessions were seen since the last flush."""

    def __init__(self, office: Office, passwords: Passwords, brakes: Brakes, bounds: Bounds | None = None) -> None:
        self._office = office
        self._passwords = passwords
        self._brakes = brakes
        self._bounds = bounds or Bounds()
        self._seen: dict[str, datetime] = {}

    async def sign_in(
        self, *, email: str, password: str, address: str | None = None, user_agent: str = ""
    ) -> NewSession:
        """Begin a session. Raises PlatformError `denied`, in the same words and time whether there is such a person."""
        office = self._office
        known_as = email.strip().casefold()
        by_email, by_caller = self._brakes.by_email, self._brakes.by_caller
        caller = network_of(address)
        by_email.check(known_as)
        by_caller.begin(caller)
        by_email.begin(known_as)
        async with office.store.reading() as tx:
            found = await tx.users.find(email=known_as)
        hashed = None if found is None else found.password_hash
        if not await self._passwords.verify(hashed, password) or found is None:
            raise PlatformError("denied", "this e-mail address and this password do not belong together: try again")
        by_email.forget(known_as)
        by_caller.forgive(caller)
        async with office.store.writing() as tx:
            user = await tx.users.find(id=found.id)
            # It takes a while to compare a password, and it may be another one since.
            if user is None or user.password_hash != hashed:
                raise PlatformError("denied", "your password was changed just now: sign in with the new one")
            return await self.open_in(tx, user, address=address, user_agent=user_agent)

    async def open_for(self, user: User, *, address: str | None = None, user_agent: str = "") -> NewSession:
        """Begin a session for somebody who has just shown who it is in another way: by a link."""
        async with self._office.store.writing() as tx:
            return await self.open_in(tx, user, address=address, user_agent=user_agent)

    async def open_in(
        self,
        tx: Transaction,
        user: User,
        *,
        account_sid: AccountSid | None = None,
        address: str | None = None,
        user_agent: str = "",
        strong: bool = False,
    ) -> NewSession:
        """Begin a session inside a transaction, in the account that is named or the one it has been in for longest.

        Raises PlatformError `denied` for who may enter none.
        """
        office = self._office
        entrance = None if account_sid is None else await find_entrance(tx, user.id, account_sid)
        entrance = entrance or await first_entrance(tx, user.id)
        if entrance is None:
            raise _no_entrance()
        now, secret = office.clock(), make_secret(office.randomness)
        needs_code = is_needed(user) and not strong
        lasts = CODE_SECONDS if needs_code else self._bounds.age_seconds
        session = Session(
            id=office.randomness(16).hex(),
            secret_digest=digest_of(secret),
            user_id=user.id,
            account_sid=entrance.account.sid,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(seconds=lasts),
            address=address,
            user_agent=kept_user_agent(user_agent),
            strong=strong,
        )
        before = await tx.sessions.all(user_id=user.id)
        for surplus in before[: max(0, len(before) - SESSIONS_MAX + 1)]:
            await tx.sessions.delete(id=surplus.id)
        await tx.sessions.add(session)
        if not needs_code:
            await audit.record(tx, _principal(user, entrance, address), office.clock, SIGNED_IN, user.id)
        return NewSession(session, needs_code, secret)

    async def waits_for_code(self, secret: str) -> bool:
        """Whether this is the secret of a session that opens nothing before a code was typed."""
        async with self._office.store.reading() as tx:
            return await self._half(tx, secret) is not None

    async def confirm_code(self, secret: str, *, code: str, address: str | None = None) -> NewSession:
        """Show the second factor: a code of the app, or a recovery code. The session goes on under a new secret.

        Raises PlatformError `invalid` for a wrong code, `not_found` when there is no session that waits for one.
        """
        office = self._office
        async with office.store.reading() as tx:
            half = await self._half(tx, secret)
        if half is None:
            raise _begin_again()
        name = half[1].id
        self._brakes.by_user.begin(name)
        async with office.store.writing() as tx:
            half = await self._half(tx, secret)
            if half is None:
                raise _begin_again()
            session, user = half
            taken = take_code(office, user, code)
            if taken is None:
                raise wrong_code()
            await tx.users.update(taken)
            await tx.sessions.delete(id=session.id)
            made = await self.open_in(
                tx,
                taken,
                account_sid=session.account_sid,
                address=address,
                user_agent=session.user_agent,
                strong=True,
            )
        self._brakes.by_user.forget(name)
        return made

    async def find(self, secret: str, address: str | None = None) -> SignedIn | None:
        """Who this is; None for nobody, and for a session that is over, waits for a code, or has nowhere to go."""
        now = self._office.clock()
        async with self._office.store.reading() as tx:
            found = await self._look_up(tx, secret)
            if found is None:
                return None
            session, user = found
            if is_needed(user) and not session.strong:
                return None
            entrance = await find_entrance(tx, user.id, session.account_sid) or await first_entrance(tx, user.id)
        if entrance is None:
            return None
        if now - session.seen_at > timedelta(seconds=_SEEN_SECONDS):
            self._seen[session.id] = now
        here = replace(session, account_sid=entrance.account.sid)
        return SignedIn(here, user, _principal(user, entrance, address))

    async def sign_out(self, secret: str) -> None:
        """End a session."""
        async with self._office.store.writing() as tx:
            await tx.sessions.delete(secret_digest=digest_of(secret))

    async def list(self, who: SignedIn) -> tuple[Session, ...]:
        """The sessions of a person that go on, the newest first."""
        now = self._office.clock()
        async with self._office.store.reading() as tx:
            sessions = await tx.sessions.all(user_id=who.user.id)
        current = [replace(each, seen_at=self._seen.get(each.id, each.seen_at)) for each in sessions]
        return tuple(each for each in reversed(current) if not self._is_over(each, now))

    async def revoke(self, who: SignedIn, *, id: str) -> None:
        """End one of one's sessions. Raises PlatformError `not_found`."""
        async with self._office.store.writing() as tx:
            if not await tx.sessions.delete(id=id, user_id=who.user.id):
                raise not_found(f"/Sessions/{id}")

    async def revoke_others(self, who: SignedIn) -> int:
        """End all of one's sessions but this one. How many went."""
        async with self._office.store.writing() as tx:
            return await end_sessions(tx, who.user, but=who.session.id)

    async def accounts(self, who: SignedIn) -> tuple[AccountChoice, ...]:
        """The accounts that somebody may switch to, with the one it is in."""
        async with self._office.store.reading() as tx:
            entrances = await all_entrances(tx, who.user.id)
        here = who.principal.account_sid
        return tuple(AccountChoice(each.account, each.role, each.account.sid == here) for each in entrances)

    async def switch(self, who: SignedIn, *, account_sid: str) -> None:
        """Go on in another account. Raises PlatformError `not_found` for one that is not somebody's to enter."""
        async with self._office.store.writing() as tx:
            entrance = await find_entrance(tx, who.user.id, account_sid)
            session = await tx.sessions.find(id=who.session.id)
            if entrance is None or session is None:
                raise not_found(f"/Accounts/{account_sid}")
            await tx.sessions.update(replace(session, account_sid=entrance.account.sid))

    async def flush(self) -> None:
        """Write down when sessions were last used. While the store is away it is kept for the next flush."""
        seen, self._seen = self._seen, {}
        if not seen:
            return
        written = False
        try:
            async with self._office.store.writing() as tx:
                for id, at in seen.items():
                    session = await tx.sessions.find(id=id)
                    if session is not None and session.seen_at < at:
                        await tx.sessions.update(replace(session, seen_at=at))
            written = True
        except PlatformError as error:
            if error.code != "unavailable":
                raise
        finally:
            if not written:
                self._seen = seen | self._seen

    async def _look_up(self, tx: Transaction, secret: str) -> tuple[Session, User] | None:
        session = await tx.sessions.find(secret_digest=digest_of(secret))
        if session is None:
            return None
        session = replace(session, seen_at=self._seen.get(session.id, session.seen_at))
        user = await tx.users.find(id=session.user_id)
        return None if user is None or self._is_over(session, self._office.clock()) else (session, user)

    async def _half(self, tx: Transaction, secret: str) -> tuple[Session, User] | None:
        found = await self._look_up(tx, secret)
        return found if found is not None and is_needed(found[1]) and not found[0].strong else None

    def _is_over(self, session: Session, now: datetime) -> bool:
        return now >= session.expires_at or now >= session.seen_at + timedelta(seconds=self._bounds.idle_seconds)


async def end_sessions(tx: Transaction, user: User, but: str | None = None) -> int:
    """End all sessions of a person, or all but one. How many went."""
    gone = 0
    for session in await tx.sessions.all(user_id=user.id):
        if session.id != but:
            gone += await tx.sessions.delete(id=session.id)
    return gone


def _principal(user: User, entrance: Entrance, address: str | None) -> Principal:
    return Principal(PrincipalKind.USER, entrance.account.sid, user.email, role=entrance.role, address=address)


def _no_entrance() -> PlatformError:
    return PlatformError(
        "denied",
        "there is no account that you can enter: yours was suspended or closed, or you are no member any more;"
        " ask its owner",
    )


def _begin_again() -> PlatformError:
    return PlatformError("not_found", "this sign-in is over: begin again with your e-mail address and password")
