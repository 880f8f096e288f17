"""What nothing names any more goes, and only that."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gettone.control.housekeeping import tidy
from tests.control.households import household
from tests.control.offices import ACCOUNT_SID, add_account, office
from tests.control.sites import make_site
from tests.control.test_sign_up import sign_up
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


async def test_what_is_over_of_people_is_forgotten() -> None:
    """Sign-ups that nobody confirmed, with their letters, and sessions."""
    async with household() as home:
        await home.person()
        await home.sign_in()
        await sign_up(home, "new@example.com")
        home.clock.move(hours=7 * 24)
        await tidy(home.office)
        async with home.office.store.reading() as tx:
            left = [await rows.count() for rows in (tx.sessions, tx.registrations, tx.outbox, tx.users)]

    assert left == [0, 0, 0, 1]
