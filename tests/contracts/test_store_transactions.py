"""What a transaction of every store is: alone when it writes, of one state when it reads, all or nothing."""

from __future__ import annotations

import asyncio

import pytest

from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.store.interface import Store
from tests.store import nouns
from tests.store.nouns import ACCOUNT

pytestmark = pytest.mark.anyio

LIMIT = 5


@pytest.fixture
async def furnished(engine_store: Store) -> Store:
    """A store with one account and a service in it."""
    async with engine_store.writing() as tx:
        await nouns.furnish(tx)
    return engine_store


async def count_hosts(store: Store) -> int:
    """How many host names there are."""
    async with store.reading() as tx:
        return await tx.host_names.count()


async def test_a_block_that_raises_leaves_nothing(furnished: Store) -> None:
    """Everything that was written in it is undone; whatever it raised goes on."""

    class OwnError(Exception):
        pass

    async def write() -> None:
        async with furnished.writing() as tx:
            await tx.host_names.add(nouns.host_name())
            await tx.accounts.update(nouns.account(friendly_name="changed"))
            raise OwnError

    with pytest.raises(OwnError):
        await write()
    async with furnished.reading() as tx:
        account = await tx.accounts.find(sid=ACCOUNT)

    assert (await count_hosts(furnished), account) == (0, nouns.account())


async def test_an_error_of_the_store_ends_the_block(furnished: Store) -> None:
    """What went before a conflict is undone with it."""

    async def write() -> None:
        async with furnished.writing() as tx:
            await tx.host_names.add(nouns.host_name(1))
            await tx.accounts.add(nouns.account())

    with pytest.raises(PlatformError) as refused:
        await write()

    assert (refused.value.code, await count_hosts(furnished)) == ("conflict", 0)


async def test_a_reading_transaction_cannot_write(furnished: Store) -> None:
    """The database itself refuses, and the store goes on."""
    with pytest.raises(PlatformError) as refused:
        async with furnished.reading() as tx:
            await tx.host_names.add(nouns.host_name())
    async with furnished.writing() as tx:
        await tx.host_names.add(nouns.host_name())

    assert (refused.value.code, await count_hosts(furnished)) == ("internal", 1)


async def test_a_transaction_is_over_with_its_block(furnished: Store) -> None:
    """Using one afterwards is a slip, not a statement outside any transaction."""
    async with furnished.writing() as written:
        pass
    async with furnished.reading() as read:
        pass

    for over in (written, read):
        with pytest.raises(RuntimeError):
            await over.accounts.count()


async def test_a_rule_that_is_checked_still_holds_at_commit(furnished: Store) -> None:
    """Ten tasks each add one more while there are fewer than five: five get through, nobody fails."""

    async def add(n: int) -> bool:
        async with furnished.writing() as tx:
            if await tx.host_names.count() >= LIMIT:
                return False
            await tx.host_names.add(nouns.host_name(n))
            return True

    added = await asyncio.gather(*(add(n) for n in range(2 * LIMIT)))

    assert (sum(added), await count_hosts(furnished)) == (LIMIT, LIMIT)


async def test_writing_transactions_come_one_after_the_other(furnished: Store) -> None:
    """The second block begins when the first has been committed."""
    inside: list[str] = []
    first_is_in, second_waits = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with furnished.writing() as tx:
            first_is_in.set()
            await second_waits.wait()
            await tx.host_names.add(nouns.host_name(1))
            inside.append("first")

    async def second() -> int:
        await first_is_in.wait()
        asyncio.get_running_loop().call_soon(second_waits.set)
        async with furnished.writing() as tx:
            inside.append("second")
            return await tx.host_names.count()

    _, seen = await asyncio.gather(first(), second())

    assert (inside, seen) == (["first", "second"], 1)


async def test_a_reader_sees_one_state(furnished: Store) -> None:
    """What is committed while it reads does not show in it; what is not committed never shows."""
    begun = asyncio.Event()

    async def write() -> None:
        await begun.wait()
        async with furnished.writing() as tx:
            await tx.host_names.add(nouns.host_name(1))

    async def read() -> list[int]:
        async with furnished.reading() as tx:
            counts = [await tx.host_names.count()]
            begun.set()
            # In memory there is one connection, and the writer waits for the reader: the promise is the same.
            await asyncio.wait((committing,), timeout=0.1)
            counts += [await tx.host_names.count(), len((await tx.host_names.page(PageRequest())).items)]
        return counts

    committing = asyncio.create_task(write())
    seen = await read()
    await committing

    assert (seen, await count_hosts(furnished)) == ([0, 0, 0], 1)


async def test_many_readers_get_their_turn(furnished: Store) -> None:
    """More than there are connections, while somebody writes: everybody is served."""

    async def write() -> None:
        for n in range(10):
            async with furnished.writing() as tx:
                await tx.host_names.add(nouns.host_name(n))

    counts = await asyncio.gather(*(count_hosts(furnished) for _ in range(40)), write())

    assert all(count is None or 0 <= count <= 10 for count in counts)
    assert await count_hosts(furnished) == 10


@pytest.mark.parametrize("turns", [0, 1, 3, 10, 30, 60, 100, 200, 400, 800])
async def test_a_cancelled_writer_leaves_all_or_nothing(furnished: Store, turns: int) -> None:
    """Cancelled at any point, the block is committed whole or undone whole, and the next writer gets in at once."""

    async def write() -> None:
        async with furnished.writing() as tx:
            await tx.host_names.add(nouns.host_name(1))
            await tx.host_names.add(nouns.host_name(2))

    writing = asyncio.create_task(write())
    for _ in range(turns):  # of the loop: some end before the transaction begins, some in it, some after it
        await asyncio.sleep(0)
    writing.cancel()
    await asyncio.wait((writing,))
    count = await count_hosts(furnished)
    async with asyncio.timeout(5):
        async with furnished.writing() as tx:
            await tx.host_names.add(nouns.host_name(3))

    assert (count, await count_hosts(furnished)) in ((0, 1), (2, 3))
    assert count == 2 or writing.cancelled()


async def test_a_cancelled_block_is_undone(furnished: Store) -> None:
    """Cancelled between two statements, nothing of it stays."""
    written = asyncio.Event()

    async def write() -> None:
        async with furnished.writing() as tx:
            await tx.host_names.add(nouns.host_name(1))
            written.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write())
    await written.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing

    assert await count_hosts(furnished) == 0


async def test_who_is_cancelled_while_waiting_holds_up_nobody(furnished: Store) -> None:
    """A writer that gave up in the queue is skipped."""
    async with furnished.writing() as tx:
        waiting = asyncio.create_task(furnished.writing().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await tx.host_names.add(nouns.host_name(1))
    async with furnished.writing() as tx:
        await tx.host_names.add(nouns.host_name(2))

    assert await count_hosts(furnished) == 2


async def test_a_wait_for_the_writer_ends(furnished: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot write in time is told so, and the store goes on."""
    monkeypatch.setattr("gettone.store.database.LOCK_SECONDS", 0.05)
    async with furnished.writing() as tx:
        with pytest.raises(PlatformError) as refused:
            await furnished.writing().__aenter__()
        await tx.host_names.add(nouns.host_name(1))

    assert (refused.value.code, await count_hosts(furnished)) == ("unavailable", 1)
