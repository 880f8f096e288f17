"""A program that a test runs in a mount namespace of its own: a store on a small disk, which then fails.

    disk_trouble.py full|read-only FOLDER

Says `passed` when the store behaved. Must not know why: the test that starts it does.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from gettone.model.errors import PlatformError
from gettone.store.interface import Store
from tests import stores
from tests.store import nouns

LARGE = os.urandom(2 << 20)


def mount(*arguments: str) -> None:
    """Mount something; only this program and its children see it."""
    subprocess.run(["mount", *arguments], check=True)


async def refusal(store: Store, content: bytes) -> PlatformError | None:
    """What a transaction says that writes a row and some content."""
    try:
        async with store.writing() as tx:
            await tx.host_names.add(nouns.host_name(9))
            await tx.blobs.put(hashlib.sha256(content).hexdigest(), content)
    except PlatformError as error:
        return error
    return None


async def look(store: Store) -> tuple[int, int, bool]:
    """What can be read: how many accounts and host names, and whether the large content is there."""
    async with store.reading() as tx:
        large = await tx.blobs.has(hashlib.sha256(LARGE).hexdigest())
        return await tx.accounts.count(), await tx.host_names.count(), large


async def full(folder: Path) -> None:
    """The disk has no room, and then it has."""
    mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder))
    async with stores.sqlite_file(folder) as store:
        async with store.writing() as tx:
            await nouns.furnish(tx)
        for _ in range(2):
            error = await refusal(store, LARGE)
            assert error is not None
            assert (error.code, "full" in error.message) == ("unavailable", True), error
            assert await look(store) == (1, 0, False)
        mount("-o", "remount,size=16m", str(folder))
        assert await refusal(store, LARGE) is None
        assert await look(store) == (1, 1, True)


async def read_only(folder: Path) -> None:
    """The disk takes no writes."""
    disk, view = folder / "disk", folder / "view"
    disk.mkdir()
    view.mkdir()
    mount("-t", "tmpfs", "tmpfs", str(disk))
    async with stores.sqlite_file(disk) as writable:
        async with writable.writing() as tx:
            await nouns.furnish(tx)
        mount("--bind", str(disk), str(view))
        mount("-o", "remount,bind,ro", str(view))
        async with stores.sqlite_file(view) as store:
            error = await refusal(store, b"")
            assert error is not None
            assert (error.code, "read-only" in error.message) == ("unavailable", True), error
            assert await look(store) == (1, 0, False)
        assert await refusal(writable, b"") is None


asyncio.run({"full": full, "read-only": read_only}[sys.argv[1]](Path(sys.argv[2])))
print("passed")
