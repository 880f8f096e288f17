"""What nothing names any more goes, and only that."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gettone.control.housekeeping import tidy
from tests.control.offices import ACCOUNT_SID, add_account, office
from tests.control.sites import make_site
from tests.stores import sqlite_memory, sqlite_memory_logs

pytestmark = pytest.mark.anyio

ORPHAN = b"nobody's"
DIGEST = hashlib.sha256(ORPHAN).hexdigest()


async def test_content_that_nothing_names_goes_after_a_day() -> None:
    """What was just uploaded stays: its row may be on its way. What a version names stays for good."""
    async with sqlite_memory() as store, sqlite_memory_logs() as logs:
        desk = office(store, logs)
        await add_account(desk, ACCOUNT_SID)
        await make_site(desk)
        async with store.writing() as tx:
            await tx.blobs.put(DIGEST, ORPHAN)

        at_once = await tidy(desk)
        went = await tidy(replace(desk, clock=lambda: datetime.now(UTC) + timedelta(days=2)))
        async with store.reading() as tx:
            versions = await tx.function_versions.all()
            kept = [await tx.blobs.has(version.digest) for version in versions]
            orphan = await tx.blobs.has(DIGEST)

        assert (at_once, went, orphan) == (0, 1, False)
        assert kept
        assert all(kept)
