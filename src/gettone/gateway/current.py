"""The table that is served now, and how the next one takes its place: prepare, warm, swap, retire.

A request keeps the table that it started with. Swapping is one reference assignment. Workers that no table names drain.
Files of an environment are removed once no table that anybody still holds names it and no worker serves it. Must not
know where tables come from.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gettone.model.deployments import Deployment
from gettone.model.functions import Function, Language, Visibility
from gettone.routes.table import Environment, Table
from gettone.sandbox.cells import TASK
from gettone.wire.messages import AssetFile, FunctionFile, Load, Problem
from gettone.workers.bundles import NODE_MODULES, SITE_PACKAGES, Bundles
from gettone.workers.pool import Pool
from gettone.workers.spec import WorkerLimits, WorkerSpec

Specs = Mapping[tuple[str, Language], WorkerSpec]
"""By digest of the environment, and language."""


@dataclass(frozen=True, slots=True)
class GuestSettings:
    """What every guest of this gateway is told, whatever it serves."""

    twilio: Path | None
    log_bytes: int
    response_bytes: int
    check: bool = False
    debug_port: int | None = None
    unbounded: bool = False
    confined: bool = False


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Serving:
    """A table, a worker's specification for each environment and language in it, and the environments by digest."""

    table: Table
    specs: Specs
    environments: Mapping[str, Environment] = field(default_factory=dict)


class Current:
    """State: `serving`, replaced as a whole; `_alive`, every Serving that somebody holds; `_held`, environments that
    were prepared and not abandoned, with how often; `_leaving`, those that a table named, or that were abandoned.
    """

    def __init__(self, pool: Pool, bundles: Bundles, settings: GuestSettings) -> None:
        self._pool = pool
        self._bundles = bundles
        self._settings = settings
        self._publishing = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._alive: weakref.WeakSet[Serving] = weakref.WeakSet()
        self._held: dict[str, tuple[Environment, int]] = {}
        self._leaving: dict[str, Environment] = {}
        self._is_tidied_soon = False
        self.serving = Serving(Table({}), {})
        self._alive.add(self.serving)
        pool.on_over = lambda key: self._tidy_soon()

    @property
    def checks_code(self) -> bool:
        """Whether warming tells what does not compile."""
        return self._settings.check

    def find_environment(self, key: str) -> Environment | None:
        """What a worker of this key serves, or did."""
        digest = key.partition("-")[0]
        found = self.serving.environments.get(digest) or self._leaving.get(digest)
        return self._held.get(digest, (None, 0))[0] if found is None else found

    def is_in_use(self, environment: Environment) -> bool:
        """Whether an environment has workers or calls."""
        return self._pool.serves(environment.digest)

    async def publish(self, table: Table) -> tuple[Problem, ...]:
        """Serve this table from now on. What does not compile in it is returned; the rest is served all the same.

        Raises LaunchError when no worker can be had for it, OSError when its files cannot be written: the table before
        goes on. Publications go one after the other.
        """
        async with self._publishing:
            before = self.serving.specs
            specs: dict[tuple[str, Language], WorkerSpec] = {}
            prepared: list[Environment] = []
            try:
                for environment in table.environments:
                    specs |= await self.prepare(environment)
                    prepared.append(environment)
                if self._settings.unbounded:  # a debugger's port serves one worker at a time
                    for key in before.keys() - specs.keys():
                        await self._pool.drop(before[key].key)
                problems = await self.warm(spec for key, spec in specs.items() if key not in before)
                self.swap(Serving(table, specs, {environment.digest: environment for environment in prepared}))
            finally:
                self.abandon(prepared)
            return problems

    async def prepare(self, environment: Environment) -> Specs:
        """Write an environment's files. They stay until `abandon`, and while a table names them. Raises OSError."""
        self._hold(environment)
        try:
            return await asyncio.to_thread(self._prepare, environment)
        except BaseException:
            self.abandon([environment])
            raise

    async def prepare_all(self, environments: Iterable[Environment]) -> list[Specs | OSError]:
        """Prepare many, each on its own: what it came to."""
        wanted = list(environments)
        for environment in wanted:
            self._hold(environment)
        return await asyncio.to_thread(lambda: [self._try_to_prepare(each) for each in wanted])

    async def warm(self, specs: Iterable[WorkerSpec]) -> tuple[Problem, ...]:
        """Have a worker of each ready; what does not compile, where that is asked for. Raises LaunchError."""
        problems = await asyncio.gather(*(self._pool.warm(spec) for spec in specs))
        return tuple(problem for each in problems for problem in each)

    def swap(self, serving: Serving) -> None:
        """Serve this from now on. All of it was prepared."""
        before, self.serving = self.serving, serving
        self._alive.add(serving)
        for digest in before.environments.keys() - serving.environments.keys():
            self._leaving[digest] = before.environments[digest]
        for key in before.specs.keys() - serving.specs.keys():
            self._pool.retire(before.specs[key].key)
        for key in serving.specs.keys() - before.specs.keys():
            self._pool.restore(serving.specs[key].key)
        # Requests that began under the table before may still ask for what it names.
        weakref.finalize(before, self._tidy_soon).atexit = False

    def abandon(self, environments: Iterable[Environment]) -> None:
        """Undo one `prepare` of each: from now on they stay only while a table names them."""
        for environment in environments:
            count = self._held[environment.digest][1]
            if count > 1:
                self._held[environment.digest] = (environment, count - 1)
            else:
                del self._held[environment.digest]
                self._leaving[environment.digest] = environment
        self._tidy_soon()

    def _hold(self, environment: Environment) -> None:
        count = self._held.get(environment.digest, (environment, 0))[1]
        self._held[environment.digest] = (environment, count + 1)

    def _tidy_soon(self) -> None:
        """Tidy when whatever goes on now is done. Called by the garbage collector, too, on any thread."""
        if not self._is_tidied_soon and not self._loop.is_closed():
            self._is_tidied_soon = True
            self._loop.call_soon_threadsafe(self._tidy)

    def _tidy(self) -> None:
        """Remove the files of environments that nobody can ask for any more."""
        self._is_tidied_soon = False
        alive = list(self._alive)
        for digest, environment in list(self._leaving.items()):
            if digest in self._held or digest in self.serving.environments:
                del self._leaving[digest]
            elif not any(digest in each.environments for each in alive):
                for language in _languages(environment):  # warmed, and never served
                    self._pool.retire(f"{digest}-{language}")
                if not self._pool.serves(digest):
                    del self._leaving[digest]
                    self._bundles.remove(digest)

    def _try_to_prepare(self, environment: Environment) -> Specs | OSError:
        try:
            return self._prepare(environment)
        except OSError as error:
            return error

    def _prepare(self, environment: Environment) -> Specs:
        root = self._bundles.write(environment.deployment, environment.digest)
        return {
            (environment.digest, language): self._spec(environment, language, root)
            for language in _languages(environment)
        }

    def _spec(self, environment: Environment, language: Language, root: Path) -> WorkerSpec:
        deployment = environment.deployment
        asked = deployment.settings
        bounds = WorkerLimits(
            timeout_seconds=asked.timeout_seconds, workers_max=asked.workers_max, concurrency=asked.concurrency
        )
        if self._settings.unbounded:
            bounds = WorkerLimits(timeout_seconds=float("inf"), load_seconds=float("inf"), workers_max=1)
        place, folder = (
            (NODE_MODULES, deployment.node_modules)
            if language is Language.JAVASCRIPT
            else (SITE_PACKAGES, deployment.site_packages)
        )
        packages = {} if folder is None else {place: folder}
        load = self._load(deployment, TASK if self._settings.confined else str(root))
        return WorkerSpec(f"{environment.digest}-{language}", language, load, bounds, root, packages)

    def _load(self, deployment: Deployment, root: str) -> Load:
        settings = self._settings
        return Load(
            root=root,
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


def _languages(environment: Environment) -> frozenset[Language]:
    return frozenset(function.language for function in environment.deployment.functions)


def _function_file(function: Function) -> FunctionFile:
    return FunctionFile(function.path, function.name, function.file, function.source, function.language)
