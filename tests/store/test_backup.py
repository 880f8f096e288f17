"""A backup is a SQLite file, whichever the engine, and goes back into a new store of either."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.store.interface import Store
from gettone.store.postgres import open_postgres
from gettone.store.restoring import restore_postgres, restore_sqlite
from gettone.store.sqlite import open_sqlite
from tests import stores
from tests.store import nouns

pytestmark = pytest.mark.anyio

POSTGRES = pytest.param("postgres", marks=pytest.mark.needs("postgres", "initdb"))
NOUNS = (
    "accounts",
    "users",
    "memberships",
    "links",
    "sessions",
    "codes",
    "registrations",
    "outbox",
    "terms",
    "api_keys",
    "applications",
    "services",
    "environments",
    "host_names",
    "variables",
    "functions",
    "function_versions",
    "assets",
    "asset_versions",
    "builds",
    "bundles",
    "deployments",
    "audit",
)
CONTENT = b"x" * (3 << 20)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def anyio_backend() -> str:
    """The store runs on asyncio."""
    return "asyncio"


@pytest.fixture
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A store of the engine that the test names, with something of everything in it."""
    opened = stores.postgres() if request.param == "postgres" else stores.sqlite_file(tmp_path)
    async with opened as filled:
        async with filled.writing() as tx:
            await nouns.furnish(tx)
            await tx.memberships.add(nouns.membership())
            await tx.links.add(nouns.link())
            await tx.sessions.add(nouns.session())
            await tx.codes.add(nouns.code())
            await tx.registrations.add(nouns.registration())
            await tx.outbox.add(nouns.message())
            await tx.terms.add(nouns.terms())
            await tx.api_keys.add(nouns.api_key())
            await tx.applications.add(nouns.application())
            await tx.host_names.add(nouns.host_name())
            await tx.variables.add(nouns.variable())
            await tx.bundles.add(nouns.bundle())
            await tx.deployments.add(nouns.deployment())
            await tx.audit.add(nouns.audit_entry())
            await tx.found(nouns.cluster())
            await tx.blobs.put(DIGEST, CONTENT)
        yield filled


async def everything(store: Store) -> dict[str, object]:
    """All rows of all nouns, and a content of several pieces."""
    async with store.reading() as tx:
        rows: dict[str, object] = {noun: list(await getattr(tx, noun).all()) for noun in NOUNS}
        return {**rows, "cluster": await tx.cluster(), "content": await tx.blobs.find(DIGEST)}


@pytest.mark.parametrize("store", ["sqlite", POSTGRES], indirect=True)
@pytest.mark.parametrize("target", ["sqlite", POSTGRES])
async def test_restored_store_holds_what_was_backed_up(store: Store, target: str, tmp_path: Path) -> None:
    """Every row and every content, in either engine; and numbers go on where they were."""
    file = tmp_path / "backup.db"
    await store.backup(str(file))
    before = await everything(store)
    if target == "postgres":
        async with stores.postgres_url() as url:
            await restore_postgres(file, url)
            async with stores.closing(await open_postgres(url)) as restored:
                assert await everything(restored) == before
                await add_another(restored)
    else:
        await restore_sqlite(file, tmp_path / "restored.db")
        async with stores.closing(await open_sqlite(tmp_path / "restored.db")) as restored:
            assert await everything(restored) == before
            await add_another(restored)

    assert before["content"] == CONTENT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def add_another(store: Store) -> None:
    """Add a row as the product does, whose place is counted: it is the newest."""
    async with store.writing() as tx:
        await tx.services.add(nouns.service(2))
        page = await tx.services.page(PageRequest())

    assert page.items[0] == nouns.service(2)


@pytest.mark.parametrize("store", [POSTGRES], indirect=True)
async def test_backup_replaces_nothing(store: Store, tmp_path: Path) -> None:
    """A file that is there stays as it is."""
    file = tmp_path / "there"
    file.write_bytes(b"mine")

    with pytest.raises(PlatformError) as refused:
        await store.backup(str(file))

    assert refused.value.code == "conflict"
    assert file.read_bytes() == b"mine"


@pytest.mark.needs("postgres", "initdb")
async def test_restore_wants_an_empty_database(tmp_path: Path) -> None:
    """Nothing is mixed with what is there."""
    async with stores.sqlite_file(tmp_path) as source, source.writing() as tx:
        await nouns.furnish(tx)
    async with stores.postgres_url() as url:
        await restore_postgres(tmp_path / "gettone.db", url)
        with pytest.raises(PlatformError) as refused:
            await restore_postgres(tmp_path / "gettone.db", url)

    assert refused.value.code == "conflict"
    with pytest.raises(PlatformError, match="is there already"):
        await restore_sqlite(tmp_path / "gettone.db", tmp_path / "gettone.db")
