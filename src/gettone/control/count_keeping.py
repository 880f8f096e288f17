"""Counts of requests on their way into the log store, and out of it when they are old. Must not know connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from gettone.control.office import Office
from gettone.model.errors import PlatformError
from gettone.model.request_counts import MinuteCount
from gettone.store.interface import LogStore

RETENTION = timedelta(days=30)
RETRY_SECONDS = (0.1, 5.0)  # the first wait while the store is away, and the longest

logger = logging.getLogger(__name__)


async def keep_counts(store: LogStore, counts: Sequence[MinuteCount]) -> None:
    """Keep a batch, however long the store is away. Whoever sends it waits, and sends no other meanwhile."""
    wait = RETRY_SECONDS[0]
    while True:
        try:
            await store.add_counts(counts)
        except PlatformError as error:
            if error.code != "unavailable":
                # It would be refused for ever: figures with a gap are better than none.
                logger.exception("counts of requests are lost")
                return
            if wait == RETRY_SECONDS[0]:
                logger.warning("counts of requests wait: %s", error.message)
            await asyncio.sleep(wait)
            wait = min(2 * wait, RETRY_SECONDS[1])
        else:
            return


async def forget_old_counts(office: Office) -> int:
    """Delete what is older than RETENTION. How many went. Raises PlatformError `unavailable`."""
    return await office.logs.prune_counts(office.clock() - RETENTION)
