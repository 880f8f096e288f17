"""A feed at work over a store in a file, and a log store that can be shut. Must not know any test."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from gettone.control.feed import Feed
from gettone.control.log_writer import LogWriter
from gettone.control.office import Office
from gettone.control.publish import Publisher
from gettone.control.tails import Tails
from gettone.store.sqlite import open_sqlite_logs
from tests.control.log_lines import Gate
from tests.control.offices import ACCOUNT_SID, add_account, office
from tests.stores import sqlite_file


@dataclass(frozen=True, slots=True)
class Station:
    """A feed at work, and what it works with."""

    office: Office
    feed: Feed
    writer: LogWriter
    tails: Tails
    gate: Gate
    path: Path


@asynccontextmanager
async def open_station(folder: Path) -> AsyncIterator[Station]:
    """A feed over a store in a file, with one account."""
    async with sqlite_file(folder) as store:
        gate = Gate(await open_sqlite_logs(folder / "logs.db"))
        desk = office(store, gate, seed=time.monotonic_ns())
        async with store.reading() as tx:
            is_new = await tx.cluster() is None
        if is_new:
            await add_account(desk, ACCOUNT_SID)
        tails = Tails()
        writer = LogWriter(desk, tails)
        writer.open()
        feed = Feed(store, writer, gate)
        cast(Publisher, desk.publisher).listeners.append(feed.announce)
        await feed.serve(folder / "feed.sock")
        try:
            yield Station(desk, feed, writer, tails, gate, folder / "feed.sock")
        finally:
            await feed.close()
            gate.shut = False
            await writer.close()
            await gate.close()
