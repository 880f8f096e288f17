"""Links that are good once: made, found, used up. Must not know what each is for.

Who holds a link's secret may use it, before it ends. Only the secret's digest is kept, and a letter that the link
travelled in is emptied with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from gettone.control.office import Office
from gettone.control.opaque import digest_of, make_secret
from gettone.control.post import withdraw
from gettone.model.errors import PlatformError
from gettone.model.sids import AccountSid
from gettone.model.users import Link, LinkPurpose, Role, User
from gettone.store.interface import Transaction

SET_UP_HOURS = 7 * 24
RESET_HOURS = 1
VERIFY_HOURS = 24
INVITE_HOURS = 7 * 24


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link and its secret, which is told this once."""

    link: Link
    secret: str = field(repr=False)


async def add_link(
    tx: Transaction,
    office: Office,
    purpose: LinkPurpose,
    account_sid: AccountSid,
    hours: float,
    *,
    user: User | None = None,
    email: str | None = None,
    role: Role | None = None,
) -> NewLink:
    """Make a link. Earlier ones for the same person, or the same address, and of the same purpose end."""
    now = office.clock()
    secret = make_secret(office.randomness)
    link = Link(
        secret_digest=digest_of(secret),
        purpose=purpose,
        account_sid=account_sid,
        user_id=None if user is None else user.id,
        email=email,
        role=role,
        created_at=now,
        expires_at=now + timedelta(hours=hours),
    )
    await end_links(tx, purpose, account_sid, user=user, email=email)
    await tx.links.add(link)
    return NewLink(link, secret)


async def end_links(
    tx: Transaction,
    purpose: LinkPurpose,
    account_sid: AccountSid,
    *,
    user: User | None = None,
    email: str | None = None,
) -> int:
    """Delete the links of a purpose, for a person or an address, and empty their letters. How many went."""
    user_id = None if user is None else user.id
    earlier = await tx.links.all(account_sid=account_sid, purpose=purpose, user_id=user_id, email=email)
    for each in earlier:
        await withdraw(tx, each.secret_digest)
        await tx.links.delete(secret_digest=each.secret_digest)
    return len(earlier)


async def find_link(tx: Transaction, office: Office, secret: str, *purposes: LinkPurpose) -> Link:
    """The link of a secret. Raises PlatformError `not_found`, in one sentence, whatever is wrong with it."""
    link = await tx.links.find(secret_digest=digest_of(secret))
    over = link is None or link.used_at is not None or office.clock() >= link.expires_at
    if link is None or over or link.purpose not in purposes:
        raise worthless()
    return link


async def use_up(tx: Transaction, office: Office, link: Link) -> None:
    """Mark a link as used, and empty its letter."""
    await tx.links.update(replace(link, used_at=office.clock()))
    await withdraw(tx, link.secret_digest)


def worthless() -> PlatformError:
    """What is said of a link that is none, is used, or is over."""
    return PlatformError(
        "not_found",
        "this link is not valid, or not any more: ask for another one, or make one with gettone owner reset-link",
    )
