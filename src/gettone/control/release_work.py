"""What a deploy from an editor does, in transactions: check, build, install, go live. Must not know who watches whom.

What does not compile is refused before anything is built. What is wanted is read again in the transaction that builds
it, which also lets it go live where nothing has to be installed: so of two who save at once neither is refused. Where
something has, the environment may change meanwhile; then all begins again with what is live now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gettone.control import access
from gettone.control.access import Permission
from gettone.control.build_contents import BuildContent
from gettone.control.builds import Builds, get_build
from gettone.control.checking import CodeChecker
from gettone.control.environments import get_environment
from gettone.control.going_live import check_deployable, go_live
from gettone.control.office import Office
from gettone.control.progress import Progress, SourceProblem, StepName
from gettone.control.rehearsing import rehearse
from gettone.control.release_contents import Choose, Wanted
from gettone.control.reuse import already_installed, failed, is_equal
from gettone.control.services import enter_service
from gettone.control.sheets import content_of, find_live
from gettone.model.builds import Build, BuildStatus
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionVersion
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.sids import BuildSid, EnvironmentSid, ServiceSid
from gettone.store.interface import Transaction

ATTEMPTS = 5
SAY_SECONDS = 0.5
LOG_LINES_MAX = 40

TO_DEPLOY = (Permission.DEPLOYMENTS_WRITE,)
TO_BUILD = (*TO_DEPLOY, Permission.BUILDS_WRITE, Permission.FUNCTIONS_READ, Permission.ASSETS_READ)


class Refusal(Exception):
    """The deploy ends here, with more to say than an error holds."""

    def __init__(self, message: str, problems: tuple[SourceProblem, ...] = (), log: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems
        self.log = log


class _Moved(Exception):
    """What the deploy was built on has changed: begin again."""


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """Who wants to deploy where."""

    principal: Principal
    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    message: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """What was committed. Gateways that serve this revision serve it."""

    deployment: DeploymentResource
    revision: int


class ReleaseWork:
    """Does the work of a deploy, and tells of each step. What cannot be served raises PlatformError or Refusal."""

    def __init__(self, office: Office, builds: Builds, checker: CodeChecker) -> None:
        self._office = office
        self._builds = builds
        self._checker = checker

    async def build(self, order: ReleaseOrder, choose: Choose, progress: Progress) -> Published:
        """Build what is chosen, unless it is live already, and let it go live."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._try_to_build(order, choose, progress)
            except _Moved:
                progress.restart()
        try:
            return await self._try_to_build(order, choose, progress)
        except _Moved:
            raise PlatformError(
                "conflict", "others deployed here again and again meanwhile: look at what is live, then deploy again"
            ) from None

    async def _try_to_build(self, order: ReleaseOrder, choose: Choose, progress: Progress) -> Published:
        progress.begin(StepName.CHECKING)
        checked = await self._check(order, choose)
        progress.begin(StepName.BUILDING)
        runtimes = self._builds.runtimes
        async with self._office.store.writing() as tx:
            owner, environment = await _enter_environment(tx, order, TO_BUILD)
            live = await find_live(tx, environment)
            wanted = await choose(tx, owner, live)
            if {each.sid for each in await _new(tx, owner, live, wanted.content)} - checked:
                raise _Moved
            if not wanted.content.versions:
                progress.skip(StepName.DEPENDENCIES)
                return await self._undeploy(tx, order, environment, live)
            made = await self._builds.order(
                tx, owner, wanted.content, wanted.packages.dependencies, wanted.packages.requirements, None
            )
            if live is not None and is_equal(live, made, runtimes):
                progress.skip(StepName.DEPENDENCIES)
                return await _unchanged(tx, environment)
            installed = already_installed(live, made, runtimes)
            build = await self._builds.add(tx, order.principal, owner, made, installed=installed)
            if installed is not None:
                progress.skip(StepName.DEPENDENCIES)
                return await self._go_live(tx, order, owner, environment, build, wanted)
            self._builds.tasks.start(build, made.plan)
        progress.begin(StepName.DEPENDENCIES)
        await self._wait_built(build.sid, progress)
        async with self._office.store.writing() as tx:
            owner, environment = await _enter_environment(tx, order, TO_BUILD)
            build = await get_build(tx, owner, build.sid)
            if build.status is BuildStatus.FAILED:
                lines = tuple(build.log.splitlines()[-LOG_LINES_MAX:])
                raise Refusal(failed(build).message, log=lines)
            check_deployable(build, runtimes)
            if environment.build_sid != (None if live is None else live.sid):
                raise _Moved
            return await self._go_live(tx, order, owner, environment, build, wanted)

    async def _check(self, order: ReleaseOrder, choose: Choose) -> frozenset[str]:
        """Check what is not live already. Which versions that were; raises Refusal where one does not compile."""
        async with self._office.store.reading() as tx:
            owner, environment = await _enter_environment(tx, order, TO_BUILD)
            live = await find_live(tx, environment)
            content = (await choose(tx, owner, live)).content
            new = await _new(tx, owner, live, content)
        problems = await rehearse(self._office.store, self._checker, content.functions, new)
        if problems:
            first = problems[0]
            where = (
                "" if first.file is None else f"{first.file}{'' if first.line is None else f', line {first.line}'}: "
            )
            raise Refusal(f"{where}{first.message}", problems)
        return frozenset(each.sid for each in new)

    async def deploy(self, order: ReleaseOrder, build_sid: BuildSid, progress: Progress) -> Published:
        """Let a build that is there go live."""
        progress.skip(StepName.CHECKING, StepName.BUILDING, StepName.DEPENDENCIES)
        progress.begin(StepName.WARMING)
        async with self._office.store.writing() as tx:
            owner, environment = await _enter_environment(tx, order, TO_DEPLOY)
            build = await self.deployable(tx, owner, environment, build_sid)
            deployment = await go_live(tx, self._office, order.principal, environment, build, message=order.message)
            return await _published(tx, deployment)

    async def deployable(
        self, tx: Transaction, service: Service, environment: EnvironmentResource, build_sid: str
    ) -> Build:
        """The build of this SID. Raises PlatformError `conflict` where it is live, `invalid` where it cannot be."""
        build = await get_build(tx, service, build_sid)
        if environment.build_sid == build.sid:
            raise PlatformError(
                "conflict", f"build {build.sid} is live in {environment.unique_name} already", build_sid=build.sid
            )
        check_deployable(build, self._builds.runtimes)
        return build

    async def _go_live(
        self,
        tx: Transaction,
        order: ReleaseOrder,
        service: Service,
        environment: EnvironmentResource,
        build: Build,
        wanted: Wanted,
    ) -> Published:
        if service.draft_packages is not None and service.draft_packages == wanted.packages:
            await tx.services.update(replace(service, draft_packages=None))
        deployment = await go_live(tx, self._office, order.principal, environment, build, message=order.message)
        return await _published(tx, deployment)

    async def _undeploy(
        self, tx: Transaction, order: ReleaseOrder, environment: EnvironmentResource, live: Build | None
    ) -> Published:
        if live is None:
            raise PlatformError("invalid", "there is nothing to deploy yet: add a function first")
        deployment = await go_live(tx, self._office, order.principal, environment, None, message=order.message)
        return await _published(tx, deployment)

    async def _wait_built(self, sid: BuildSid, progress: Progress) -> None:
        """Wait for a build's packages, and tell what is said meanwhile."""
        waiting = asyncio.create_task(self._builds.tasks.wait(sid))
        try:
            while not waiting.done():
                await asyncio.wait([waiting], timeout=SAY_SECONDS)
                async with self._office.store.reading() as tx:
                    build = await tx.builds.find(sid=sid)
                if build is not None and build.log:
                    progress.say(build.log.splitlines()[-1])
        finally:
            waiting.cancel()


async def enter_for(tx: Transaction, principal: Principal, service: str, permissions: Sequence[Permission]) -> Service:
    """The service, for somebody who may do all of this there. Errors as in `enter_service`."""
    owner = await enter_service(tx, principal, service, permissions[0])
    for permission in permissions[1:]:
        access.require(principal, permission, owner.sid)
    return owner


async def _enter_environment(
    tx: Transaction, order: ReleaseOrder, permissions: Sequence[Permission]
) -> tuple[Service, EnvironmentResource]:
    owner = await enter_for(tx, order.principal, order.service_sid, permissions)
    return owner, await get_environment(tx, owner, order.environment_sid)


async def _new(
    tx: Transaction, service: Service, live: Build | None, content: BuildContent
) -> Sequence[FunctionVersion]:
    """The functions that are not live yet."""
    there = set((await content_of(tx, service, live)).functions)
    return [each for each in content.functions if each not in there]


async def _published(tx: Transaction, deployment: DeploymentResource) -> Published:
    return Published(deployment, await tx.snapshots.newest_revision())


async def _unchanged(tx: Transaction, environment: EnvironmentResource) -> Published:
    """What is live is what was wanted."""
    deployment = await tx.deployments.find(sid=environment.deployment_sid)
    if deployment is None:
        raise PlatformError("internal", f"{environment.sid} names a deployment that is not there")
    return await _published(tx, deployment)
