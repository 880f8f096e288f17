"""The table that is served now, and how the next one takes its place: prepare, warm, swap, retire.

A request keeps the table that it started with. Swapping is one reference assignment. Workers that no table names drain.
Must not know where tables come from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gettone.model.deployments import Deployment
from gettone.model.functions import Function, Language, Visibility
from gettone.routes.table import Environment, Table
from gettone.wire.messages import AssetFile, FunctionFile, Load, Problem
from gettone.workers.bundles import Bundles
from gettone.workers.pool import Pool
from gettone.workers.spec import WorkerLimits, WorkerSpec


@dataclass(frozen=True, slots=True)
class GuestSettings:
    """What every guest of this gateway is told, whatever it serves."""

    twilio: Path | None
    log_bytes: int
    response_bytes: int
    check: bool = False
    debug_port: int | None = None
    unbounded: bool = False


@dataclass(frozen=True, slots=True)
class Serving:
    """A table, and a worker's specification for each environment and language in it."""

    table: Table
    specs: Mapping[tuple[str, Language], WorkerSpec]


class Current:
    """State: `serving`, replaced as a whole. Publications go one after the other."""

    def __init__(self, pool: Pool, bundles: Bundles, settings: GuestSettings) -> None:
        self._pool = pool
        self._bundles = bundles
        self._settings = settings
        self._publishing = asyncio.Lock()
        self.serving = Serving(Table({}), {})
        pool.on_over = self._forget

    async def publish(self, table: Table) -> tuple[Problem, ...]:
        """Serve this table from now on. What does not compile in it is returned; the rest is served all the same.

        Raises LaunchError when no worker can be had for it, OSError when its files cannot be written: the table before
        goes on.
        """
        async with self._publishing:
            before = self.serving
            specs = {
                (environment.digest, language): await asyncio.to_thread(self._prepare, environment, language)
                for environment in table.environments
                for language in {function.language for function in environment.deployment.functions}
            }
            fresh = [spec for key, spec in specs.items() if key not in before.specs]
            gone = [spec.key for key, spec in before.specs.items() if key not in specs]
            if self._settings.unbounded:  # a debugger's port serves one worker at a time
                for key in gone:
                    await self._pool.drop(key)
            problems = await asyncio.gather(*(self._pool.warm(spec) for spec in fresh))
            self.serving = Serving(table, specs)
            for key in gone:
                self._pool.retire(key)
            return tuple(problem for each in problems for problem in each)

    def _forget(self, key: str) -> None:
        """Remove the files of a deployment that no worker serves and no table names."""
        digest = key.partition("-")[0]
        if not any(named == digest for named, _ in self.serving.specs) and not self._pool.serves(digest):
            self._bundles.remove(digest)

    def _prepare(self, environment: Environment, language: Language) -> WorkerSpec:
        deployment = environment.deployment
        root = self._bundles.write(deployment, environment.digest)
        asked = deployment.settings
        bounds = WorkerLimits(
            timeout_seconds=asked.timeout_seconds, workers_max=asked.workers_max, concurrency=asked.concurrency
        )
        if self._settings.unbounded:
            bounds = WorkerLimits(timeout_seconds=float("inf"), load_seconds=float("inf"), workers_max=1)
        return WorkerSpec(f"{environment.digest}-{language}", language, self._load(deployment, root), bounds)

    def _load(self, deployment: Deployment, root: Path) -> Load:
        settings = self._settings
        return Load(
            root=str(root),
            functions=tuple(_function_file(function) for function in deployment.functions),
            assets=tuple(
                AssetFile(asset.path, asset.file)
                for asset in deployment.assets
                if asset.visibility is Visibility.PRIVATE
            ),
            variables=deployment.variables,
            context={
                "DOMAIN_NAME": deployment.domain_name,
                "SERVICE_SID": deployment.service_sid,
                "ENVIRONMENT_SID": deployment.environment_sid,
            },
            twilio=None if settings.twilio is None else str(settings.twilio),
            log_bytes=settings.log_bytes,
            response_bytes=settings.response_bytes,
            concurrency=deployment.settings.concurrency,
            check=settings.check,
            debug_port=settings.debug_port,
        )


def _function_file(function: Function) -> FunctionFile:
    return FunctionFile(function.path, function.name, function.file, function.source, function.language)
