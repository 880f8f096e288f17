"""A backup's database back into a new store of either engine. Must not know what else a backup holds."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from gettone.model.errors import PlatformError
from gettone.store.copying import copy_rows, remove_file
from gettone.store.migrate import STORE_LINE
from gettone.store.postgres import open_database as open_postgres_database
from gettone.store.sqlite import open_database, open_sqlite


async def check_backup(backup: Path) -> bytes:
    """The text that proves which master key a backup was made under.

    Raises PlatformError `invalid` when it holds no installation, `unavailable` when it is of a newer Gettone.
    """
    store = await open_sqlite(backup)
    try:
        async with store.reading() as tx:
            cluster = await tx.cluster()
    finally:
        await store.close()
    if cluster is None:
        raise PlatformError("invalid", "the backup's database holds no installation of Gettone's")
    return cluster.key_check


async def restore_sqlite(backup: Path, file: Path) -> None:
    """Make a new database file of a backup's, with the newest schema.

    Raises PlatformError `conflict` when the file is there, `unavailable` when the backup is of a newer Gettone.
    """
    draft = await asyncio.to_thread(_draft, backup, file)
    try:
        await (await open_sqlite(draft)).close()
        await asyncio.to_thread(draft.replace, file)
    finally:
        await asyncio.to_thread(remove_file, draft)


def _draft(backup: Path, file: Path) -> Path:
    if file.exists():
        raise PlatformError("conflict", f"{file} is there already: restore into an empty folder")
    draft = file.with_name(f".{file.name}.new")
    remove_file(draft)
    shutil.copyfile(backup, draft)
    draft.chmod(0o600)
    return draft


async def restore_postgres(backup: Path, url: str) -> None:
    """Copy a backup's database into an empty one. Raises PlatformError `conflict` when it is not empty."""
    source = await open_database(backup, STORE_LINE)
    try:
        target = await open_postgres_database(url, STORE_LINE)
        try:
            await copy_rows(source, target)
        finally:
            await target.close()
    finally:
        await source.close()
