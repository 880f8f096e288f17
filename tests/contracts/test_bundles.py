"""What control installs and packs, a gateway unpacks, and functions of both languages import: with real guests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

import gettone
from gettone.control.bundles import Installed, PackagesRequest
from gettone.control.packages import Installer, PackageSettings
from gettone.control.registries import NpmRegistry, PythonIndex, Registries
from gettone.gateway.packages import Packages
from gettone.model.builds import Dependency
from gettone.model.deployments import Deployment
from gettone.model.functions import Function, Language, Visibility
from gettone.model.sids import EnvironmentSid, ServiceSid
from gettone.sandbox.launch import Nursery
from gettone.sandbox.node import node_binary
from gettone.store.interface import Store
from gettone.wire.messages import FunctionFile, Load
from gettone.workers.bundles import Bundles
from gettone.workers.guestroot import write_guest_root, zygote_command
from gettone.workers.logs import LogRecord
from gettone.workers.outcome import Outcome
from gettone.workers.pool import Pool
from gettone.workers.runtimes import GuestSource, NodeSource, PythonSource
from gettone.workers.spec import WorkerLimits, WorkerSpec
from tests.registry import NPM_TOKEN, registry
from tests.stores import sqlite_memory

pytestmark = pytest.mark.anyio

MEMORY_BYTES = 256 << 20
DIGEST = "d" * 64
PYTHON = """
import gettone, plain, wordy

def handler(context, event):
    return [wordy.greeting, plain.__file__.rpartition("/site-packages/")[2], gettone.__file__]
"""
JAVASCRIPT = """
const greet = require('greeter');
const secret = require('@acme/secret');
exports.handler = (context, event, callback) => callback(null, [greet('hello'), secret, typeof require('twilio').jwt]);
"""
FUNCTIONS = {
    Language.PYTHON: Function(
        "/p", "p", "functions/p.py", "handlers/p.py", Language.PYTHON, Visibility.PUBLIC, PYTHON.encode()
    ),
    Language.JAVASCRIPT: Function(
        "/j", "j", "functions/j.js", "handlers/j.js", Language.JAVASCRIPT, Visibility.PUBLIC, JAVASCRIPT.encode()
    ),
}


class Silent:
    """Keeps no log line."""

    def log(self, record: LogRecord) -> None:
        """Forget it."""


async def install(store: Store, folder: Path) -> Installed:
    """Packages of both languages, one of them private."""
    with registry() as serving:
        npm = (NpmRegistry(serving.url("npm")), NpmRegistry(serving.url("npm-locked"), "@acme", token=NPM_TOKEN))
        python = (PythonIndex(serving.url("simple")),)
        registries = Registries(npm, python=python, proxy=serving.closed, no_proxy="127.0.0.1")
        settings = PackageSettings(lambda: registries, folder=folder)
        installer = Installer(store, lambda: datetime(2026, 11, 24, tzinfo=UTC), settings)
        wanted = (Dependency("greeter", "^2.0.0"), Dependency("@acme/secret", "*"))
        try:
            return await installer.install(PackagesRequest(wanted, ("wordy",)), lambda line: None)
        finally:
            await installer.close()


async def unpack(store: Store, cache: Packages, digest: str | None, name: str, archive: Path) -> Path:
    """A bundle as a gateway has it."""
    assert digest is not None
    async with store.reading() as tx:
        archive.write_bytes(b"".join([piece async for piece in tx.blobs.pieces(digest)]))  # noqa: ASYNC240 - a test's own
    return cache.unpack(digest, name, archive)


@asynccontextmanager
async def open_pool(folder: Path) -> AsyncIterator[Pool]:
    """Workers of both languages."""
    nursery = Nursery()
    guest = Path(gettone.__file__).parent / "guests" / "javascript" / "guest.js"
    root = write_guest_root(folder)
    sources: dict[str, GuestSource] = {
        str(Language.PYTHON): PythonSource(nursery, zygote_command(root, None), MEMORY_BYTES),
        str(Language.JAVASCRIPT): NodeSource(nursery, node_binary(), guest, MEMORY_BYTES),
    }
    pool = Pool(sources, Silent(), {})
    pool.open()
    try:
        yield pool
    finally:
        await pool.close()
        await nursery.close()


async def invoke(pool: Pool, root: Path, language: Language) -> Outcome:
    """Call the function of this language."""
    files = tuple(FunctionFile(f.path, f.name, f.file, f.source, f.language) for f in FUNCTIONS.values())
    twilio = Path(gettone.__file__).parent / "guests" / "javascript" / "node_modules" / "twilio"
    load = Load(str(root), files, (), {}, {}, str(twilio), log_bytes=10_000, response_bytes=10_000)
    spec = WorkerSpec(f"{DIGEST}-{language}", language, load, WorkerLimits(), root)
    return await pool.invoke(spec, FUNCTIONS[language].path, "RQ" + "0" * 32, b'{"parameters":{},"headers":[]}')


async def test_functions_of_both_languages_import_what_their_build_installed(tmp_path: Path) -> None:
    """Also what a package needs in turn, a private one, and the pinned twilio beside them; byte code is used."""
    async with sqlite_memory() as store:
        installed = await install(store, tmp_path / "installs")
        cache = Packages(tmp_path / "cache", lambda: 0.0)
        cache.open()
        node_modules = await unpack(store, cache, installed.node_bundle, "node_modules", tmp_path / "node.archive")
        site_packages = await unpack(
            store, cache, installed.python_bundle, "site-packages", tmp_path / "python.archive"
        )
    deployment = Deployment(
        ServiceSid("ZS" + "0" * 32),
        EnvironmentSid("ZE" + "0" * 32),
        "functions.localhost",
        tuple(FUNCTIONS.values()),
        (),
        node_modules=node_modules,
        site_packages=site_packages,
    )
    # Only byte code says what it said when it was installed.
    (site_packages / "plain.py").write_text("greeting = 'from source'\n")
    root = Bundles(tmp_path / "tasks").write(deployment, DIGEST)
    async with open_pool(tmp_path) as pool:
        answers = [await invoke(pool, root, language) for language in FUNCTIONS]

    python, javascript = (json.loads(getattr(answer, "body", b"null")) for answer in answers)
    assert python[:2] == ["hello", "plain.py"], answers
    assert python[2].startswith(str(tmp_path / "guestroot")), "the guest's own gettone"
    assert javascript == ["   hello", 1, "object"], answers
