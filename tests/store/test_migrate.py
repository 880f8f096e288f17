"""Schemas: what migrations make is what the tables say; all of a step or nothing; a newer one is left alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from gettone.model.errors import PlatformError
from gettone.store.columns import METADATA
from gettone.store.database import Database
from gettone.store.interface import LogStore, Store
from gettone.store.logs_schema import LOGS_METADATA
from gettone.store.migrate import LOGS_LINE, STORE_LINE, Line, migrate
from gettone.store.postgres import open_database as open_postgres_database
from gettone.store.postgres import open_postgres, open_postgres_logs
from gettone.store.sqlite import open_database as open_sqlite_database
from gettone.store.sqlite import open_sqlite, open_sqlite_logs
from tests import stores
from tests.postgres import server

pytestmark = pytest.mark.anyio

NEEDS_POSTGRES = pytest.mark.needs("postgres", "initdb")
ENGINES = pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=NEEDS_POSTGRES)])
LINES = {"store": (STORE_LINE, METADATA), "logs": (LOGS_LINE, LOGS_METADATA)}
VERSIONS = (STORE_LINE.table, LOGS_LINE.table)


@pytest.fixture
def anyio_backend() -> str:
    """The store runs on asyncio."""
    return "asyncio"


@pytest.fixture
async def address(engine: str, tmp_path: Path) -> AsyncIterator[str]:
    """Where an empty database is: a file's path, or an address of PostgreSQL."""
    if engine == "sqlite":
        yield str(tmp_path / "gettone.db")
        return
    with server().database() as url:
        yield url


async def open_line(address: str, line: Line) -> Database:
    """Open a database and bring it to the end of a line."""
    if address.startswith("postgresql"):
        return await open_postgres_database(address, line)
    return await open_sqlite_database(Path(address), line)


@asynccontextmanager
async def opened(address: str, line: Line) -> AsyncIterator[Database]:
    """The same, closed at the end."""
    async with stores.closing(await open_line(address, line)) as database:
        yield database


async def ask(address: str, question: Callable[[Connection], Any], line: Line = STORE_LINE) -> Any:
    """Ask a database something, once it is at the end of a line."""
    async with opened(address, line) as database, database.reading() as session:
        return await session.call(question)


def write_steps(folder: Path, *bodies: str) -> Line:
    """A line of migrations: steps 1, 2, …, each with its body."""
    folder.mkdir(exist_ok=True)
    for n, body in enumerate(bodies, 1):
        before = repr(str(n - 1)) if n > 1 else None
        lines = ["from alembic import op", f"revision = '{n}'", f"down_revision = {before}", "def upgrade():", body]
        (folder / f"r{n}.py").write_text("\n".join(lines))
    return Line(folder, "test_version", str(len(bodies)))


@pytest.mark.parametrize("name", LINES)
def test_the_last_step_is_the_one_that_code_names(name: str) -> None:
    """What a start compares with is the newest of the steps that are there."""
    line, _ = LINES[name]

    assert ScriptDirectory(line.folder, version_locations=[line.folder]).get_current_head() == line.head


@ENGINES
@pytest.mark.parametrize("name", LINES)
async def test_migrations_make_what_the_tables_say(address: str, name: str) -> None:
    """Alembic finds nothing to add, to change or to take away."""
    line, metadata = LINES[name]

    def compare(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "include_name": lambda name, kind, _: kind != "table" or name not in VERSIONS}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert await ask(address, compare, line) == []


async def test_created_and_migrated_files_are_alike(tmp_path: Path) -> None:
    """Constraints and indexes, with names, rules and conditions, line by line."""

    def describe(connection: Connection) -> set[tuple[str, ...]]:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        parts = {
            name: sorted(part.strip(" ,\t") for part in re.split(r"\n|,(?= FOREIGN)|, (?=[a-z_]+ [A-Z])", sql))
            for name, sql in rows
        }
        return {(name, *lines) for name, lines in parts.items() if name not in VERSIONS}

    migrated, created = str(tmp_path / "migrated.db"), str(tmp_path / "created.db")
    stores.create_tables(f"sqlite:///{created}")
    both = await ask(migrated, describe) | await ask(migrated, describe, LOGS_LINE)

    assert both == await ask(created, describe)
    assert len(both) > 50


@NEEDS_POSTGRES
async def test_created_and_migrated_databases_are_alike() -> None:
    """Columns, constraints and indexes, as PostgreSQL describes them."""
    questions = (
        (
            "SELECT table_name, column_name, data_type, is_nullable, is_identity FROM information_schema.columns "
            "WHERE table_schema = 'public'"
        ),
        (
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace"
        ),
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    )

    def describe(connection: Connection) -> list[set[tuple[str, ...]]]:
        answers = [connection.execute(text(question)) for question in questions]
        return [{tuple(row) for row in answer if row[0] not in VERSIONS} for answer in answers]

    async with stores.postgres_url() as migrated, stores.postgres_url(created=True) as created:
        one, other = await ask(migrated, describe), await ask(created, describe)

    assert one == other
    assert all(one)


@ENGINES
async def test_several_may_open_a_new_database_at_once(address: str) -> None:
    """One of them makes the tables, the others wait for it."""
    opening: list[Awaitable[Store | LogStore]] = (
        [*(open_postgres(address) for _ in range(3)), *(open_postgres_logs(address) for _ in range(2))]
        if address.startswith("postgresql")
        else [*(open_sqlite(Path(address)) for _ in range(3)), *(open_sqlite_logs(Path(address)) for _ in range(2))]
    )
    async with AsyncExitStack() as stack:
        for each in await asyncio.gather(*opening):
            await stack.enter_async_context(stores.closing(each))
    tables = await ask(address, lambda connection: set(inspect(connection).get_table_names()))

    assert tables >= {*METADATA.tables, *LOGS_METADATA.tables, *VERSIONS}


@ENGINES
async def test_a_newer_schema_is_left_alone(address: str) -> None:
    """It is refused with a sentence that says what to do, and stays as it is."""
    async with opened(address, STORE_LINE) as database, database.writing() as session:
        await session.change(text("UPDATE store_version SET version_num = '9999'"))
    for _ in range(2):
        with pytest.raises(PlatformError) as refused:
            await open_line(address, STORE_LINE)

        assert refused.value.code == "unavailable"
        assert "newer Gettone" in refused.value.message
        assert "9999" in refused.value.message


@ENGINES
async def test_a_step_that_fails_is_undone_with_those_before_it(address: str, tmp_path: Path) -> None:
    """Nothing of them is there afterwards, and when the step is mended the database goes on from where it was."""
    first, broken = "    op.execute('CREATE TABLE one (n INTEGER)')", "    raise ArithmeticError"
    line = write_steps(tmp_path / "steps", first, broken)
    with pytest.raises(ArithmeticError):
        await open_line(address, line)
    tables = await ask(address, lambda connection: inspect(connection).get_table_names(), LOGS_LINE)
    mended = write_steps(tmp_path / "steps", first, "    op.execute('INSERT INTO one VALUES (2)')")
    value = await ask(address, lambda connection: connection.scalar(text("SELECT n FROM one")), mended)

    assert not {"one", line.table} & set(tables)
    assert value == 2


@ENGINES
async def test_a_step_that_was_done_is_not_done_again(address: str, tmp_path: Path) -> None:
    """A database takes the steps that came since, and no others."""
    first = "    op.execute('CREATE TABLE one (n INTEGER)')"
    await (await open_line(address, write_steps(tmp_path / "steps", first))).close()
    longer = write_steps(tmp_path / "steps", first, "    op.execute('INSERT INTO one VALUES (2)')")
    for _ in range(2):
        values = await ask(address, lambda connection: connection.scalars(text("SELECT n FROM one")).all(), longer)

        assert values == [2]


async def test_a_step_that_breaks_references_is_undone(tmp_path: Path) -> None:
    """SQLite does not watch them while tables are made anew; the end of the migration does."""
    first = "    op.execute('CREATE TABLE a (n INTEGER PRIMARY KEY, of INTEGER REFERENCES a (n))')"
    line = write_steps(tmp_path / "steps", first, "    op.execute('INSERT INTO a VALUES (1, 2)')")
    with pytest.raises(PlatformError) as refused:
        await open_line(str(tmp_path / "gettone.db"), line)

    assert refused.value.code == "internal"


async def test_references_are_watched_after_a_migration(tmp_path: Path) -> None:
    """The connection that migrated is the one that writes from then on."""
    for file in (None, tmp_path / "gettone.db"):
        database = await open_sqlite_database(file, STORE_LINE)
        async with stores.closing(database), database.writing() as session:
            watched = await session.value(text("PRAGMA foreign_keys"))

        assert watched == 1


async def test_a_database_that_is_ready_needs_no_steps(tmp_path: Path) -> None:
    """It is opened without Alembic, which takes longer to import than all the rest."""
    async with opened(str(tmp_path / "gettone.db"), STORE_LINE) as database:
        nowhere = Line(tmp_path / "no such folder", STORE_LINE.table, STORE_LINE.head)
        await migrate(database, nowhere)
