"""What an import does, or did, in words: steps, what stays, what is missing, what a person does next. Pure.

Must not know terminals, nor how it is printed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gettone.client.importing import FileKind, Source, SourceApplication, Target
from gettone.client.importing_advice import OldValue, find_old_values
from gettone.client.importing_doing import Failure
from gettone.client.importing_plan import BuildPlan, EnvironmentPlan, ImportPlan, find_environment


@dataclass(frozen=True, slots=True)
class Line:
    """One remark about an environment or a service; both are empty where it is about the account."""

    service: str
    environment: str
    what: str


@dataclass(frozen=True, slots=True)
class Moved:
    """An environment that is there now, with the domain name it had and has. `build_sid` is None where nothing is."""

    service: str
    environment: str
    sid: str
    old_domain_name: str
    domain_name: str
    build_sid: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """The end of an import."""

    moved: tuple[Moved, ...]
    applications: tuple[tuple[SourceApplication, str], ...]
    kept: tuple[Line, ...]
    missing: tuple[Line, ...]
    old_values: tuple[OldValue, ...]
    failures: tuple[Failure, ...]
    remarks: tuple[str, ...]
    next_steps: tuple[str, ...]


def list_steps(plan: ImportPlan) -> Iterator[Line]:
    """What is to be done, in its order."""
    for service in plan.services:
        name = service.source.unique_name
        if service.sid is None:
            yield Line(name, "", "create the service")
        for environment in service.environments:
            for what in _environment_steps(environment):
                yield Line(name, environment.source.unique_name, what)
    for application in plan.applications:
        if application.sid is None:
            yield Line("", "", f"create the TwiML application {_named(application.source)}")


def list_kept(plan: ImportPlan) -> Iterator[Line]:
    """What the target has otherwise, and keeps."""
    for service in plan.services:
        name = service.source.unique_name
        for environment in service.environments:
            if environment.kept:
                yield Line(name, environment.source.unique_name, f"other values of {', '.join(environment.kept)}")
            if environment.keeps_build:
                yield Line(name, environment.source.unique_name, "what is live now, and is not what the source serves")
    for application in plan.applications:
        if application.sid is not None and not application.is_equal:
            yield Line("", "", f"other fields of the TwiML application {_named(application.source)}")


def list_missing(plan: ImportPlan) -> Iterator[Line]:
    """The files whose content nobody could get hold of."""
    for service in plan.services:
        for environment in service.environments:
            for file in environment.missing:
                yield Line(service.source.unique_name, environment.source.unique_name, str(file.place))


def make_report(source: Source, target: Target, plan: ImportPlan, failures: tuple[Failure, ...]) -> Report:
    """The end of an import: `target` and `plan` are what is there, and what would still have to happen."""
    moved = tuple(_list_moved(source, target))
    applications = tuple((each.source, each.sid) for each in plan.applications if each.sid is not None)
    there = {each.sid: each.fields for each in target.applications}
    asking = tuple((application, sid) for application, sid in applications if there.get(sid) == application.fields)
    missing = tuple(list_missing(plan))
    domains = {each.old_domain_name: each.domain_name for each in moved if each.old_domain_name}
    old_values = find_old_values(source, target, {application.sid: sid for application, sid in applications}, domains)
    # What a service kept out is told as its failure.
    failed = {each.service for each in failures}
    undone = tuple(
        Failure(each.source.unique_name, "it is not whole yet: somebody else changes it meanwhile. Type the same again")
        for each in plan.services
        if not each.is_done and each.source.unique_name not in failed
    )
    return Report(
        moved=moved,
        applications=applications,
        kept=tuple(list_kept(plan)),
        missing=missing,
        old_values=old_values,
        failures=(*failures, *undone),
        remarks=source.remarks,
        next_steps=tuple(_next_steps(source, missing, old_values, asking, domains)),
    )


def _environment_steps(plan: EnvironmentPlan) -> Iterator[str]:
    if plan.sid is None:
        suffix = plan.source.domain_suffix
        yield f"create the environment ({'production' if suffix is None else f'suffix {suffix}'})"
    if plan.added:
        yield f"set {', '.join(plan.added)}"
    if plan.changed:
        yield f"change {', '.join(plan.changed)}"
    if plan.build is not None:
        yield _deployment(plan.build)


def _deployment(plan: BuildPlan) -> str:
    functions = sum(1 for each in plan.files if each.file.place.kind is FileKind.FUNCTION)
    uploads = sum(1 for each in plan.files if each.sid is None)
    counts = f"{_count(functions, 'function')} and {_count(len(plan.files) - functions, 'asset')}"
    to_do = "built already" if plan.sid is not None else f"{_count(uploads, 'upload')} and a build"
    instead = ", in place of what is live now" if plan.replaces else ""
    return f"deploy {counts} ({to_do}){instead}"


def _list_moved(source: Source, target: Target) -> Iterator[Moved]:
    services = {each.unique_name: each for each in target.services}
    for service in source.services:
        there = services.get(service.unique_name)
        for environment in service.environments:
            found = find_environment(environment, there)
            if found is not None:
                yield Moved(
                    service.unique_name,
                    found.unique_name,
                    found.sid,
                    environment.domain_name,
                    found.domain_name,
                    found.build_sid,
                )


def _next_steps(
    source: Source,
    missing: tuple[Line, ...],
    old_values: tuple[OldValue, ...],
    applications: tuple[tuple[SourceApplication, str], ...],
    domains: dict[str, str],
) -> Iterator[str]:
    if missing:
        yield (
            f"Put the {_count(len(missing), 'missing file')} into a folder as assets/ of a project has them, and type"
            " the same again with --assets DIR"
        )
    if source.keys:
        yield (
            f"Secrets of API keys cannot be read ({', '.join(each.friendly_name or each.sid for each in source.keys)}):"
            " make keys here with: gettone keys create NAME"
        )
    if old_values:
        names = ", ".join(dict.fromkeys(each.key for each in old_values))
        yield (
            f"Give {names} the values of the new account with gettone env set; or leave them, where tokens are for"
            " Twilio's own Voice, Video, Sync or Conversations"
        )
    for application, sid in applications:
        old = next((name for name in domains if any(name in text for text in application.fields.values())), None)
        if old is not None:
            yield (
                f"TwiML application {_named(application)} ({sid}) asks {old}: lead it to {domains[old]} with: gettone"
                f" apps update {sid}"
            )
    if domains:
        yield "Tell whoever calls the functions their new domain names"


def _named(application: SourceApplication) -> str:
    return application.friendly_name or application.sid


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
