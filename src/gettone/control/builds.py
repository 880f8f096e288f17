"""Builds: sets of versions with their packages, frozen. A build is made at once and completed by a task.

Only a completed one can be deployed. What is not in its sets is not served: they are complete.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gettone.control import audit
from gettone.control.access import Permission
from gettone.control.build_contents import BuildContent, check_content, load_contents, load_versions
from gettone.control.build_requests import (
    Plan,
    Runtimes,
    check_dependencies,
    check_requirements,
    choose_runtime,
    is_outdated,
    plan_packages,
)
from gettone.control.build_tasks import BuildTasks
from gettone.control.builds_in_use import check_not_live
from gettone.control.bundles import Installed, Packages
from gettone.control.office import Office
from gettone.control.services import enter_service, not_found
from gettone.model.builds import Build, BuildStatus, Dependency
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.sids import BUILD, BuildSid, ServiceSid
from gettone.store.interface import Transaction

_HOUR = timedelta(hours=1)
_NOTHING = Runtimes()
NOTHING_INSTALLED = Installed(None, None, ())


@dataclass(frozen=True, slots=True)
class BuildOrder:
    """What a build is made of, checked: `plan` says what of the packages has to be installed."""

    content: BuildContent
    dependencies: tuple[Dependency, ...]
    requirements: tuple[str, ...]
    runtime: str
    plan: Plan


class Builds:
    """The builds of a service, and the tasks that complete them: `resume` at the start, `close` at the end.

    State: `_made`, when each service's builds of the last hour were made. It starts anew with the process.
    """

    def __init__(self, office: Office, packages: Packages, runtimes: Runtimes = _NOTHING) -> None:
        self._office = office
        self.runtimes = runtimes
        self.tasks = BuildTasks(office, packages, runtimes)
        self._made: dict[ServiceSid, deque[datetime]] = {}

    async def create(
        self,
        principal: Principal,
        *,
        service: str,
        function_versions: Sequence[str] = (),
        asset_versions: Sequence[str] = (),
        dependencies: Sequence[Dependency] | None = None,
        requirements: Sequence[str] = (),
        runtime: str | None = None,
    ) -> Build:
        """Make a build of these versions; it is `building` until its task has completed it.

        One with nothing to install is completed when this returns. It is told as `building` all the same, as at Twilio.
        Raises PlatformError `invalid`, which names what is wrong.
        """
        office = self._office
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.BUILDS_WRITE)
            content = await load_versions(tx, owner, function_versions, asset_versions)
            order = await self.order(tx, owner, content, dependencies or (), requirements, runtime)
            if order.plan.packages is None:
                build = await self.add(tx, principal, owner, order, installed=NOTHING_INSTALLED)
            else:
                build = await self.add(tx, principal, owner, order)
                self.tasks.start(build, order.plan)
        return replace(build, status=BuildStatus.BUILDING)

    async def get(self, principal: Principal, *, service: str, sid: str) -> Build:
        """One build."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.BUILDS_READ)
            return await get_build(tx, owner, sid)

    async def list(self, principal: Principal, *, service: str, page: PageRequest) -> Page[Build]:
        """The builds of a service."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.BUILDS_READ)
            return await tx.builds.page(page, service_sid=owner.sid)

    async def contents(
        self, principal: Principal, *, service: str, builds: Iterable[Build]
    ) -> Mapping[BuildSid, BuildContent]:
        """The versions that stand in builds of one service."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.BUILDS_READ)
            return await load_contents(tx, owner, builds)

    async def delete(self, principal: Principal, *, service: str, sid: str) -> None:
        """Delete a build. Raises PlatformError `conflict`, which names the environments that serve it."""
        office = self._office
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.BUILDS_WRITE)
            build = await get_build(tx, owner, sid)
            await check_not_live(tx, owner, build)
            await tx.builds.delete(sid=build.sid)
            await audit.record(tx, principal, office.clock, "build.delete", build.sid, status=build.status)
        self.tasks.cancel(build.sid)

    async def resume(self) -> None:
        """Begin again what a crash cut off, and install anew what is live and was installed for other runtimes."""
        async with self._office.store.reading() as tx:
            cut_off = await tx.builds.all(status=BuildStatus.BUILDING)
            live = {each.build_sid for each in await tx.environments.all() if each.build_sid is not None}
            served = [await tx.builds.find(sid=sid) for sid in sorted(live)]
        for build in cut_off:
            self.tasks.start(build, plan_packages(build.dependencies, build.requirements, self.runtimes))
        for old in served:
            if old is not None and is_outdated(old, self.runtimes):
                plan = plan_packages(old.dependencies, old.requirements, self.runtimes)
                if plan.packages is not None:
                    self.tasks.renew(old, plan.packages)

    async def close(self) -> None:
        """Stop the tasks. What they did not complete is begun again by `resume`."""
        await self.tasks.close()

    async def order(
        self,
        tx: Transaction,
        service: Service,
        content: BuildContent,
        dependencies: Sequence[Dependency],
        requirements: Sequence[str],
        runtime: str | None,
    ) -> BuildOrder:
        """Check what a build is to be made of. Raises PlatformError `invalid`."""
        limits = self._office.limits
        check_content(content, limits)
        npm = check_dependencies(dependencies, limits.npm_modules_per_build)
        python, left_out = check_requirements(requirements)
        newest = await tx.builds.page(PageRequest(size=1), service_sid=service.sid, status=BuildStatus.COMPLETED)
        last = newest.items[0].runtime if newest.items else None
        chosen, notes = choose_runtime(runtime, last, self.runtimes)
        plan = plan_packages(npm, python, self.runtimes)
        return BuildOrder(content, npm, python, chosen, Plan(plan.packages, notes + left_out + plan.notes))

    async def add(
        self,
        tx: Transaction,
        principal: Principal,
        service: Service,
        order: BuildOrder,
        *,
        installed: Installed | None = None,
    ) -> Build:
        """Add a build that was ordered: completed with what is `installed` already, else for a task to complete.

        Raises PlatformError `invalid` where there were too many within an hour.
        """
        office = self._office
        now = office.clock()
        self._count(service, now)
        build = Build(
            sid=BUILD.make(office.randomness),
            account_sid=service.account_sid,
            service_sid=service.sid,
            runtime=order.runtime,
            python_runtime=self.runtimes.python,
            status=BuildStatus.BUILDING if installed is None else BuildStatus.COMPLETED,
            function_versions=tuple(each.sid for each in order.content.functions),
            asset_versions=tuple(each.sid for each in order.content.assets),
            dependencies=order.dependencies,
            requirements=order.requirements,
            node_bundle=None if installed is None else installed.node_bundle,
            python_bundle=None if installed is None else installed.python_bundle,
            log="".join(f"{note}\n" for note in (*order.plan.notes, *([] if installed is None else ["completed"]))),
            created_at=now,
            updated_at=now,
        )
        await tx.builds.add(build)
        await audit.record(
            tx,
            principal,
            office.clock,
            "build.create",
            build.sid,
            functions=str(len(build.function_versions)),
            assets=str(len(build.asset_versions)),
        )
        return build

    def _count(self, service: Service, now: datetime) -> None:
        builds_max = self._office.limits.builds_per_hour
        self._made = {sid: times for sid, times in self._made.items() if times and times[-1] > now - _HOUR}
        made = self._made.setdefault(service.sid, deque())
        while made and made[0] <= now - _HOUR:
            made.popleft()
        if len(made) >= builds_max:
            minutes = int((made[0] + _HOUR - now).total_seconds()) // 60 + 1
            raise PlatformError(
                "invalid",
                f"{service.unique_name} had {builds_max} builds within an hour, as many as are allowed: build again in"
                f" {minutes} min",
                builds_max=builds_max,
            )
        made.append(now)


async def get_build(tx: Transaction, service: Service, sid: str) -> Build:
    """The build of this SID in a service that was entered. Raises PlatformError `not_found`."""
    found = await tx.builds.find(sid=sid, service_sid=service.sid) if BUILD.matches(sid) else None
    if found is None:
        raise not_found(f"/Services/{service.sid}/Builds/{sid}")
    return found
