"""Installs the packages of builds, once per set of exact versions, and keeps each set as a bundle among the blobs.

In this order: ask which versions fit; look whether that set is kept; else install it in a folder of its own, pack it,
keep the archive and its row in one transaction. The contract is control.bundles.Packages. Must not know builds.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from gettone.control.archives import Archive, ArchiveBounds, pack
from gettone.control.bundles import Installed, PackagesRequest, Say
from gettone.control.npm import Npm
from gettone.control.pip import Pip
from gettone.control.python_requirements import read_requirements
from gettone.control.registries import Registries
from gettone.control.resolution import Resolution
from gettone.control.workbench import Bench, WorkBounds, Workshop
from gettone.model.builds import Bundle, Dependency
from gettone.model.errors import PlatformError
from gettone.sandbox.node import node_binary
from gettone.store.interface import Store

# Each takes a processor and much of a network connection.
AT_ONCE = 2
_PIECE_BYTES = 1 << 20


class Installs(Protocol):
    """What npm and pip have in common once it is known what fits."""

    @property
    def probe(self) -> Sequence[str]:
        """A command that does nothing."""

    async def install(self, bench: Bench, resolution: Resolution, say: Say) -> Path:
        """Install what was resolved; the folder of the packages."""


@dataclass(frozen=True, slots=True)
class PackageSettings:
    """What the operator decides. `folder` is where installs work (absent: the system's temporary folder).

    `registries` is asked at each install: credentials are renewed while Gettone runs. What it raises is raised.
    """

    registries: Callable[[], Registries]
    scripts: bool = False
    folder: Path | None = None
    work: WorkBounds = WorkBounds()
    archive: ArchiveBounds = ArchiveBounds()


class Installer:
    """Satisfies control.bundles.Packages. State: the workshop, and how many installs are under way."""

    def __init__(self, store: Store, clock: Callable[[], datetime], settings: PackageSettings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._workshop = Workshop(settings.folder, settings.work)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def install(self, request: PackagesRequest, say: Say) -> Installed:
        """Have a request's packages among the blobs. Errors as the contract says."""
        wanted = read_requirements(request.requirements, say)
        registries = self._settings.registries()
        npm = Npm(node_binary(), registries, self._settings.scripts)
        pip = Pip(registries, self._settings.scripts)
        node_bundle = python_bundle = None
        versions: dict[str, str] = {}
        async with self._turn(say):
            if request.dependencies:
                _say_count(say, "npm", len(request.dependencies))
                node_bundle, found = await self._have(
                    npm, lambda bench: npm.resolve(bench, request.dependencies, say), say
                )
                versions |= found
            if wanted:
                _say_count(say, "Python", len(wanted))
                python_bundle, found = await self._have(pip, lambda bench: pip.resolve(bench, wanted, say), say)
                versions |= found
        names = [*(each.name for each in request.dependencies), *(each.name for each in wanted)]
        resolved = tuple(Dependency(name, versions[name]) for name in names if name in versions)
        return Installed(node_bundle, python_bundle, resolved)

    async def close(self) -> None:
        """End what runs. Whoever waits in `install` is cancelled before."""
        await self._workshop.close()

    @asynccontextmanager
    async def _turn(self, say: Say) -> AsyncIterator[None]:
        if self._turns.locked():
            say("Waiting for other builds that install packages")
        async with self._turns:
            try:
                async with asyncio.timeout(self._settings.work.seconds):
                    yield
            except TimeoutError:
                raise PlatformError(
                    "unavailable",
                    f"Installing took longer than {self._settings.work.seconds:g} seconds and was stopped: "
                    "try again, or depend on less",
                ) from None

    async def _have(
        self, tool: Installs, resolve: Callable[[Bench], Awaitable[Resolution]], say: Say
    ) -> tuple[str | None, dict[str, str]]:
        """The digest of the bundle of a set, kept or made, and the versions of what was asked for."""
        async with self._workshop.bench(tool.probe) as bench:
            resolution = await resolve(bench)
            versions = dict(resolution.versions)
            if not resolution.parts:
                return None, versions
            digest = await self._reuse(resolution.key)
            if digest is not None:
                say(f"{_count(resolution)} are here already, from an earlier build with the same versions")
                return digest, versions
            say(f"Installing {_count(resolution)}")
            folder = await tool.install(bench, resolution, say)
            archive = await _pack(folder, bench.folder / "bundle.tar.gz", self._settings.archive)
            digest = await self._keep(resolution, archive, bench.folder / "bundle.tar.gz")
            say(f"Installed: {archive.entries} files and folders, {archive.packed_bytes / 1e6:.1f} MB")
            return digest, versions

    async def _reuse(self, key: str) -> str | None:
        """The bundle of an equal set, if its content is there. It counts as used now."""
        async with self._store.writing() as tx:
            kept = await tx.bundles.find(key=key)
            if kept is None or not await tx.blobs.has(kept.digest):
                return None
            await tx.bundles.update(replace(kept, used_at=self._clock()))
            return kept.digest

    async def _keep(self, resolution: Resolution, archive: Archive, file: Path) -> str:
        now = self._clock()
        bundle = Bundle(resolution.key, archive.digest, resolution.runtime, archive.size_bytes, now, now)
        async with self._store.writing() as tx:
            kept = await tx.bundles.find(key=bundle.key)
            if kept is not None and await tx.blobs.has(kept.digest):
                # An equal build was quicker. Two installs of one set may differ in a byte.
                return kept.digest
            await tx.blobs.put(archive.digest, _pieces(file))
            if kept is None:
                await tx.bundles.add(bundle)
            else:
                await tx.bundles.update(bundle)
        return bundle.digest


async def _pack(folder: Path, archive: Path, bounds: ArchiveBounds) -> Archive:
    """Pack in a thread, which stops soon when whoever waits is cancelled."""
    stopped = threading.Event()
    work = asyncio.create_task(asyncio.to_thread(pack, folder, archive, bounds, lambda: not stopped.is_set()))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait({work})
        raise


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with open(file, "rb") as content:  # noqa: ASYNC230 - read in a thread
        while piece := await asyncio.to_thread(content.read, _PIECE_BYTES):
            yield piece


def _say_count(say: Say, language: str, count: int) -> None:
    say(f"Asking which versions of {count} {language} package{'' if count == 1 else 's'} fit")


def _count(resolution: Resolution) -> str:
    count = len(resolution.parts)
    return f"{count} package{'' if count == 1 else 's'} for {resolution.runtime}"
