"""PostgreSQL: addresses as operators write them, a server that stops and comes back, several programs at once."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from gettone.model.errors import PlatformError
from gettone.store.interface import Store
from gettone.store.postgres import open_postgres, open_postgres_logs
from tests import stores
from tests.postgres import PASSWORD, server
from tests.store import nouns

pytestmark = [pytest.mark.anyio, pytest.mark.needs("postgres", "initdb")]

LIMIT = 5
REFUSED_SECONDS = 5  # a server that is gone is no timeout


@pytest.fixture
def anyio_backend() -> str:
    """The store runs on asyncio."""
    return "asyncio"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Address of a database with all tables in it."""
    async with stores.postgres_url() as address:
        yield address


@pytest.fixture
def running() -> Iterator[None]:
    """The server runs again at the end."""
    yield
    server().stop()
    server().start()


async def furnish(store: Store) -> None:
    """Add an account and a service."""
    async with store.writing() as tx:
        await nouns.furnish(tx)


async def count_hosts(store: Store) -> int:
    """How many host names there are."""
    async with store.reading() as tx:
        return await tx.host_names.count()


async def test_a_server_that_stops_is_unavailable_until_it_is_back(url: str, running: None) -> None:
    """Reading and writing say so at once, a block in the middle is undone, and nobody has to start anything anew."""
    async with stores.closing(await open_postgres(url)) as store:
        await furnish(store)
        refusals = []

        async def write() -> None:
            async with store.writing() as tx:
                await tx.host_names.add(nouns.host_name(1))
                await asyncio.to_thread(server().stop)
                await tx.host_names.add(nouns.host_name(2))

        async def write_again() -> None:
            async with store.writing() as tx:
                await tx.host_names.add(nouns.host_name(3))

        begun = time.monotonic()
        for attempt in (write, lambda: count_hosts(store), write_again):
            with pytest.raises(PlatformError) as refused:
                await attempt()
            refusals.append((refused.value.code, PASSWORD in repr(refused.value)))
        took = time.monotonic() - begun
        await asyncio.to_thread(server().start)
        counts = [await count_hosts(store)]
        await write_again()
        counts.append(await count_hosts(store))

    assert refusals == [("unavailable", False)] * 3
    assert took < REFUSED_SECONDS
    assert counts == [0, 1]


async def test_connections_that_died_are_replaced(url: str) -> None:
    """A server that was started anew, or a firewall that cut what was idle, costs no request."""
    async with stores.closing(await open_postgres(url)) as store:
        await furnish(store)
        await asyncio.gather(*(count_hosts(store) for _ in range(8)))
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gettone'")
        counts = await asyncio.gather(*(count_hosts(store) for _ in range(8)))

    assert counts == [0] * 8


async def test_two_programs_take_turns(url: str) -> None:
    """Each checks the rule inside its transaction; together they keep it."""
    async with stores.closing(await open_postgres(url)) as one, stores.closing(await open_postgres(url)) as other:
        await furnish(one)

        async def add(store: Store, n: int) -> None:
            async with store.writing() as tx:
                if await tx.host_names.count() < LIMIT:
                    await tx.host_names.add(nouns.host_name(n))

        await asyncio.gather(*(add(store, n) for n, store in enumerate([one, other] * LIMIT)))
        count = await count_hosts(one)

    assert count == LIMIT


async def test_two_founders_are_one(url: str) -> None:
    """Also before there is any row to lock."""
    async with stores.closing(await open_postgres(url)) as one, stores.closing(await open_postgres(url)) as other:

        async def found(store: Store) -> bool:
            async with store.writing() as tx:
                if await tx.cluster() is not None:
                    return False
                await asyncio.sleep(0)
                await tx.accounts.add(nouns.account())
                await tx.found(nouns.cluster())
                return True

        founded = await asyncio.gather(found(one), found(other))

    assert sorted(founded) == [False, True]


async def test_a_wait_for_another_program_ends(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot write in time is told so; reading and logging go on; afterwards writing does, too."""
    monkeypatch.setattr("gettone.store.postgres._LOCK_BOUND", "SET LOCAL lock_timeout = '50ms'")
    async with (
        stores.closing(await open_postgres(url)) as one,
        stores.closing(await open_postgres(url)) as other,
        stores.closing(await open_postgres_logs(url)) as logs,
    ):
        await furnish(one)
        async with one.writing() as tx:
            await tx.host_names.add(nouns.host_name(1))
            with pytest.raises(PlatformError) as refused:
                await other.writing().__aenter__()
            seen = await count_hosts(other)
            await logs.add([nouns.log_entry()])
        async with other.writing() as tx:
            await tx.host_names.add(nouns.host_name(2))
        after = await count_hosts(one)

    assert (refused.value.code, seen, after) == ("unavailable", 0, 2)
    assert "another process" in refused.value.message


WRONG = {
    "postgresql://hunter2:hunter2@localhost:port/name": "invalid",
    "mysql://hunter2:hunter2@localhost/name": "invalid",
    "postgresql+asyncpg://hunter2:hunter2@localhost/name": "invalid",
    "hunter2": "invalid",
    "": "invalid",
    "postgresql://hunter2:hunter2@127.0.0.1:1/name": "unavailable",
    "postgresql://hunter2:hunter2@127.0.0.1:1/name?sslmod=hunter2": "invalid",
    "postgresql://hunter2:hunter2@127.0.0.1:{port}/postgres": "unavailable",
    "postgresql://gettone%20tests:hunter2@127.0.0.1:{port}/postgres": "unavailable",
    "{right}_hunter2": "unavailable",
    "{right}?sslmode=require": "unavailable",
}


@pytest.mark.parametrize("address", WRONG)
async def test_a_wrong_address_is_told_without_its_password(address: str) -> None:
    """Neither in the message nor anywhere in the traceback."""
    wrong = address.format(port=server().port, right=server().url("postgres"))
    with pytest.raises(PlatformError) as refused:
        await open_postgres(wrong)
    shown = "".join(traceback.format_exception(refused.value)) + repr(refused.value)

    assert refused.value.code == WRONG[address]
    assert not [secret for secret in ("hunter2", PASSWORD) if secret in shown]
    assert "database" in refused.value.message.lower()


async def test_options_of_the_address_are_passed_on(url: str) -> None:
    """`postgres://` is another spelling, and the client's own options count."""
    spelled = url.replace("postgresql://", "postgres://") + "?sslmode=prefer&application_name=of%20mine"
    async with stores.closing(await open_postgres(spelled)) as store, store.reading() as tx:
        await tx.accounts.count()
        with psycopg.connect(url) as other:
            names = other.execute("SELECT application_name FROM pg_stat_activity WHERE state LIKE 'idle%'").fetchall()

    assert ("of mine",) in names


async def test_a_store_shows_no_password(url: str) -> None:
    """However it is printed."""
    async with stores.closing(await open_postgres(url)) as store:
        shown = repr(store) + repr(vars(store)) + repr(vars(vars(store)["_database"]))

    assert PASSWORD not in shown
    assert url not in shown
