"""A new password for who has forgotten theirs: a link to their e-mail address. Must not know how a link is used.

Whoever asks is answered at once, in the same words, whether there is such a person or not; what there is to do is done
afterwards, so that the time tells nothing either.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from gettone.control import audit
from gettone.control.brakes import Brakes
from gettone.control.entrances import first_entrance
from gettone.control.letters import LetterKind
from gettone.control.office import Office
from gettone.control.one_time_links import RESET_HOURS, add_link
from gettone.control.post import Post, Recipient
from gettone.control.throttle import network_of, take_all, too_often
from gettone.control.users import check_email
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.users import LinkPurpose

WAITING_MAX = 100

logger = logging.getLogger(__name__)


class PasswordReset:
    """Sends the links. State: what was asked for and is not done yet."""

    def __init__(self, office: Office, post: Post, brakes: Brakes) -> None:
        self._office = office
        self._post = post
        self._brakes = brakes
        self._waiting: set[asyncio.Task[None]] = set()

    async def request(self, *, email: str, address: str | None = None) -> None:
        """Have a link sent, if there is such a person. Raises PlatformError: `invalid` for no address, `denied`."""
        wanted = check_email(email)
        if len(self._waiting) >= WAITING_MAX:
            raise too_often(10)
        take_all((self._brakes.callers, network_of(address)), (self._brakes.letters, f"reset {wanted}"))
        task = asyncio.create_task(self._send(wanted, address))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def close(self) -> None:
        """Wait until all that was asked for is done."""
        while self._waiting:
            await asyncio.wait(self._waiting)

    async def _send(self, email: str, address: str | None) -> None:
        office = self._office
        try:
            async with office.store.writing() as tx:
                user = await tx.users.find(email=email)
                entrance = None if user is None else await first_entrance(tx, user.id)
                if user is None or entrance is None:
                    return
                sid = entrance.account.sid
                made = await add_link(tx, office, LinkPurpose.RESET, sid, RESET_HOURS, user=user)
                to = Recipient(Channel.EMAIL, user.email, user.locale, user.id)
                await self._post.queue(tx, LetterKind.RESET, to, timedelta(hours=RESET_HOURS), secret=made.secret)
                actor = Principal(PrincipalKind.USER, sid, user.email, address=address)
                await audit.record(tx, actor, office.clock, "link.create", user.id, purpose=LinkPurpose.RESET)
        except PlatformError as error:
            logger.warning("a link for a new password was not made: %s", error.message)
            return
        self._post.announce()
