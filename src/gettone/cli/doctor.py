"""`gettone doctor`: what this machine has, what is missing, and what to do about it. Changes nothing."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gettone.assembly.control_plane import open_logs, open_store
from gettone.assembly.keys import open_vault
from gettone.assembly.places import database_file
from gettone.cli.server_options import Data, DatabaseUrl
from gettone.model.errors import PlatformError
from gettone.sandbox.enclosure import find_standing
from gettone.sandbox.errors import LaunchError
from gettone.sandbox.node import node_binary
from gettone.sandbox.policy import Kind
from gettone.settings import Settings, read_settings

DISK_BYTES_MIN = 1 << 30
ASK_SECONDS = 5.0
DESCRIPTORS_MIN = 4096


app = typer.Typer()


@app.command(epilog="Example: gettone doctor -o json")
def doctor(
    data: Data = None,
    database_url: DatabaseUrl = None,
    output: Annotated[str, typer.Option("--output", "-o", help="text or json.")] = "text",
) -> None:
    """Tell what this machine has, what is missing, and what to do about it."""
    sys.exit(run_doctor(data, database_url, as_json=output == "json"))


class Verdict(StrEnum):
    """How something is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` says what to do; None where nothing is to be done."""

    subject: str
    verdict: Verdict
    detail: str
    remedy: str | None = None


def run_doctor(data: Path | None, database_url: str | None, as_json: bool) -> int:
    """Look at everything and tell; 1 when something has failed."""
    settings = read_settings(os.environ, {"data": data, "database_url": database_url})
    findings = list(examine(settings))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        width = max(len(finding.subject) for finding in findings)
        for finding in findings:
            print(f"{finding.verdict:<8} {finding.subject:<{width}}  {finding.detail}")
            if finding.remedy is not None:
                print(f"{'':<8} {'':<{width}}  -> {finding.remedy}")
    return 1 if any(finding.verdict is Verdict.FAILED for finding in findings) else 0


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at one thing after the other."""
    yield _python()
    yield _node()
    yield _sandbox(settings)
    yield from _data(settings.data)
    if settings.key_file.exists():
        yield _master_key(settings)
        yield from _database(settings)
    else:
        yield Finding("installation", Verdict.WARNING, f"none in {settings.data}", "run gettone start, or name --data")
    yield _descriptors()


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding(
        "python", Verdict.OK, f"{version}, functions run as python{sys.version_info[0]}.{sys.version_info[1]}"
    )


def _node() -> Finding:
    try:
        said = subprocess.run(
            [str(node_binary()), "--version"], capture_output=True, text=True, timeout=ASK_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("node", Verdict.FAILED, f"does not start: {error}", "install Gettone again: ./run does it")
    return Finding("node", Verdict.OK, said.stdout.strip())


def _sandbox(settings: Settings) -> Finding:
    try:
        standing = find_standing(settings.sandbox)
    except LaunchError as error:
        return Finding("sandbox", Verdict.FAILED, str(error), "install what is missing, or set GETTONE_SANDBOX=off")
    if standing.kind is not Kind.OFF:
        return Finding("sandbox", Verdict.OK, standing.detail)
    if settings.sandbox == Kind.OFF:
        return Finding("sandbox", Verdict.WARNING, standing.detail, "run your own code only, under a user of its own")
    return Finding(
        "sandbox", Verdict.FAILED, standing.detail, "install bubblewrap; docs/security.md says what it needs"
    )


def _data(data: Path) -> Iterator[Finding]:
    where = next(path for path in (data, *data.absolute().parents) if path.exists())
    if not os.access(where, os.W_OK):
        yield Finding("data folder", Verdict.FAILED, f"{where} cannot be written", "choose another with --data")
    else:
        yield Finding("data folder", Verdict.OK, str(data))
    free = shutil.disk_usage(where).free
    detail = f"{free / (1 << 30):.1f} GiB free"
    if free < DISK_BYTES_MIN:
        yield Finding("disk", Verdict.WARNING, detail, "make room: a full disk stops every change, not the tokens")
    else:
        yield Finding("disk", Verdict.OK, detail)


def _master_key(settings: Settings) -> Finding:
    try:
        open_vault(settings)
    except PlatformError as error:
        return Finding("master key", Verdict.FAILED, error.message)
    mode = stat.S_IMODE(settings.key_file.stat().st_mode)
    remedy = None
    if settings.key_file.parent == settings.data:
        remedy = "keep a copy elsewhere, not beside the database's backups: without it the database cannot be read"
    return Finding("master key", Verdict.OK, f"{settings.key_file}, mode {mode:04o}", remedy)


def _database(settings: Settings) -> Iterator[Finding]:
    where = "PostgreSQL" if settings.database_url is not None else str(database_file(settings.data))
    try:
        yield asyncio.run(_ask_database(settings, where))
    except PlatformError as error:
        yield Finding("database", Verdict.FAILED, error.message)


async def _ask_database(settings: Settings, where: str) -> Finding:
    store = await open_store(settings)
    try:
        logs = await open_logs(settings)
        await logs.close()
        async with store.reading() as tx:
            cluster = await tx.cluster()
            latest = await tx.snapshots.latest()
        if cluster is None:
            return Finding("database", Verdict.WARNING, f"{where}, empty", "run gettone start")
        open_vault(settings).check(cluster.key_check)
    finally:
        await store.close()
    revision = 0 if latest is None else latest.revision
    return Finding("database", Verdict.OK, f"{where}, revision {revision}")


def _descriptors() -> Finding:
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < DESCRIPTORS_MIN:
        return Finding(
            "open files",
            Verdict.WARNING,
            f"{soft} at most",
            f"raise the limit: ulimit -n {DESCRIPTORS_MIN}, or LimitNOFILE=",
        )
    return Finding("open files", Verdict.OK, f"{soft} at most")
