"""What an import does: decided from what the source has and what the target has. Pure: equal sides, equal plan.

An import adds. What the target has otherwise than the source, a variable or a live build, stays as it is unless it was
said to be overridden: somebody may have changed it since an earlier import. Carried out, a plan leaves nothing to do;
carried out by half, the next plan is the other half. Must not know how either side is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gettone.client.importing import (
    FileKind,
    Source,
    SourceApplication,
    SourceBuild,
    SourceEnvironment,
    SourceFile,
    SourceService,
    Target,
    TargetApplication,
    TargetBuild,
    TargetEnvironment,
    TargetService,
)

SHOWN_DIFFERENCES_MAX = 5


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file of a build to be: `sid` is the version that the target has of it, None where it is uploaded."""

    file: SourceFile
    sid: str | None


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """What goes live. `sid` is a completed build of just this, None where it is made.

    `missing` are files whose content nobody could get hold of; `replaces` whether something else is live now.
    """

    source: SourceBuild
    sid: str | None
    files: tuple[PlannedFile, ...]
    missing: tuple[SourceFile, ...]
    replaces: bool


@dataclass(frozen=True, slots=True)
class EnvironmentPlan:
    """What happens to an environment; `sid` is the target's, None where it is made.

    `added`, `changed` and `kept` are names of variables; `kept` ones have another value in the target, and keep it.
    `build` is None where nothing has to go live; `keeps_build` where the target keeps another one live.
    """

    source: SourceEnvironment
    sid: str | None
    added: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    build: BuildPlan | None
    keeps_build: bool
    missing: tuple[SourceFile, ...]

    @property
    def is_done(self) -> bool:
        """Whether nothing has to happen."""
        return self.sid is not None and not self.added and not self.changed and self.build is None


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """What happens to a service; `sid` is the target's, None where it is made.

    `clashes` are what the target's service of this name has and the source's has not: it may be another service, and
    nothing happens until somebody decides.
    """

    source: SourceService
    sid: str | None
    environments: tuple[EnvironmentPlan, ...]
    clashes: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether nothing has to happen."""
        return self.sid is not None and all(each.is_done for each in self.environments)


@dataclass(frozen=True, slots=True)
class ApplicationPlan:
    """What happens to a TwiML application: `sid` is the target's, which stays as it is; None where it is made."""

    source: SourceApplication
    sid: str | None
    is_equal: bool


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All that happens."""

    services: tuple[ServicePlan, ...]
    applications: tuple[ApplicationPlan, ...]

    @property
    def is_done(self) -> bool:
        """Whether the target has everything already."""
        return all(each.is_done for each in self.services) and all(each.sid is not None for each in self.applications)

    @property
    def clashing(self) -> tuple[ServicePlan, ...]:
        """The services whose names are taken by something else."""
        return tuple(each for each in self.services if each.clashes)


def plan_import(source: Source, target: Target, *, overrides: bool = False) -> ImportPlan:
    """What has to happen for the target to have what the source has.

    `overrides`: what differs becomes as the source has it, and services of the same name are taken over.
    """
    existing = {each.unique_name: each for each in target.services}
    return ImportPlan(
        services=tuple(_plan_service(each, existing.get(each.unique_name), overrides) for each in source.services),
        applications=tuple(_plan_applications(source.applications, target.applications)),
    )


def _plan_service(source: SourceService, target: TargetService | None, overrides: bool) -> ServicePlan:
    clashes = () if target is None or overrides else tuple(_clashes(source, target))
    environments = tuple(_plan_environment(each, target, overrides) for each in source.environments)
    return ServicePlan(source, None if target is None else target.sid, environments, clashes)


def _clashes(source: SourceService, target: TargetService) -> Iterator[str]:
    """What an earlier import of this service cannot have made. Order is the target's."""
    environments = {(each.unique_name, each.domain_suffix) for each in source.environments}
    for each in target.environments:
        if (each.unique_name, each.domain_suffix) not in environments:
            yield f"environment {each.unique_name}"
    files = [file for each in source.environments if each.build is not None for file in each.build.files]
    for kind, names in ((FileKind.FUNCTION, target.functions), (FileKind.ASSET, target.assets)):
        paths = {file.place.path for file in files if file.place.kind is kind}
        for name in names:
            if name not in paths:
                yield f"{kind} {name}"


def _plan_environment(source: SourceEnvironment, service: TargetService | None, overrides: bool) -> EnvironmentPlan:
    target = find_environment(source, service)
    there = {} if target is None else dict(target.variables)
    differing = tuple(key for key, value in source.variables.items() if there.get(key, value) != value)
    live = None if service is None or target is None else _find_build(service, target)
    missing = _missing(source.build, live)
    build = None
    keeps_build = False
    if source.build is not None and not _is_served(source.build, live):
        keeps_build = live is not None and not overrides and not _is_extended(source.build, live)
        build = None if keeps_build else _plan_build(source.build, service, live, missing)
    return EnvironmentPlan(
        source=source,
        sid=None if target is None else target.sid,
        added=tuple(key for key in source.variables if key not in there),
        changed=differing if overrides else (),
        kept=() if overrides else differing,
        build=build,
        keeps_build=keeps_build,
        missing=missing,
    )


def find_environment(source: SourceEnvironment, service: TargetService | None) -> TargetEnvironment | None:
    """The target's environment of this suffix: a service has one for each, whatever its name."""
    if service is None:
        return None
    wanted = (source.domain_suffix or "").lower()
    return next((each for each in service.environments if (each.domain_suffix or "").lower() == wanted), None)


def _find_build(service: TargetService, environment: TargetEnvironment) -> TargetBuild | None:
    return next((each for each in service.builds if each.sid == environment.build_sid), None)


def _missing(build: SourceBuild | None, live: TargetBuild | None) -> tuple[SourceFile, ...]:
    """The files that nobody has, the target's live build neither."""
    have = {file.place for file in live.files} if live is not None else set()
    files = build.files if build is not None else ()
    return tuple(file for file in files if file.digest is None and file.place not in have)


def _is_served(build: SourceBuild, live: TargetBuild | None) -> bool:
    """Whether a live build serves all that the source serves, as far as anybody knows its content, and no more."""
    if live is None or not _wants_equal_packages(build, live):
        return False
    known = {file.place: file.digest for file in build.files}
    there = {file.place: file.digest for file in live.files}
    absent = [place for place, digest in known.items() if digest is not None and place not in there]
    return not absent and all(place in known and known[place] in (None, digest) for place, digest in there.items())


def _is_extended(build: SourceBuild, live: TargetBuild) -> bool:
    """Whether the source serves all that is live, unchanged, and more: what was missing in an earlier import."""
    known = {file.place: file.digest for file in build.files}
    return _wants_equal_packages(build, live) and all(
        file.place in known and known[file.place] in (None, file.digest) for file in live.files
    )


def _wants_equal_packages(build: SourceBuild, live: TargetBuild) -> bool:
    return set(build.dependencies) == set(live.dependencies) and set(build.requirements) == set(live.requirements)


def _plan_build(
    source: SourceBuild, service: TargetService | None, live: TargetBuild | None, missing: tuple[SourceFile, ...]
) -> BuildPlan | None:
    uploaded = {} if service is None else {(file.place, file.digest): file.sid for file in service.files}
    lying = {} if live is None else {file.place: file.sid for file in live.files}
    files = tuple(
        PlannedFile(file, lying.get(file.place) if file.digest is None else uploaded.get((file.place, file.digest)))
        for file in source.files
        if file not in missing
    )
    if not files:
        # A build of nothing is refused: all that was served is missing.
        return None
    sid = None if service is None else _completed(source, files, service.builds)
    return BuildPlan(source, sid, files, missing, replaces=live is not None)


def _completed(source: SourceBuild, files: Iterable[PlannedFile], builds: Iterable[TargetBuild]) -> str | None:
    """A build that an import made before it broke off."""
    wanted = {(each.file.place, each.sid) for each in files}
    for build in builds:
        if {(file.place, file.sid) for file in build.files} == wanted and _wants_equal_packages(source, build):
            return build.sid
    return None


def _plan_applications(
    wanted: Iterable[SourceApplication], existing: Iterable[TargetApplication]
) -> Iterator[ApplicationPlan]:
    """Names need not be unique: the first of a name is the first there, and so on."""
    free: dict[str, list[TargetApplication]] = {}
    for each in existing:
        free.setdefault(each.friendly_name, []).append(each)
    for application in wanted:
        same = free.get(application.friendly_name)
        if not same:
            yield ApplicationPlan(application, None, is_equal=False)
            continue
        equal = next((each for each in same if each.fields == application.fields), None)
        found = equal or same[0]
        same.remove(found)
        yield ApplicationPlan(application, found.sid, is_equal=equal is not None)


def explain_clash(plan: ServicePlan) -> str:
    """One sentence about a name that is taken, and what to do."""
    shown = ", ".join(plan.clashes[:SHOWN_DIFFERENCES_MAX])
    more = len(plan.clashes) - SHOWN_DIFFERENCES_MAX
    name = plan.source.unique_name
    return (
        f"there is another service {name} already: it has {shown}{f' and {more} more' if more > 0 else ''}, which the"
        f" one to be imported has not. Give that another name (--rename {name}={name}-2), or leave it out by naming the"
        " others (--service), or take the existing one over (--override-existing-project)"
    )
