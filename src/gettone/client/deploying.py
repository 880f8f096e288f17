"""What a deploy does, decided from a project and from what a service has already: values, and one plan. Pure.

Only what is nowhere in the service is uploaded, whether it is in a build or not: so a deploy that broke off goes on
where it was. What is live already, and what was built and never went live, is not built again. Must not know how
either side is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gettone.client.environments import RemoteEnvironment
from gettone.client.importing import FileKind, Place
from gettone.client.services import RemoteBounds, RemoteService
from gettone.client.versions import RemoteContent
from gettone.model.builds import BuildStatus, Dependency
from gettone.model.errors import PlatformError
from gettone.model.variables import Variables


class Content(Protocol):
    """Where a file's content is."""

    def read(self) -> bytes:
        """The content. Raises PlatformError where it is not what it was."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of a project. `source` is its name there; `form` as in RemoteContent.

    `filename` and `content_type` are what it is uploaded with: they tell the language of a function.
    """

    place: Place
    digest: str
    form: str
    filename: str
    content_type: str
    source: str
    content: Content = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LocalProject:
    """A project as it is to be served. `runtime` and `bounds` are None where it says nothing of them."""

    files: tuple[LocalFile, ...]
    dependencies: tuple[Dependency, ...] = ()
    requirements: tuple[str, ...] = ()
    variables: Variables = field(default_factory=Variables)
    runtime: str | None = None
    bounds: RemoteBounds | None = None


@dataclass(frozen=True, slots=True)
class KnownBuild:
    """A build of the service, by the SIDs of its versions."""

    sid: str
    status: BuildStatus
    versions: frozenset[str]
    dependencies: tuple[Dependency, ...]
    requirements: tuple[str, ...]
    runtime: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is where a project is to go. Service and environment are None where they have to be made.

    `owners` are functions and assets by kind and name; `variables` have None for a value that may not be seen.
    """

    service: RemoteService | None = None
    environment: RemoteEnvironment | None = None
    owners: Mapping[tuple[FileKind, str], str] = field(default_factory=dict)
    contents: Sequence[tuple[FileKind, RemoteContent]] = ()
    builds: Sequence[KnownBuild] = ()
    live: KnownBuild | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    bounds: RemoteBounds | None = None


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file, and the version that it is already; None where it has to be uploaded."""

    file: LocalFile
    version_sid: str | None


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """What is to be done. `build_sid` is of a build that has it all already, `is_live` where it is served already.

    `variables` are the keys that get a value, `unseen` those of them whose value nobody may see; `removed` are paths
    that are live, and not in the project.
    """

    project: LocalProject
    files: tuple[PlannedFile, ...]
    build_sid: str | None
    is_live: bool
    removed: tuple[str, ...]
    variables: tuple[str, ...]
    unseen: tuple[str, ...]
    bounds: RemoteBounds | None

    @property
    def uploads(self) -> tuple[LocalFile, ...]:
        """What has to be uploaded."""
        return tuple(each.file for each in self.files if each.version_sid is None)

    @property
    def is_nothing(self) -> bool:
        """Whether all of it is so already."""
        return self.is_live and not self.variables and self.bounds is None


def plan_deploy(project: LocalProject, standing: Standing) -> DeployPlan:
    """Decide what to do. Raises PlatformError `invalid` for a project with nothing to serve."""
    if not project.files:
        raise PlatformError(
            "invalid", "there is nothing to deploy: the project has no functions and no assets, or they are left out"
        )
    known: dict[tuple[Place, str, str], str] = {}
    for kind, content in standing.contents:
        # The newest of equal ones stands first.
        known.setdefault((Place(kind, content.path, content.visibility), content.digest, content.form), content.sid)
    # What is live comes before what is equal to it: nothing then changes.
    live = standing.live.versions if standing.live is not None else frozenset()
    for kind, content in standing.contents:
        if content.sid in live:
            known[Place(kind, content.path, content.visibility), content.digest, content.form] = content.sid
    files = tuple(PlannedFile(each, known.get((each.place, each.digest, each.form))) for each in project.files)
    build = _find_build(project, files, standing)
    paths = {each.place.path for each in project.files}
    changed = tuple(key for key, value in project.variables.items() if standing.variables.get(key) != value)
    return DeployPlan(
        project=project,
        files=files,
        build_sid=None if build is None else build.sid,
        is_live=build is not None and standing.live is not None and build.sid == standing.live.sid,
        removed=tuple(sorted({content.path for _, content in standing.contents if content.sid in live} - paths)),
        variables=changed,
        unseen=tuple(key for key in changed if key in standing.variables and standing.variables[key] is None),
        bounds=_bounds(project.bounds, standing.bounds),
    )


def _find_build(project: LocalProject, files: Sequence[PlannedFile], standing: Standing) -> KnownBuild | None:
    """A build that has exactly this: the one that is live first, then the newest."""
    if any(each.version_sid is None for each in files):
        return None
    wanted = frozenset(each.version_sid for each in files if each.version_sid is not None)
    candidates = [*([standing.live] if standing.live is not None else []), *standing.builds]
    for build in candidates:
        if build.status is BuildStatus.FAILED or build.versions != wanted:
            continue
        if project.runtime not in (None, build.runtime):
            continue
        if _packages(build.dependencies, build.requirements) == _packages(project.dependencies, project.requirements):
            return build
    return None


def _packages(
    dependencies: Sequence[Dependency], requirements: Sequence[str]
) -> tuple[frozenset[Dependency], tuple[str, ...]]:
    # A range that is left out is any version to a server.
    return frozenset(Dependency(each.name, each.version.strip() or "*") for each in dependencies), tuple(requirements)


def _bounds(wanted: RemoteBounds | None, there: RemoteBounds | None) -> RemoteBounds | None:
    """What of the bounds has to be changed; None for nothing."""
    return None if wanted is None or wanted == there else wanted
