"""Saving a whole project to an environment: what differs from what is live is kept, built and deployed.

One transaction where nothing has to be installed, after others that only add contents by digest. Where something has,
the build is made first and completed by its task; the environment changes when it is. Must not know folders.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.assets import add_asset, add_asset_version
from gettone.control.build_contents import BuildContent, load_contents
from gettone.control.builds import BuildOrder, Builds, get_build
from gettone.control.drafts import Draft, draft_of, read_content
from gettone.control.environments import get_environment
from gettone.control.functions import add_function, add_function_version
from gettone.control.going_live import check_deployable, check_undisturbed, go_live
from gettone.control.office import Office
from gettone.control.reuse import already_installed, failed, is_equal
from gettone.control.services import enter_service
from gettone.control.uploads import AssetUpload, FunctionUpload
from gettone.control.variables import put_variables
from gettone.model.assets import AssetVersion
from gettone.model.builds import Build, BuildStatus
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource
from gettone.model.functions import FunctionVersion
from gettone.model.principals import Principal
from gettone.model.services import Service, ServiceSettings
from gettone.model.sids import EnvironmentSid
from gettone.project.project import Project
from gettone.store.interface import Transaction

# So much content is held in memory at once, and put in one transaction.
BATCH_BYTES = 8 << 20

_ALSO_NEEDED = (
    Permission.FUNCTIONS_WRITE,
    Permission.ASSETS_WRITE,
    Permission.BUILDS_WRITE,
    Permission.VARIABLES_WRITE,
)


class Saving:
    """Saves projects."""

    def __init__(self, office: Office, builds: Builds) -> None:
        self._office = office
        self._builds = builds

    async def save(
        self, principal: Principal, *, service: str, environment_sid: str, project: Project, message: str | None
    ) -> DeploymentResource:
        """See `Deployments.save`."""
        office = self._office
        draft = await asyncio.to_thread(draft_of, project)
        async with office.store.reading() as tx:
            _, seen = await _enter(tx, principal, service, environment_sid)
            missing = {each.digest: each for each in draft.assets if not await tx.blobs.has(each.digest)}
        await self._put_contents(draft, missing.values())
        async with office.store.writing() as tx:
            owner, environment = await _enter(tx, principal, service, environment_sid)
            check_undisturbed(environment, seen.deployment_sid)
            live = None if environment.build_sid is None else await tx.builds.find(sid=environment.build_sid)
            order = await self._order(tx, principal, owner, environment, live, draft)
            runtimes = self._builds.runtimes
            if live is not None and is_equal(live, order, runtimes):
                build = live
            else:
                installed = already_installed(live, order, runtimes)
                build = await self._builds.add(tx, principal, owner, order, installed=installed)
            if build.status is BuildStatus.COMPLETED:
                deployment = await self._go_live(tx, principal, owner, environment, build, draft, message)
            else:
                self._builds.tasks.start(build, order.plan)
        if build.status is not BuildStatus.COMPLETED:
            await self._builds.tasks.wait(build.sid)
            async with office.store.writing() as tx:
                owner, environment = await _enter(tx, principal, service, environment_sid)
                check_undisturbed(environment, seen.deployment_sid)
                build = await get_build(tx, owner, build.sid)
                if build.status is BuildStatus.FAILED:
                    raise failed(build)
                check_deployable(build, self._builds.runtimes)
                deployment = await self._go_live(tx, principal, owner, environment, build, draft, message)
        office.publisher.announce()
        return deployment

    async def _put_contents(self, draft: Draft, uploads: Iterable[AssetUpload]) -> None:
        """Keep contents that are not there yet. Whatever becomes of the project, they can stay: nothing names them."""
        batch: list[tuple[str, bytes]] = []
        for upload in uploads:
            batch.append((upload.digest, await asyncio.to_thread(read_content, draft.locations[upload.digest], upload)))
            if sum(len(content) for _, content in batch) >= BATCH_BYTES:
                await self._put(batch)
                batch = []
        if batch:
            await self._put(batch)

    async def _put(self, batch: list[tuple[str, bytes]]) -> None:
        async with self._office.store.writing() as tx:
            for digest, content in batch:
                await tx.blobs.put(digest, content)

    async def _order(
        self,
        tx: Transaction,
        principal: Principal,
        service: Service,
        environment: EnvironmentResource,
        live: Build | None,
        draft: Draft,
    ) -> BuildOrder:
        """What the build would be made of: the versions that are live where they are equal, new ones where not."""
        there = BuildContent((), ()) if live is None else (await load_contents(tx, service, [live]))[live.sid]
        functions = await self._functions(tx, service, there, draft.functions)
        assets = await self._assets(tx, service, there, draft.assets)
        new = [
            *(each.path for each in functions if each not in there.functions),
            *(each.path for each in assets if each not in there.assets),
        ]
        if new:
            await audit.record(
                tx, principal, self._office.clock, "environment.save", environment.sid, versions=", ".join(new)
            )
        content = BuildContent(functions, assets)
        return await self._builds.order(tx, service, content, draft.dependencies, draft.requirements, None)

    async def _functions(
        self, tx: Transaction, service: Service, there: BuildContent, uploads: tuple[FunctionUpload, ...]
    ) -> tuple[FunctionVersion, ...]:
        live = {version.path: version for version in there.functions}
        if all(_is_same_function(live.get(upload.path), upload) for upload in uploads):
            return tuple(live[upload.path] for upload in uploads)
        # Names need not be unique: of equal ones the first counts, as for the toolkit.
        resources = list(await tx.functions.all(service_sid=service.sid))
        by_sid = {each.sid: each for each in resources}
        by_name = {each.friendly_name: each for each in reversed(resources)}
        versions: list[FunctionVersion] = []
        for upload in uploads:
            version = live.get(upload.path)
            if version is None or not _is_same_function(version, upload):
                known = by_name.get(upload.path) if version is None else by_sid[version.function_sid]
                function = known or await add_function(tx, self._office, service, upload.path)
                version = await add_function_version(tx, self._office, function, upload)
            versions.append(version)
        return tuple(versions)

    async def _assets(
        self, tx: Transaction, service: Service, there: BuildContent, uploads: tuple[AssetUpload, ...]
    ) -> tuple[AssetVersion, ...]:
        live = {version.path: version for version in there.assets}
        if all(_is_same_asset(live.get(upload.path), upload) for upload in uploads):
            return tuple(live[upload.path] for upload in uploads)
        resources = list(await tx.assets.all(service_sid=service.sid))
        by_sid = {each.sid: each for each in resources}
        by_name = {each.friendly_name: each for each in reversed(resources)}
        versions: list[AssetVersion] = []
        for upload in uploads:
            version = live.get(upload.path)
            if version is None or not _is_same_asset(version, upload):
                known = by_name.get(upload.path) if version is None else by_sid[version.asset_sid]
                asset = known or await add_asset(tx, self._office, service, upload.path)
                version = await add_asset_version(tx, self._office, asset, upload)
            versions.append(version)
        return tuple(versions)

    async def _go_live(
        self,
        tx: Transaction,
        principal: Principal,
        service: Service,
        environment: EnvironmentResource,
        build: Build,
        draft: Draft,
        message: str | None,
    ) -> DeploymentResource:
        """Write variables and settings, and deploy, unless all of it is so already."""
        office = self._office
        others = await self._put_settings(tx, principal, service, draft.settings)
        changed = await put_variables(tx, office, service, environment, draft.variables, keep_others=True)
        if changed:
            keys = ", ".join(changed)
            await audit.record(tx, principal, office.clock, "variable.replace", environment.sid, keys=keys)
        if not changed and not others and environment.build_sid == build.sid:
            deployment = await tx.deployments.find(sid=environment.deployment_sid)
            if deployment is not None:
                return deployment
        deployment = await go_live(tx, office, principal, environment, build, message=message)
        if others:
            await office.publisher.publish(tx, principal, environments=others)
        return deployment

    async def _put_settings(
        self, tx: Transaction, principal: Principal, service: Service, settings: ServiceSettings
    ) -> list[EnvironmentSid]:
        """Give the service a project's settings. A project that sets none changes none. Whom that concerns."""
        office = self._office
        if settings in (ServiceSettings(), service.settings):
            return []
        access.require(principal, Permission.SERVICES_WRITE, service.sid)
        await tx.services.update(replace(service, settings=settings, updated_at=office.clock()))
        await audit.record(tx, principal, office.clock, "service.update", service.sid, settings=str(settings))
        return [each.sid for each in await tx.environments.all(service_sid=service.sid)]


async def _enter(
    tx: Transaction, principal: Principal, service: str, environment_sid: str
) -> tuple[Service, EnvironmentResource]:
    owner = await enter_service(tx, principal, service, Permission.DEPLOYMENTS_WRITE)
    for permission in _ALSO_NEEDED:
        access.require(principal, permission, owner.sid)
    return owner, await get_environment(tx, owner, environment_sid)


def _is_same_function(version: FunctionVersion | None, upload: FunctionUpload) -> bool:
    return version is not None and (version.digest, version.visibility, version.extension, version.language) == (
        upload.digest,
        upload.visibility,
        upload.extension,
        upload.language,
    )


def _is_same_asset(version: AssetVersion | None, upload: AssetUpload) -> bool:
    return version is not None and (version.digest, version.visibility, version.content_type) == (
        upload.digest,
        upload.visibility,
        upload.content_type,
    )
