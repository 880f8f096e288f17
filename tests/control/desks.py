"""All use cases of services over one office, for tests; and an installer of packages that a test leads by the hand.

Must not know any test.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gettone.control.assets import Assets
from gettone.control.build_requests import Runtimes
from gettone.control.builds import Builds
from gettone.control.bundles import Installed, PackagesRequest, Say
from gettone.control.deployments import Deployments
from gettone.control.environments import Environments
from gettone.control.functions import Functions
from gettone.control.host_names import HostNames
from gettone.control.limits import Limits
from gettone.control.office import Office
from gettone.control.publication import Publication
from gettone.control.services import Services
from gettone.control.variables import EnvironmentVariables
from gettone.model.audit import AuditEntry
from gettone.model.builds import Build
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource
from gettone.model.functions import FunctionVersion
from gettone.model.services import Service
from gettone.routes.segment import EnvironmentSegment
from gettone.store.interface import Store
from tests.control.offices import FIGURES, OTHER_SID, Clock, add_account, holder, open_office

RUNTIMES = Runtimes(pinned={"twilio": "6.2.0"})
NODE_BUNDLE, PYTHON_BUNDLE = "1" * 64, "2" * 64

JAVASCRIPT = b"exports.handler = (context, event, callback) => callback(null, 'hello');\n"


@dataclass
class LedPackages:
    """Installs nothing, and says that it did. What a test puts in `works` is done instead of that, once each."""

    requests: list[PackagesRequest] = field(default_factory=list)
    works: list[Callable[[Say], Awaitable[None]]] = field(default_factory=list)
    error: Exception | None = None
    python_bundle: str = PYTHON_BUNDLE

    async def install(self, request: PackagesRequest, say: Say) -> Installed:
        self.requests.append(request)
        say(f"installing {len(request.dependencies)} and {len(request.requirements)}")
        if self.works:
            await self.works.pop(0)(say)
        if self.error is not None:
            raise self.error
        return Installed(
            NODE_BUNDLE if request.dependencies else None,
            self.python_bundle if request.requirements else None,
            request.dependencies,
        )


class Desk:
    """Every use case of services."""

    def __init__(self, office: Office, packages: LedPackages, runtimes: Runtimes = RUNTIMES) -> None:
        self.office = office
        self.packages = packages
        self.services = Services(office)
        self.environments = Environments(office)
        self.host_names = HostNames(office)
        self.variables = EnvironmentVariables(office)
        self.functions = Functions(office)
        self.assets = Assets(office)
        self.builds = Builds(office, packages, runtimes)
        self.deployments = Deployments(office, self.builds)

    async def service(self, name: str = "shop") -> Service:
        """A service."""
        return await self.services.create(holder(), unique_name=name, friendly_name=name)

    async def environment(self, service: str, suffix: str | None = None) -> EnvironmentResource:
        """An environment of a service."""
        return await self.environments.create(
            holder(), service=service, unique_name=suffix or "production", domain_suffix=suffix
        )

    async def version(self, service: str, path: str = "/hello", content: bytes = JAVASCRIPT) -> FunctionVersion:
        """A version of a new function."""
        function = await self.functions.create(holder(), service=service, friendly_name=path)
        return await self.functions.create_version(
            holder(),
            service=service,
            sid=function.sid,
            path=path,
            visibility="public",
            content=content,
            filename="hello.js",
            content_type="application/javascript",
        )

    async def build(self, service: str, *versions: FunctionVersion) -> Build:
        """A completed build of these versions, or of a new one."""
        wanted = versions or (await self.version(service),)
        build = await self.builds.create(
            holder(), service=service, function_versions=[each.sid for each in wanted], dependencies=None
        )
        return await self.completed(service, build)

    async def completed(self, service: str, build: Build) -> Build:
        """A build as it is when its task has ended."""
        await self.builds.tasks.wait(build.sid)
        return await self.builds.get(holder(), service=service, sid=build.sid)

    async def deploy(self, environment: EnvironmentResource, build: Build | None) -> DeploymentResource:
        """Let an environment serve a build, or nothing."""
        return await self.deployments.create(
            holder(),
            service=environment.service_sid,
            environment_sid=environment.sid,
            build_sid=None if build is None else build.sid,
        )

    async def served(self, environment: EnvironmentResource) -> EnvironmentSegment | None:
        """What is published of an environment."""
        async with self.office.store.reading() as tx:
            found = await (await Publication.open(tx, self.office.vault)).find(environment.sid)
        assert found is None or isinstance(found, EnvironmentSegment)
        return found

    async def revision(self) -> int:
        """The newest revision."""
        async with self.office.store.reading() as tx:
            latest = await tx.snapshots.latest()
        return 0 if latest is None else latest.revision

    async def audited(self) -> list[tuple[str, str, Mapping[str, str]]]:
        """Action, target and detail of all that was written down of the account, oldest first."""
        async with self.office.store.reading() as tx:
            entries: list[AuditEntry] = list(await tx.audit.all(account_sid=holder().account_sid))
        return [(each.action, each.target, each.detail) for each in entries]


@asynccontextmanager
async def open_desk(
    store: Store | None = None, *, clock: Clock | None = None, limits: Limits = FIGURES
) -> AsyncIterator[Desk]:
    """A desk over an office of two accounts, in memory if no store is given. What is under way ends with it."""
    async with open_office(store, clock=clock, limits=limits) as office:
        await add_account(office, OTHER_SID)
        desk = Desk(office, LedPackages())
        try:
            yield desk
        finally:
            await desk.builds.close()
