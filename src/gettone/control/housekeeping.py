"""What is named by nothing any more goes, and what is too old, now and then. Must not know nouns."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from gettone.control.count_keeping import tidy_counts
from gettone.control.office import Office
from gettone.model.errors import PlatformError

EVERY_SECONDS = 3600.0
# An upload keeps its content before the row that names it, and a build its bundle: neither takes so long.
CONTENT_AGE = timedelta(days=1)

logger = logging.getLogger(__name__)


async def keep_house(office: Office) -> None:
    """Delete what nobody needs, every hour, until cancelled."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await tidy(office)
        except PlatformError as error:
            logger.warning("old contents stay for now: %s", error.message)
        try:
            await tidy_counts(office)
        except PlatformError as error:
            logger.warning("old counts stay for now: %s", error.message)


async def tidy(office: Office) -> int:
    """Delete contents that nothing names; how many went. Raises PlatformError `unavailable`."""
    async with office.store.writing() as tx:
        await tx.forget_expired(office.clock())
        return await tx.blobs.prune(office.clock() - CONTENT_AGE)
