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
MINUTES_KEPT = timedelta(days=3)  # hours are a sixtieth of the disk, and of the time that a month takes to add up
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


async def tidy_counts(office: Office) -> None:
    """Fold what is older than MINUTES_KEPT into hours, and delete what is older than RETENTION.

    A gateway may send again what was kept and not acknowledged, and never so late: what is folded is told no more.
    Raises PlatformError `unavailable`.
    """
    now = office.clock()
    await office.logs.prune_counts(now - RETENTION)
    await office.logs.fold_counts(now - MINUTES_KEPT)
