"""Reads what there is where a project is to go, as far as a deploy wants to know it. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from gettone.client.builds import Builds, RemoteBuild
from gettone.client.connection import Connection
from gettone.client.deploying import KnownBuild, Standing
from gettone.client.environments import Environments, RemoteEnvironment
from gettone.client.files import Files
from gettone.client.importing import FileKind
from gettone.client.services import RemoteService, Services
from gettone.client.variables import Variables
from gettone.client.versions import RemoteContent, Versions
from gettone.model.builds import BuildStatus
from gettone.model.errors import PlatformError

# What a deploy that broke off left undeployed is among the newest.
RECENT_BUILDS = 5


def read_standing(
    connection: Connection, service: RemoteService | None, environment: RemoteEnvironment | None
) -> Standing:
    """All that there is of a service and one of its environments."""
    if service is None:
        return Standing()
    lists = Files(connection, service.sid)
    owners: dict[tuple[FileKind, str], str] = {}
    for function in lists.functions.list():
        # Newest first: the oldest of a name is the one that counts.
        owners[FileKind.FUNCTION, function.friendly_name] = function.sid
    for asset in lists.assets.list():
        owners[FileKind.ASSET, asset.friendly_name] = asset.sid
    builds = Builds(connection, service.sid)
    live_sid = None if environment is None else environment.build_sid
    return Standing(
        service=service,
        environment=environment,
        owners=owners,
        contents=tuple(read_contents(connection, service.sid)),
        builds=tuple(known_build(builds, each) for each in islice(builds.list(), RECENT_BUILDS) if _is_of_use(each)),
        live=None if live_sid is None else known_build(builds, builds.get(live_sid)),
        variables={} if environment is None else read_values(connection, environment),
        bounds=Services(connection).bounds(service.sid),
    )


def read_contents(connection: Connection, service: str) -> Iterable[tuple[FileKind, RemoteContent]]:
    """All versions of a service, newest first."""
    versions = Versions(connection, service)
    yield from ((FileKind.FUNCTION, each) for each in versions.functions())
    yield from ((FileKind.ASSET, each) for each in versions.assets())


def read_values(connection: Connection, environment: RemoteEnvironment) -> Mapping[str, str | None]:
    """The variables of an environment; none for a key that may not see them."""
    found = Variables(connection, environment.service_sid, environment.sid).list()
    try:
        return {each.key: each.value for each in found}
    except PlatformError as error:
        if error.code != "denied" or error.evidence.get("status") != 403:
            raise
        return {}


def known_build(builds: Builds, build: RemoteBuild) -> KnownBuild:
    """A build, with what it asked pip for."""
    return KnownBuild(
        sid=build.sid,
        status=build.status,
        versions=frozenset(each.sid for each in (*build.functions, *build.assets)),
        dependencies=build.dependencies,
        requirements=builds.detail(build.sid).requirements,
        runtime=build.runtime,
    )


def find_environment(connection: Connection, service: str, suffix: str | None) -> RemoteEnvironment | None:
    """The environment with this suffix, None for production's; of several, the one that twilio-run would have made.

    A SID that begins with ZE, or a unique name, is taken as well. Raises PlatformError `not_found` for another's SID.
    """
    environments = Environments(connection, service)
    if suffix is not None and suffix.startswith("ZE"):
        return environments.get(suffix)
    everything = list(environments.list())
    found = [each for each in everything if each.domain_suffix == suffix]
    usual = environment_name(suffix)
    found.sort(key=lambda each: each.unique_name != usual)
    named = [each for each in everything if each.unique_name == suffix]
    return next(iter((*found, *named)), None)


def environment_name(suffix: str | None) -> str:
    """The unique name that twilio-run gives an environment."""
    return "production" if suffix is None else f"{suffix}-environment"


def _is_of_use(build: RemoteBuild) -> bool:
    return build.status is not BuildStatus.FAILED
