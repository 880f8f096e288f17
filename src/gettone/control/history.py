"""What an environment served and serves: each deployment, who made it, what it changed, and how two builds differ.

Reads only. Variables belong to the environment and not to a build: their values are never shown here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gettone.control import access
from gettone.control.access import Permission
from gettone.control.build_contents import BuildContent, load_contents
from gettone.control.build_requests import Runtimes, is_outdated
from gettone.control.builds import get_build
from gettone.control.differences import Line, differ
from gettone.control.environments import get_environment
from gettone.control.office import Office
from gettone.control.services import enter_service
from gettone.control.sheets import TEXT_BYTES_MAX, FileKind, Version
from gettone.model.builds import Build, BuildStatus
from gettone.model.deployments import DeploymentResource
from gettone.model.functions import FunctionVersion
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.sids import BuildSid
from gettone.store.interface import Transaction

FILES_MAX = 100
LINES_MAX = 10_000  # of all files together

_NOTHING = BuildContent((), ())
_READ = (Permission.BUILDS_READ, Permission.FUNCTIONS_READ, Permission.ASSETS_READ)


class Change(StrEnum):
    """What became of a file."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that one build has otherwise than another."""

    path: str
    old: Version | None
    new: Version | None

    @property
    def kind(self) -> FileKind:
        """What it is, or was."""
        return FileKind.FUNCTION if isinstance(self.new or self.old, FunctionVersion) else FileKind.ASSET

    @property
    def change(self) -> Change:
        """What became of it."""
        if self.old is None:
            return Change.ADDED
        return Change.REMOVED if self.new is None else Change.CHANGED


@dataclass(frozen=True, slots=True)
class Release:
    """A deployment, and what it changed against the one before.

    `build` is None where it took one away, or where that was deleted. `can_roll_back`: its build can go live
    again, and is not live now.
    """

    deployment: DeploymentResource
    build: Build | None
    is_live: bool
    can_roll_back: bool
    changes: tuple[FileChange, ...]
    packages_changed: bool


@dataclass(frozen=True, slots=True)
class FileDifference:
    """How a file differs. Lines are shown of texts; of a long one not all (`is_cut`)."""

    change: FileChange
    lines: tuple[Line, ...] = ()
    is_binary: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class BuildDifference:
    """How two builds differ. `files_left_out` is how many more files do."""

    old: Build | None
    new: Build
    files: tuple[FileDifference, ...]
    packages: tuple[Line, ...]
    files_left_out: int = 0


class History:
    """The history of environments. `runtimes` are what runs here: builds for others cannot go live again."""

    def __init__(self, office: Office, runtimes: Runtimes | None = None) -> None:
        self._office = office
        self._runtimes = runtimes or Runtimes()

    async def releases(
        self, principal: Principal, *, service: str, environment_sid: str, page: PageRequest
    ) -> Page[Release]:
        """The deployments of an environment, newest first, each with what it changed."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.DEPLOYMENTS_READ)
            _require(principal, owner)
            environment = await get_environment(tx, owner, environment_sid)
            found = await tx.deployments.page(page, environment_sid=environment.sid)
            before: Sequence[DeploymentResource] = ()
            if found.next is not None:
                older = PageRequest(size=1, after=found.next)
                before = (await tx.deployments.page(older, environment_sid=environment.sid)).items
            deployments = [*found.items, *before]
            builds = await _builds(tx, deployments)
            contents = await load_contents(tx, owner, builds.values())
        releases = []
        for at, deployment in enumerate(found.items):
            old = _build(builds, deployments[at + 1]) if at + 1 < len(deployments) else None
            new = _build(builds, deployment)
            releases.append(
                Release(
                    deployment=deployment,
                    build=new,
                    is_live=deployment.sid == environment.deployment_sid,
                    can_roll_back=new is not None and new.sid != environment.build_sid and self._can_serve(new),
                    changes=compare(_content(contents, old), _content(contents, new)),
                    packages_changed=_packages(old) != _packages(new),
                )
            )
        return Page(tuple(releases), found.next, found.previous)

    async def difference(
        self, principal: Principal, *, service: str, old_build_sid: str | None, new_build_sid: str
    ) -> BuildDifference:
        """How one build differs from another, or from nothing, line by line. Bounded: the rest is counted."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.BUILDS_READ)
            _require(principal, owner)
            new = await get_build(tx, owner, new_build_sid)
            old = None if old_build_sid is None else await get_build(tx, owner, old_build_sid)
            contents = await load_contents(tx, owner, [new] if old is None else [old, new])
        changes = compare(_content(contents, old), _content(contents, new))
        files: list[FileDifference] = []
        lines = 0
        for change in changes[:FILES_MAX]:
            file = await self._file(change, LINES_MAX - lines)
            lines += len(file.lines)
            files.append(file)
        return BuildDifference(
            old, new, tuple(files), differ(_packages(old), _packages(new)), max(0, len(changes) - FILES_MAX)
        )

    async def _file(self, change: FileChange, lines_max: int) -> FileDifference:
        versions = [each for each in (change.old, change.new) if each is not None]
        if lines_max <= 0 or any(each.size_bytes > TEXT_BYTES_MAX for each in versions):
            return FileDifference(change, is_cut=True)
        old, new = await self._text(change.old), await self._text(change.new)
        if old is None or new is None:
            return FileDifference(change, is_binary=True)
        lines = await asyncio.to_thread(differ, old, new)
        return FileDifference(change, lines[:lines_max], is_cut=len(lines) > lines_max)

    async def _text(self, version: Version | None) -> str | None:
        """A version's text; empty where there is no version, None where it is no text."""
        if version is None:
            return ""
        async with self._office.store.reading() as tx:
            content = await tx.blobs.find(version.digest)
        try:
            text = "" if content is None else content.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text

    def _can_serve(self, build: Build) -> bool:
        return build.status is BuildStatus.COMPLETED and not is_outdated(build, self._runtimes)


def compare(old: BuildContent, new: BuildContent) -> tuple[FileChange, ...]:
    """The files that differ between two builds, functions first, by their paths. Pure."""
    changes = []
    for before, after in ((old.functions, new.functions), (old.assets, new.assets)):
        was, now = _by_path(before), _by_path(after)
        for path in sorted({**was, **now}):
            one, other = was.get(path), now.get(path)
            if one is None or other is None or _said(one) != _said(other):
                changes.append(FileChange(path, one, other))
    return tuple(changes)


def _by_path(versions: Iterable[Version]) -> Mapping[str, Version]:
    return {each.path: each for each in versions}


def _said(version: Version) -> tuple[str, ...]:
    """All of a version that can be seen from outside."""
    kind = version.extension if isinstance(version, FunctionVersion) else version.content_type
    return version.digest, version.visibility, kind


async def _builds(tx: Transaction, deployments: Sequence[DeploymentResource]) -> Mapping[BuildSid, Build]:
    sids = dict.fromkeys(each.build_sid for each in deployments if each.build_sid is not None)
    found = [await tx.builds.find(sid=sid) for sid in sids]
    return {build.sid: build for build in found if build is not None}


def _build(builds: Mapping[BuildSid, Build], deployment: DeploymentResource) -> Build | None:
    return None if deployment.build_sid is None else builds.get(deployment.build_sid)


def _content(contents: Mapping[BuildSid, BuildContent], build: Build | None) -> BuildContent:
    return _NOTHING if build is None else contents.get(build.sid, _NOTHING)


def _packages(build: Build | None) -> str:
    """What a build asked for, a line for each."""
    if build is None:
        return ""
    npm = (f"{each.name} {each.version}" for each in build.dependencies)
    return "".join(f"{line}\n" for line in (*npm, *build.requirements))


def _require(principal: Principal, service: Service) -> None:
    for permission in _READ:
        access.require(principal, permission, service.sid)
