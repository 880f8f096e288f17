"""`gettone backup` and `gettone restore`: everything that is kept, in one file, and back from it.

A backup is a tar archive: `backup.json` (what it is), `gettone.db` (a SQLite database, whichever the engine was), and
`master.key.locked` where it was asked for. Log lines and what gateways hold are not in it.
"""

from __future__ import annotations

import asyncio
import getpass
import io
import json
import os
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from gettone.assembly.control_plane import open_store
from gettone.assembly.keys import open_vault
from gettone.assembly.places import database_file, gateway_folder, private_folder
from gettone.cli.server_options import Data, DatabaseUrl
from gettone.control.master_key import lock_master_key, read_master_key, unlock_master_key, write_master_key
from gettone.model.errors import PlatformError
from gettone.settings import Settings, read_settings

FORMAT = 1
ABOUT, DATABASE, KEY = "backup.json", "gettone.db", "master.key.locked"
KEY_BYTES_MAX = 4096


app = typer.Typer()


@app.command(epilog="Example: gettone backup friday.backup --data /var/lib/gettone --with-key")
def backup(
    file: Annotated[Path, typer.Argument(help="A new file.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    with_key: Annotated[bool, typer.Option("--with-key", help="Put the master key in it, under a passphrase.")] = False,
) -> None:
    """Write all that is kept to one file, also while Gettone runs. The passphrase is asked for, or read from stdin."""
    run_backup(file, data, database_url, with_key)


def run_backup(file: Path, data: Path | None, database_url: str | None, with_key: bool) -> None:
    """Write a backup while Gettone runs, or while it does not. Raises PlatformError."""
    settings = read_settings(os.environ, {"data": data, "database_url": database_url})
    master_key = read_master_key(settings.key_file)
    if file.exists():
        raise PlatformError("conflict", f"{file} is there already: name a new file")
    locked = lock_master_key(master_key, _new_passphrase(), os.urandom) if with_key else None
    with tempfile.TemporaryDirectory(prefix=".gettone-backup-", dir=file.absolute().parent) as folder:
        database = Path(folder) / DATABASE
        asyncio.run(_copy(settings, database))
        draft = Path(folder) / "draft"
        _pack(draft, database, locked)
        os.link(draft, file)  # never over what is there
    print(f"Wrote {file} ({file.stat().st_size / (1 << 20):.1f} MiB).")
    if locked is None:
        print(f"The master key is not in it. Keep a copy of {settings.key_file} elsewhere: without it nothing opens.")
    else:
        print("The master key is in it, under your passphrase. Without the passphrase nothing opens.")


def run_restore(file: Path, data: Path | None, database_url: str | None) -> None:
    """Make a new installation of a backup: an empty data folder, or an empty database. Raises PlatformError."""
    settings = read_settings(os.environ, {"data": data, "database_url": database_url})
    private_folder(settings.data)
    if gateway_folder(settings.data).exists():
        raise PlatformError("conflict", f"{settings.data} has been served from: restore into an empty folder (--data)")
    with tempfile.TemporaryDirectory(prefix=".gettone-restore-", dir=settings.data) as folder:
        locked = _unpack(file, Path(folder))
        made_key = _bring_key(settings, locked)
        done = False
        try:
            asyncio.run(_restore(settings, Path(folder) / DATABASE))
            done = True
        finally:
            if made_key and not done:
                settings.key_file.unlink()
    print(f"Restored {file} into {settings.data}. Start it with: gettone start --data {settings.data}")


async def _copy(settings: Settings, target: Path) -> None:
    store = await open_store(settings)
    try:
        async with store.reading() as tx:
            cluster = await tx.cluster()
        if cluster is None:
            raise PlatformError("not_found", "there is nothing to back up yet: run gettone start first")
        open_vault(settings).check(cluster.key_check)
        await store.backup(str(target))
    finally:
        await store.close()


async def _restore(settings: Settings, backup: Path) -> None:
    from gettone.store.restoring import check_backup, restore_postgres, restore_sqlite

    open_vault(settings).check(await check_backup(backup))
    if settings.database_url is not None:
        await restore_postgres(backup, settings.database_url)
    else:
        await restore_sqlite(backup, database_file(settings.data))


def _pack(draft: Path, database: Path, locked: bytes | None) -> None:
    about = {
        "format": FORMAT,
        "version": version("gettone"),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
            _add(archive, ABOUT, json.dumps(about).encode())
            if locked is not None:
                _add(archive, KEY, locked)
            archive.add(database, DATABASE)
        stream.flush()
        os.fsync(stream.fileno())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, io.BytesIO(content))


def _unpack(file: Path, folder: Path) -> bytes | None:
    """The database into the folder; the locked key, where there is one."""
    locked = about = None
    try:
        with tarfile.open(file, "r|gz") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    continue
                if member.name == DATABASE:
                    with (folder / DATABASE).open("xb") as target:
                        while piece := content.read(1 << 20):
                            target.write(piece)
                elif member.name in (ABOUT, KEY) and member.size <= KEY_BYTES_MAX:
                    if member.name == KEY:
                        locked = content.read()
                    else:
                        about = json.loads(content.read())
    except FileNotFoundError:
        raise PlatformError("not_found", f"there is no file {file}") from None
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise PlatformError("invalid", f"{file} is no whole backup of Gettone's: {error}") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT or not (folder / DATABASE).exists():
        raise PlatformError("invalid", f"{file} is no backup of Gettone's, or one of a newer version")
    return locked


def _bring_key(settings: Settings, locked: bytes | None) -> bool:
    """Have the master key in place; whether it was made here."""
    if settings.key_file.exists():
        return False
    if locked is None:
        raise PlatformError(
            "not_found", f"the master key is not in this backup: put your copy of it at {settings.key_file} first"
        )
    write_master_key(settings.key_file, unlock_master_key(locked, _passphrase("Passphrase of the master key: ")))
    return True


def _new_passphrase() -> str:
    first = _passphrase("Passphrase for the master key: ")
    if sys.stdin.isatty() and _passphrase("The same again: ") != first:
        raise PlatformError("invalid", "the two passphrases differ: nothing was written")
    return first


def _passphrase(prompt: str) -> str:
    """From the terminal, without showing it; else the first line of standard input."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
