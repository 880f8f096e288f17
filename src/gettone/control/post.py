"""Letters into the outbox, in the transaction that gives a reason for them. Must not know how they are carried.

A letter is sealed while it lies there. Where somebody carries its channel it waits to be sent, and nobody reads it
here; where nobody does, it waits to be read, by an owner of the account that it is filed under.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from gettone.control.letters import LetterKind, write
from gettone.control.office import Office
from gettone.control.opaque import digest_of
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel, OutboxMessage
from gettone.model.sids import AccountSid
from gettone.model.users import UserId
from gettone.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a letter: an e-mail address or a phone number, and whose it is, if a user's."""

    channel: Channel
    address: str
    locale: str | None = None
    user_id: UserId | None = None


class Post:
    """Writes letters. `carried` are the channels that somebody carries; `console_url` is where links lead."""

    def __init__(self, office: Office, carried: Collection[Channel], console_url: str) -> None:
        self._office = office
        self._carried = frozenset(carried)
        self._console_url = console_url.rstrip("/")
        self._wakes: list[Callable[[], None]] = []

    def carries(self, channel: Channel) -> bool:
        """Whether letters of this channel leave the machine."""
        return channel in self._carried

    def when_there_is_some(self, wake: Callable[[], None]) -> None:
        """Have something called whenever a letter may have come."""
        self._wakes.append(wake)

    def announce(self) -> None:
        """Tell that there may be a letter; called once the transaction is committed."""
        for wake in self._wakes:
            wake()

    async def queue(
        self,
        tx: Transaction,
        kind: LetterKind,
        to: Recipient,
        lasts: timedelta,
        *,
        account_sid: AccountSid | None = None,
        secret: str | None = None,
        **values: str,
    ) -> None:
        """Put a letter into the outbox, of an account or else of the operator's own.

        `secret` is that of the link in it; `lasts` is how long it is of any use. No value may be longer than a line.
        """
        office = self._office
        told = {"console": self._console_url, **values}
        if secret is not None:
            # What stands behind # is not sent to any server, so it is in no log of one.
            told["link"] = f"{self._console_url}/link#{secret}"
        letter = write(kind, to.locale, told)
        now, id = office.clock(), office.randomness(16).hex()
        await tx.outbox.add(
            OutboxMessage(
                id=id,
                account_sid=account_sid or await operators_account(tx),
                user_id=to.user_id,
                channel=to.channel,
                recipient=to.address,
                subject=letter.subject,
                text=office.vault.seal("outbox", id, letter.text),
                secret_digest=None if secret is None else digest_of(secret),
                created_at=now,
                expires_at=now + lasts,
                due_at=now if self.carries(to.channel) else None,
            )
        )

    def read(self, message: OutboxMessage) -> str | None:
        """What a letter says, for who may know; None when it was emptied."""
        return None if message.text is None else self._office.vault.open("outbox", message.id, message.text)


async def operators_account(tx: Transaction) -> AccountSid:
    """The account whose owners read letters that nobody carries. Raises PlatformError `unavailable`."""
    first = await tx.first_account()
    if first is None:
        raise PlatformError("unavailable", "this installation has no account any more: start it again to make one")
    return first.sid


async def withdraw(tx: Transaction, secret_digest: str) -> None:
    """Empty the letter that a link travelled in."""
    for message in await tx.outbox.all(secret_digest=secret_digest):
        await tx.outbox.update(emptied(message))


async def withdraw_texts(tx: Transaction, user_id: UserId) -> None:
    """Empty all short messages to a person."""
    for message in await tx.outbox.all(user_id=user_id, channel=Channel.SMS):
        await tx.outbox.update(emptied(message))


def emptied(message: OutboxMessage) -> OutboxMessage:
    """A letter of which only the outside is left."""
    return replace(message, text=None, due_at=None)
