"""What a one-time link is for, before it is used: so that its page asks for what is needed. Uses nothing up.

Must not know how any of them is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gettone.control.links import has_owner
from gettone.control.office import Office
from gettone.control.one_time_links import find_link, worthless
from gettone.control.opaque import digest_of
from gettone.model.users import LinkPurpose, Role


class Errand(StrEnum):
    """What a link leads to."""

    SET_UP = "set-up"
    RESET = "reset"
    VERIFY = "verify"
    INVITE = "invite"
    JOIN = "join"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a link offers: to whom, and in which account. `is_known`: the address belongs to a user already."""

    errand: Errand
    email: str | None
    account_name: str | None
    role: Role | None
    is_known: bool


class LinkDesk:
    """Says what a link is for."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def look(self, secret: str) -> Offer:
        """What a link is for. Raises PlatformError `not_found` for one that is none, is used, or is over."""
        office = self._office
        async with office.store.reading() as tx:
            registration = await tx.registrations.find(secret_digest=digest_of(secret))
            if registration is not None:
                if office.clock() >= registration.expires_at:
                    raise worthless()
                return Offer(Errand.JOIN, registration.email, None, Role.OWNER, is_known=False)
            link = await find_link(tx, office, secret, *LinkPurpose)
            if link.purpose is LinkPurpose.SET_UP and await has_owner(tx, link.account_sid):
                raise worthless()
            account = await tx.accounts.find(sid=link.account_sid)
            user = None if link.user_id is None else await tx.users.find(id=link.user_id)
            if user is None and link.email is not None:
                user = await tx.users.find(email=link.email)
            return Offer(
                errand=Errand(link.purpose),
                email=link.email if user is None else user.email,
                account_name=None if account is None else account.friendly_name,
                role=link.role,
                is_known=user is not None,
            )
