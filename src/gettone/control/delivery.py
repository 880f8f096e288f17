"""Letters out of the outbox, to whoever carries them. Must not know what they say.

A letter is marked as sent after it was taken, in another transaction: who is killed between the two sends it once more.
What is not taken is tried again, more and more rarely, until it is of no use. A letter that is sent, or given up, is
emptied: nobody needs its secrets here any more.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

from gettone.control.office import Office
from gettone.control.post import Post, emptied
from gettone.control.senders import Parcel, Senders, SendingFailed
from gettone.model.errors import PlatformError
from gettone.model.outbox import OutboxMessage

EVERY_SECONDS = 15.0
AT_ONCE = 8
TRIES_MAX = 12
PAUSE_SECONDS = 15.0
PAUSE_SECONDS_MAX = 3600.0

logger = logging.getLogger(__name__)


class Delivery:
    """Sends what is due. State: the event that there may be something."""

    def __init__(self, office: Office, post: Post, senders: Senders) -> None:
        self._office = office
        self._post = post
        self._senders = senders
        self._some = asyncio.Event()
        post.when_there_is_some(self._some.set)

    async def run(self) -> None:
        """Send whatever comes, until cancelled."""
        while True:
            self._some.clear()
            try:
                while await self.send_due():
                    pass
            except PlatformError as error:
                logger.warning("letters wait for now: %s", error.message)
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._some.wait()
            except TimeoutError:
                continue

    async def send_due(self) -> int:
        """Try some of the letters whose time has come, once. How many they were."""
        async with self._office.store.reading() as tx:
            due = await tx.due_messages(self._office.clock(), AT_ONCE)
        tried = await asyncio.gather(*(self._try(message) for message in due))
        if tried:
            async with self._office.store.writing() as tx:
                for after in tried:
                    now = await tx.outbox.find(id=after.id)
                    if now is not None:
                        # It may have been withdrawn meanwhile: then it stays empty.
                        await tx.outbox.update(emptied(after) if now.text is None else after)
        return len(tried)

    async def _try(self, message: OutboxMessage) -> OutboxMessage:
        """A letter as it is after one more try."""
        now = self._office.clock()
        text = self._post.read(message)
        sender = self._senders.get(message.channel)
        if text is None or sender is None or now >= message.expires_at:
            # Without anybody to carry it, it is there to be read.
            return replace(message, due_at=None) if sender is None else _given_up(message, "it came too late")
        parcel = Parcel(message.id, message.recipient, message.subject, text, message.created_at)
        tries = message.tries + 1
        try:
            await sender.send(parcel)
        except SendingFailed as failure:
            logger.warning("a letter (%s) was not sent: %s", message.channel, failure.reason)
            pause = min(PAUSE_SECONDS * 2.0 ** (tries - 1), PAUSE_SECONDS_MAX)
            again = replace(message, tries=tries, failure=failure.reason, due_at=now + timedelta(seconds=pause))
            if failure.is_final or tries >= TRIES_MAX or (again.due_at or now) >= message.expires_at:
                return _given_up(again, failure.reason)
            return again
        except Exception as error:  # noqa: BLE001 one letter that cannot be sent must not keep back all others
            logger.warning("a letter (%s) cannot be sent: %s", message.channel, type(error).__name__)
            return _given_up(replace(message, tries=tries), f"it cannot be sent ({type(error).__name__})")
        return replace(emptied(message), tries=tries, sent_at=self._office.clock(), failure=None)


def _given_up(message: OutboxMessage, reason: str) -> OutboxMessage:
    return replace(emptied(message), failure=reason)
