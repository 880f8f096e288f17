"""The working copy of a service, as its editor shows it: the newest version of each file, beside what is live.

Nothing is kept for it: a file is on the sheet unless its newest version is the one at which it was removed, and what
the next build asks for is the service's draft of it, or else what is live. Must not know how a sheet is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gettone.control.build_contents import BuildContent, load_contents
from gettone.control.environments import get_environment
from gettone.control.office import Office
from gettone.control.services import not_found
from gettone.model.assets import AssetResource, AssetVersion
from gettone.model.builds import Build, BuildStatus, WantedPackages
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource
from gettone.model.functions import (
    FUNCTION_BYTES_MAX,
    FunctionEvent,
    FunctionResource,
    FunctionVersion,
    Language,
    Visibility,
)
from gettone.model.pages import PageRequest
from gettone.model.services import Service
from gettone.model.sids import AssetVersionSid, FunctionVersionSid
from gettone.routes.state import ROOT_FILE
from gettone.store.interface import Transaction

# The environment of a service that was made in a console (Twilio's own name for it).
UI_ENVIRONMENT = "ui"
TEXT_BYTES_MAX = FUNCTION_BYTES_MAX
# Old versions pile up: beyond so many, the newest of each file is asked for by itself.
READ_AT_ONCE_MAX = 500

Resource = FunctionResource | AssetResource
Version = FunctionVersion | AssetVersion
VersionSid = FunctionVersionSid | AssetVersionSid


class FileKind(StrEnum):
    """What a file of a sheet is."""

    FUNCTION = "function"
    ASSET = "asset"


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A function or an asset in its newest version, and which of its versions is live.

    `language` is None for an asset, and for a file beside the functions that has no route.
    """

    resource: Resource
    version: Version
    live_version_sid: VersionSid | None = None

    @property
    def kind(self) -> FileKind:
        """What it is."""
        return FileKind.FUNCTION if isinstance(self.version, FunctionVersion) else FileKind.ASSET

    @property
    def sid(self) -> str:
        """The SID of the function or asset."""
        return self.resource.sid

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self.resource.friendly_name

    @property
    def path(self) -> str:
        """Where it is served."""
        return self.version.path

    @property
    def visibility(self) -> Visibility:
        """Who may reach it there."""
        return self.version.visibility

    @property
    def version_sid(self) -> VersionSid:
        """The newest version."""
        return self.version.sid

    @property
    def size_bytes(self) -> int:
        """How large that is."""
        return self.version.size_bytes

    @property
    def saved_at(self) -> datetime:
        """When that was saved."""
        return self.version.created_at

    @property
    def language(self) -> Language | None:
        """What it is written in, if it is a function that runs."""
        return self.version.language if isinstance(self.version, FunctionVersion) and self.extension else None

    @property
    def extension(self) -> str:
        """What its file ends in beyond its path; empty for what is no function that runs."""
        return self.version.extension if isinstance(self.version, FunctionVersion) else ""

    @property
    def event(self) -> FunctionEvent:
        """What it is made for."""
        return self.resource.event if isinstance(self.resource, FunctionResource) else FunctionEvent.NONE

    @property
    def content_type(self) -> str | None:
        """What an asset is sent as."""
        return self.version.content_type if isinstance(self.version, AssetVersion) else None

    @property
    def file_name(self) -> str:
        """What a project would call it, and problems do."""
        return file_name_of(self.version)

    @property
    def is_live(self) -> bool:
        """Whether its newest version is live."""
        return self.live_version_sid == self.version.sid

    @property
    def is_new(self) -> bool:
        """Whether nothing of it is live."""
        return self.live_version_sid is None

    @property
    def is_changed(self) -> bool:
        """Whether another version of it is live."""
        return not self.is_live and not self.is_new


@dataclass(frozen=True, slots=True)
class Sheet:
    """A service in its editor. `environment` is the one that is shown; the rest is as seen from there.

    `removed` are paths that are live and no longer on the sheet: they go when all is deployed. `deployments` counts
    those there were.
    """

    service: Service
    environments: tuple[EnvironmentResource, ...]
    environment: EnvironmentResource | None
    host: str | None
    live: Build | None
    deployment: DeploymentResource | None
    files: tuple[SheetFile, ...]
    removed: tuple[str, ...]
    packages: WantedPackages
    deployments: int = 0

    @property
    def functions(self) -> tuple[SheetFile, ...]:
        """Its functions, and the files beside them."""
        return tuple(each for each in self.files if each.kind is FileKind.FUNCTION)

    @property
    def assets(self) -> tuple[SheetFile, ...]:
        """Its assets."""
        return tuple(each for each in self.files if each.kind is FileKind.ASSET)

    @property
    def has_draft_packages(self) -> bool:
        """Whether other packages are asked for than are live."""
        return self.packages != (WantedPackages() if self.live is None else packages_of(self.live))

    @property
    def has_changes(self) -> bool:
        """Whether deploying all would change what is served."""
        return bool(self.removed) or self.has_draft_packages or any(not each.is_live for each in self.files)

    def find(self, sid: str) -> SheetFile | None:
        """The file of this function or asset."""
        return next((each for each in self.files if each.sid == sid), None)


async def read_sheet(
    tx: Transaction, office: Office, service: Service, environment: EnvironmentResource | None
) -> Sheet:
    """The sheet of a service that was entered, as seen from one of its environments."""
    environments = tuple(await tx.environments.all(service_sid=service.sid))
    live = await find_live(tx, environment)
    content = await content_of(tx, service, live)
    live_by_file = {_resource_sid(each): each for each in content.versions}
    files = tuple(
        SheetFile(resource, version, _sid_or_none(live_by_file.get(resource.sid)))
        for resource, version in await read_files(tx, service)
    )
    staying = {each.sid for each in files}
    deployment, deployments = None, 0
    if environment is not None:
        deployments = await tx.deployments.count(environment_sid=environment.sid)
        if environment.deployment_sid is not None:
            deployment = await tx.deployments.find(sid=environment.deployment_sid)
    return Sheet(
        service=service,
        environments=environments,
        environment=environment,
        host=None if environment is None else f"{environment.domain_name}.{office.domain}",
        live=live,
        deployment=deployment,
        files=files,
        removed=tuple(each.path for sid, each in sorted(live_by_file.items()) if sid not in staying),
        packages=await wanted_packages(tx, service, live),
        deployments=deployments,
    )


async def read_files(tx: Transaction, service: Service) -> Sequence[tuple[Resource, Version]]:
    """The functions and assets on a service's sheet, each in its newest version: functions first, by their paths."""
    functions = {each.sid: each for each in await tx.functions.all(service_sid=service.sid)}
    assets = {each.sid: each for each in await tx.assets.all(service_sid=service.sid)}
    newest_functions = await _newest_functions(tx, service, list(functions.values()))
    newest_assets = await _newest_assets(tx, service, list(assets.values()))
    found: list[tuple[Resource, Version]] = [
        (functions[version.function_sid], version)
        for version in newest_functions
        if functions[version.function_sid].removed_version_sid != version.sid
    ]
    found += [
        (assets[version.asset_sid], version)
        for version in newest_assets
        if assets[version.asset_sid].removed_version_sid != version.sid
    ]
    return sorted(found, key=lambda pair: (isinstance(pair[1], AssetVersion), pair[1].path))


async def choose_environment(tx: Transaction, service: Service, sid: str | None) -> EnvironmentResource | None:
    """The environment that an editor shows: the one that is asked for, or else `ui`, production, the oldest.

    Raises PlatformError `not_found` for one that is asked for and is not there.
    """
    if sid is not None:
        return await get_environment(tx, service, sid)
    environments = await tx.environments.all(service_sid=service.sid)
    for each in environments:
        if each.unique_name == UI_ENVIRONMENT:
            return each
    return next(
        (each for each in environments if each.domain_suffix is None), environments[0] if environments else None
    )


async def find_live(tx: Transaction, environment: EnvironmentResource | None) -> Build | None:
    """The build that an environment serves."""
    if environment is None or environment.build_sid is None:
        return None
    return await tx.builds.find(sid=environment.build_sid)


async def content_of(tx: Transaction, service: Service, build: Build | None) -> BuildContent:
    """The versions in a build; none where there is no build."""
    nothing = BuildContent((), ())
    return nothing if build is None else (await load_contents(tx, service, [build])).get(build.sid, nothing)


async def wanted_packages(tx: Transaction, service: Service, live: Build | None) -> WantedPackages:
    """What the next build asks for: the draft, or else what is live, or else what was built last."""
    if service.draft_packages is not None:
        return service.draft_packages
    if live is None:
        newest = await tx.builds.page(PageRequest(size=1), service_sid=service.sid, status=BuildStatus.COMPLETED)
        live = newest.items[0] if newest.items else None
    return WantedPackages() if live is None else packages_of(live)


def packages_of(build: Build) -> WantedPackages:
    """What a build asked for."""
    return WantedPackages(build.dependencies, build.requirements)


def file_name_of(version: Version) -> str:
    """What a project would call the file of a version."""
    place = ROOT_FILE if version.path == "/" else version.path
    return f"functions{place}{version.extension}" if isinstance(version, FunctionVersion) else f"assets{place}"


def no_such_file(service: Service, sid: str) -> Exception:
    """The error for a function or an asset that is not on the sheet."""
    return not_found(f"/Services/{service.sid}/Files/{sid}")


async def _newest_functions(
    tx: Transaction, service: Service, functions: Sequence[FunctionResource]
) -> Sequence[FunctionVersion]:
    if await tx.function_versions.count(service_sid=service.sid) <= READ_AT_ONCE_MAX:
        versions = await tx.function_versions.all(service_sid=service.sid)
        return list({each.function_sid: each for each in versions}.values())
    pages = [await tx.function_versions.page(PageRequest(size=1), function_sid=each.sid) for each in functions]
    return [version for page in pages for version in page.items]


async def _newest_assets(tx: Transaction, service: Service, assets: Sequence[AssetResource]) -> Sequence[AssetVersion]:
    if await tx.asset_versions.count(service_sid=service.sid) <= READ_AT_ONCE_MAX:
        versions = await tx.asset_versions.all(service_sid=service.sid)
        return list({each.asset_sid: each for each in versions}.values())
    pages = [await tx.asset_versions.page(PageRequest(size=1), asset_sid=each.sid) for each in assets]
    return [version for page in pages for version in page.items]


def _resource_sid(version: Version) -> str:
    return version.function_sid if isinstance(version, FunctionVersion) else version.asset_sid


def _sid_or_none(version: Version | None) -> VersionSid | None:
    return None if version is None else version.sid
