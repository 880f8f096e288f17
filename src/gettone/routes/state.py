"""One environment as it is kept, turned into what is published of it. Pure; a state that cannot be served is refused.

Use cases check all of this where it can be mended best. Here is the last place before it is committed: whatever way a
state came about, what is published is sound. Must not know where the state is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from gettone.model.assets import AssetVersion
from gettone.model.builds import Build, BuildStatus
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionVersion, Visibility
from gettone.model.services import Service, ServiceSettings
from gettone.model.variables import Variables
from gettone.routes.segment import AssetEntry, EnvironmentSegment, FunctionEntry

# A route that is only a slash has no name that a file could have.
ROOT_FILE = "/__root__"

_to_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class EnvironmentState:
    """What an environment serves, as it is kept, with its variables open.

    `variables` hold what the platform adds, too. `hosts` are its own host names, `domain` what follows the
    environment's own label.
    """

    service: Service
    environment: EnvironmentResource
    build: Build
    functions: tuple[FunctionVersion, ...]
    assets: tuple[AssetVersion, ...]
    variables: Variables
    hosts: tuple[str, ...]
    domain: str


@dataclass(frozen=True, slots=True)
class SegmentBounds:
    """How much one environment may hold: routes, and variables as JSON in UTF-8."""

    routes: int = 3050
    variables_bytes: int = 3072


def compile_segments(states: Iterable[EnvironmentState], bounds: SegmentBounds) -> tuple[EnvironmentSegment, ...]:
    """The segments of environments, in the order of their SIDs.

    Raises PlatformError: `conflict` when two things want one path, one file or one host; `invalid` when a path names no
    file, or a build is not complete; `too_large`. Its message says what to mend.
    """
    segments = sorted((compile_segment(state, bounds) for state in states), key=lambda each: each.environment_sid)
    names: dict[str, EnvironmentSegment] = {}
    for segment in segments:
        for host in segment.hosts:
            other = names.setdefault(host, segment)
            if other is not segment:
                raise PlatformError(
                    "conflict",
                    f"the host name {host} belongs to {other.environment_sid} and to {segment.environment_sid}: take it"
                    " from one of them",
                    host=host,
                )
    return tuple(segments)


def compile_segment(state: EnvironmentState, bounds: SegmentBounds) -> EnvironmentSegment:
    """The segment of one environment. Errors as in `compile_segments`."""
    environment, build, settings = state.environment, state.build, state.service.settings
    if (
        environment.build_sid != build.sid
        or environment.deployment_sid is None
        or build.status != BuildStatus.COMPLETED
    ):
        raise PlatformError(
            "invalid",
            f"build {build.sid} is {build.status} and cannot be served by {environment.unique_name}: deploy one that is"
            " completed",
            build_sid=build.sid,
        )
    functions = tuple(sorted(map(_function_entry, state.functions), key=lambda each: each.path))
    assets = tuple(sorted(map(_asset_entry, state.assets), key=lambda each: each.path))
    _check_routes(state, functions, assets, bounds)
    _check_variables(state, bounds)
    domain_name = f"{environment.domain_name}.{state.domain}".lower()
    return EnvironmentSegment(
        account_sid=environment.account_sid,
        service_sid=environment.service_sid,
        environment_sid=environment.sid,
        build_sid=build.sid,
        deployment_sid=environment.deployment_sid,
        domain_name=domain_name,
        hosts=(domain_name, *sorted(set(state.hosts) - {domain_name})),
        functions=functions,
        assets=assets,
        variables=state.variables,
        # Equal settings must be equal bytes, also where a whole number of seconds was given.
        settings=ServiceSettings(settings.concurrency, settings.workers_max, float(settings.timeout_seconds)),
        node_bundle=build.node_bundle,
        python_bundle=build.python_bundle,
    )


def _function_entry(version: FunctionVersion) -> FunctionEntry:
    place = _place(version.path, version.sid) + version.extension
    return FunctionEntry(
        sid=version.function_sid,
        version_sid=version.sid,
        path=version.path,
        source=f"functions{place}",
        file=f"handlers{place}",
        language=version.language,
        visibility=version.visibility,
        digest=version.digest,
        size_bytes=version.size_bytes,
    )


def _asset_entry(version: AssetVersion) -> AssetEntry:
    place = _place(version.path, version.sid)
    return AssetEntry(
        sid=version.asset_sid,
        version_sid=version.sid,
        path=version.path,
        source=f"assets{place}",
        file=f"files{place}",
        visibility=version.visibility,
        content_type=version.content_type,
        digest=version.digest,
        size_bytes=version.size_bytes,
    )


def _place(path: str, version_sid: str) -> str:
    """Where what is served at a path lies, below its folder. Raises PlatformError `invalid`."""
    if path == "/":
        return ROOT_FILE
    parts = path.split("/")
    # SAFETY: a gateway writes files under these names; no path may lead out of the task root.
    if not path.startswith("/") or not {"", ".", ".."}.isdisjoint(parts[1:]) or "\0" in path or "\\" in path:
        raise PlatformError(
            "invalid",
            f"the path of version {version_sid} names no file: upload it again with a path such as /a/b, without empty"
            " parts or dots alone",
            version_sid=version_sid,
        )
    return path


def _check_routes(
    state: EnvironmentState,
    functions: tuple[FunctionEntry, ...],
    assets: tuple[AssetEntry, ...],
    bounds: SegmentBounds,
) -> None:
    served: tuple[FunctionEntry | AssetEntry, ...] = (*functions, *assets)
    if len(served) > bounds.routes:
        raise PlatformError(
            "too_large",
            f"build {state.build.sid} has {len(served)} functions and assets, an environment serves {bounds.routes}:"
            " split the service",
            build_sid=state.build.sid,
            routes=len(served),
            routes_max=bounds.routes,
        )
    _check_alone(state, ((each.path, each.source) for each in served), "are both served at")
    # Other assets are sent from where they are kept, and lie in no folder.
    written = [each for each in served if isinstance(each, FunctionEntry) or each.visibility is Visibility.PRIVATE]
    _check_alone(state, ((each.file, each.source) for each in written), "would both lie at")
    sources = {each.file: each.source for each in written}
    for file, source in sources.items():
        folder = file.rpartition("/")[0]
        while folder:
            if folder in sources:
                raise _conflict(state, sources[folder], source, f"cannot both lie at {folder}, as file and as folder")
            folder = folder.rpartition("/")[0]


def _check_alone(state: EnvironmentState, claims: Iterable[tuple[str, str]], why: str) -> None:
    sources: dict[str, str] = {}
    for wanted, source in claims:
        if wanted in sources:
            raise _conflict(state, sources[wanted], source, f"{why} {wanted}")
        sources[wanted] = source


def _conflict(state: EnvironmentState, one: str, other: str, why: str) -> PlatformError:
    return PlatformError(
        "conflict",
        f"{one} and {other} of build {state.build.sid} {why}: give one another path, or leave it out of the build",
        build_sid=state.build.sid,
        files=(one, other),
    )


def _check_variables(state: EnvironmentState, bounds: SegmentBounds) -> None:
    try:
        size_bytes = len(_to_json(dict(state.variables)))
    except UnicodeEncodeError:
        raise PlatformError(
            "invalid",
            f"a variable of {state.environment.unique_name} holds half a surrogate pair, which no process can be given:"
            " set it again",
        ) from None
    if size_bytes > bounds.variables_bytes:
        raise PlatformError(
            "too_large",
            f"the variables of {state.environment.unique_name} have {size_bytes} bytes as JSON, with those that the"
            f" platform adds; {bounds.variables_bytes} are allowed: shorten or remove some, or keep data in an asset",
            size_bytes=size_bytes,
            bytes_max=bounds.variables_bytes,
        )
