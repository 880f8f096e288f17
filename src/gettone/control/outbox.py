"""Letters that nobody carries, for the owners of an account to read: so a machine without mail works.

What stands in them opens doors: links that make a user, or set its password. Must not know how letters are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gettone.control import access
from gettone.control.access import Permission, not_found
from gettone.control.office import Office
from gettone.control.post import Post
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel, OutboxMessage
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal, PrincipalKind


@dataclass(frozen=True, slots=True)
class OutboxLetter:
    """A letter, and what it says; None when it was emptied, and where somebody carries its channel."""

    message: OutboxMessage
    text: str | None = field(repr=False)


class Outbox:
    """The letters of an account."""

    def __init__(self, office: Office, post: Post) -> None:
        self._office = office
        self._post = post

    def carries(self, channel: Channel) -> bool:
        """Whether letters of a channel leave the machine: nobody reads them here then."""
        return self._post.carries(channel)

    async def list(self, principal: Principal, *, page: PageRequest) -> Page[OutboxLetter]:
        """The letters, newest first, until they are over."""
        _require(principal)
        async with self._office.store.reading() as tx:
            found = await tx.outbox.page(page, account_sid=principal.account_sid)
        return Page(tuple(self._shown(each) for each in found.items), found.next, found.previous)

    async def delete(self, principal: Principal, *, id: str) -> None:
        """Throw a letter away. Raises PlatformError `not_found`."""
        _require(principal)
        async with self._office.store.writing() as tx:
            if not await tx.outbox.delete(id=id, account_sid=principal.account_sid):
                raise not_found(f"/Outbox/{id}")

    def _shown(self, message: OutboxMessage) -> OutboxLetter:
        is_over = self._office.clock() >= message.expires_at
        readable = not is_over and not self._post.carries(message.channel)
        return OutboxLetter(message, self._post.read(message) if readable else None)


def _require(principal: Principal) -> None:
    """Let owners in, and who has the auth token; no API key, which lies in programs."""
    access.require(principal, Permission.MEMBERS_WRITE)
    if principal.kind is PrincipalKind.API_KEY:
        raise PlatformError(
            "denied", f"{principal.name} may not read letters to people: sign in as an owner", twilio_code=access.DENIED
        )
