"""Somebody who is signed in, as use cases see it. Must not know how a session is found."""

from __future__ import annotations

from dataclasses import dataclass, field

from gettone.model.errors import PlatformError
from gettone.model.principals import Principal
from gettone.model.sessions import Session
from gettone.model.users import User
from gettone.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person at a browser, and who it is in the account it looks at."""

    session: Session
    user: User
    principal: Principal


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was just made, and its secret, which is told this once. `needs_code`: it opens nothing yet."""

    session: Session
    needs_code: bool
    secret: str = field(repr=False)


async def reload(tx: Transaction, who: SignedIn) -> User:
    """The person as it is now. Raises PlatformError `not_found` when it was deleted since."""
    user = await tx.users.find(id=who.user.id)
    if user is None:
        raise PlatformError("not_found", "this user was deleted meanwhile: sign in as another one")
    return user
