"""SQLite: what its file promises when the disk is full, read-only or shot at, and what a backup is."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from gettone.model.errors import PlatformError
from gettone.store.interface import Store
from gettone.store.migrate import LOGS_LINE, STORE_LINE
from gettone.store.sqlite import open_database, open_sqlite
from tests import stores
from tests.store import nouns

pytestmark = pytest.mark.anyio

LIMIT = 5
ACKNOWLEDGED = 25  # transactions before the program is shot

# Adds two host names in each transaction, and says so when it is committed.
ADDER = """
import asyncio, sys
from pathlib import Path
from tests import stores
from tests.store import nouns

async def add(folder):
    async with stores.sqlite_file(folder) as store:
        async with store.writing() as tx:
            await nouns.furnish(tx)
        for n in range(0, 10**6, 2):
            async with store.writing() as tx:
                await tx.host_names.add(nouns.host_name(n))
                await tx.host_names.add(nouns.host_name(n + 1))
            print(n, flush=True)

asyncio.run(add(Path(sys.argv[1])))
"""


@pytest.fixture
def anyio_backend() -> str:
    """The store runs on asyncio."""
    return "asyncio"


async def furnish(store: Store) -> None:
    """Add an account and a service."""
    async with store.writing() as tx:
        await nouns.furnish(tx)


async def count_hosts(store: Store) -> int:
    """How many host names there are."""
    async with store.reading() as tx:
        return await tx.host_names.count()


def add_until_shot(folder: Path, repository: Path) -> list[int]:
    """Let another program add host names, and shoot it. What it said of committed transactions."""
    command = [sys.executable, "-c", ADDER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=repository) as adder:
        assert adder.stdout is not None
        lines = [adder.stdout.readline() for _ in range(ACKNOWLEDGED)]
        adder.kill()
        lines += adder.stdout.readlines()
    assert adder.returncode == -signal.SIGKILL
    return [int(line) for line in lines if line.endswith("\n")]


def modes_in(folder: Path) -> dict[str, int]:
    """Who may do what with each file of a folder."""
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


async def test_a_shot_program_loses_nothing_that_was_acknowledged(tmp_path: Path, repository: Path) -> None:
    """After SIGKILL every committed transaction is there, and none is there by half."""
    acknowledged = await asyncio.to_thread(add_until_shot, tmp_path, repository)
    async with stores.sqlite_file(tmp_path) as store, store.reading() as tx:
        kept = {host.host for host in await tx.host_names.all()}

    assert len(acknowledged) >= ACKNOWLEDGED
    assert kept >= {nouns.host_name(n + more).host for n in acknowledged for more in (0, 1)}
    assert len(kept) % 2 == 0


async def test_commits_are_flushed(tmp_path: Path) -> None:
    """The store of record survives a power failure; logs only lose their last lines in one."""
    full, normal = 2, 1
    for line, level in ((STORE_LINE, full), (LOGS_LINE, normal)):
        database = await open_database(tmp_path / line.table, line)
        async with stores.closing(database), database.writing() as session:
            values = [await session.value(text(f"PRAGMA {each}")) for each in ("synchronous", "journal_mode")]

        assert values == [level, "wal"]


async def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """The file, those beside it, and a copy of it, whatever the umask is."""
    before = os.umask(0)
    try:
        async with stores.sqlite_file(tmp_path) as store:
            await furnish(store)
            await store.backup(str(tmp_path / "copy"))
            modes = modes_in(tmp_path)
    finally:
        os.umask(before)

    assert modes == dict.fromkeys(("gettone.db", "gettone.db-wal", "gettone.db-shm", "copy"), 0o600)


async def test_a_backup_is_one_state_while_others_write(tmp_path: Path) -> None:
    """Two rows of one transaction are both in it or both not, and writers need not wait; it opens as a store."""
    async with stores.sqlite_file(tmp_path) as store:
        await furnish(store)
        done = asyncio.Event()

        async def write() -> int:
            n = 0
            while not done.is_set():
                async with store.writing() as tx:
                    await tx.host_names.add(nouns.host_name(n))
                    await tx.host_names.add(nouns.host_name(n + 1))
                n += 2
            return n

        writing = asyncio.create_task(write())
        for n in range(3):
            folder = tmp_path / str(n)
            folder.mkdir()
            await store.backup(str(folder / "gettone.db"))
        done.set()
        written = await writing
    counts = []
    for n in range(3):
        async with stores.sqlite_file(tmp_path / str(n)) as copy:
            counts.append(await count_hosts(copy))

    assert all(count % 2 == 0 and count <= written for count in counts)
    assert written > 0


async def test_a_backup_replaces_nothing(tmp_path: Path) -> None:
    """A file that is there stays; where none can be made, nothing is left behind; memory has nothing to copy."""
    (tmp_path / "there").write_text("precious")
    async with stores.sqlite_file(tmp_path) as store, stores.sqlite_memory() as memory:
        refusals = []
        for each, file in ((store, "there"), (store, "no/folder"), (memory, "new")):
            with pytest.raises(PlatformError) as refused:
                await each.backup(str(tmp_path / file))
            refusals.append(refused.value.code)

    assert refusals == ["conflict", "unavailable", "invalid"]
    assert (tmp_path / "there").read_text() == "precious"
    assert not (tmp_path / "new").exists()


async def test_two_programs_take_turns(tmp_path: Path) -> None:
    """Each checks the rule inside its transaction; together they keep it."""
    async with stores.sqlite_file(tmp_path) as one, stores.sqlite_file(tmp_path) as other:
        await furnish(one)

        async def add(store: Store, n: int) -> None:
            async with store.writing() as tx:
                if await tx.host_names.count() < LIMIT:
                    await tx.host_names.add(nouns.host_name(n))

        await asyncio.gather(*(add(store, n) for n, store in enumerate([one, other] * LIMIT)))
        counts = [await count_hosts(one), await count_hosts(other)]

    assert counts == [LIMIT, LIMIT]


async def test_a_wait_for_another_program_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot write in time is told so; reading goes on; afterwards writing does, too."""
    monkeypatch.setattr("gettone.store.sqlite._EVERYWHERE", ("PRAGMA foreign_keys=ON", "PRAGMA busy_timeout=50"))
    async with stores.sqlite_file(tmp_path) as one, stores.sqlite_file(tmp_path) as other:
        await furnish(one)
        async with one.writing() as tx:
            await tx.host_names.add(nouns.host_name(1))
            with pytest.raises(PlatformError) as refused:
                await other.writing().__aenter__()
            seen = await count_hosts(other)
        async with other.writing() as tx:
            await tx.host_names.add(nouns.host_name(2))
        after = await count_hosts(one)

    assert (refused.value.code, seen, after) == ("unavailable", 0, 2)
    assert "another process" in refused.value.message


async def test_a_file_that_is_no_database_is_told_so(tmp_path: Path) -> None:
    """It stays as it is."""
    file = tmp_path / "gettone.db"
    file.write_bytes(b"something else entirely" * 100)
    with pytest.raises(PlatformError) as refused:
        await open_sqlite(file)

    assert (refused.value.code, "restore a backup" in refused.value.message) == ("unavailable", True)
    assert file.read_bytes() == b"something else entirely" * 100


async def test_a_folder_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    """With the path that was tried."""
    with pytest.raises(PlatformError) as refused:
        await open_sqlite(tmp_path / "no" / "gettone.db")

    assert (refused.value.code, str(tmp_path) in refused.value.message) == ("unavailable", True)


@pytest.mark.needs("unshare", "mount")
@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_trouble_with_the_disk_costs_writes_alone(trouble: str, tmp_path: Path, repository: Path) -> None:
    """Writes are `unavailable` and leave nothing, reads go on, and so do writes when the trouble is over."""
    program = Path(__file__).with_name("disk_trouble.py")
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", sys.executable, str(program), trouble, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository)},
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr, done.stdout) == (0, "", "passed\n")


async def test_pages_that_sqlite_wrote_are_whole(tmp_path: Path) -> None:
    """SQLite itself finds nothing wrong with a file that was written, cancelled and rolled back."""
    async with stores.sqlite_file(tmp_path) as store:
        await furnish(store)

        async def write(n: int) -> None:
            async with store.writing() as tx:
                await tx.host_names.add(nouns.host_name(n))
                if n % 2:
                    raise ArithmeticError

        writing = [asyncio.create_task(write(n)) for n in range(20)]
        await asyncio.sleep(0)
        for task in writing[::3]:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
    with sqlite3.connect(tmp_path / "gettone.db") as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()

    assert (found, orphans) == ([("ok",)], [])
