"""Reads what the account that takes an import in has already, as far as that matters. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

from gettone.client.accounts import Accounts
from gettone.client.applications import Applications
from gettone.client.builds import Builds, RemoteBuild
from gettone.client.connection import Connection
from gettone.client.environments import Environments
from gettone.client.files import Files
from gettone.client.importing import (
    FileKind,
    Place,
    Target,
    TargetApplication,
    TargetBuild,
    TargetEnvironment,
    TargetFile,
    TargetService,
)
from gettone.client.importing_source import application_fields, oldest_first
from gettone.client.keys import Keys
from gettone.client.services import RemoteService, Services
from gettone.client.variables import Variables as RemoteVariables
from gettone.client.versions import Versions
from gettone.model.builds import BuildStatus
from gettone.model.errors import PlatformError
from gettone.model.variables import Variables

# What an import that broke off left undeployed is among the newest.
RECENT_BUILDS = 5


def read_target(connection: Connection, names: Collection[str]) -> Target:
    """The account, its applications, and those of its services that have one of these unique names."""
    account_sid = Accounts(connection).own_sid()
    return Target(
        account_sid=account_sid,
        services=tuple(
            _read_service(connection, each) for each in Services(connection).list() if each.unique_name in names
        ),
        applications=tuple(
            TargetApplication(each.sid, each.friendly_name, application_fields(each))
            for each in oldest_first(Applications(connection, account_sid).list())
        ),
        key_sids=_read_keys(connection),
    )


def _read_keys(connection: Connection) -> frozenset[str]:
    try:
        return frozenset(each.sid for each in Keys(connection).list())
    except PlatformError as error:
        if error.code != "denied":
            raise
        # A key that may deploy need not see keys: then there is one more remark at the end.
        return frozenset()


def _read_service(connection: Connection, service: RemoteService) -> TargetService:
    environments = tuple(_read_environments(connection, service.sid))
    files = {each.sid: each for each in _read_files(connection, service.sid)}
    lists = Files(connection, service.sid)
    live = {each.build_sid for each in environments if each.build_sid is not None}
    return TargetService(
        sid=service.sid,
        unique_name=service.unique_name,
        environments=environments,
        # The oldest of a name is the one that counts.
        functions={each.friendly_name: each.sid for each in lists.functions.list()},
        assets={each.friendly_name: each.sid for each in lists.assets.list()},
        files=tuple(files.values()),
        builds=tuple(_read_builds(connection, service.sid, live, files)),
    )


def _read_environments(connection: Connection, service_sid: str) -> Iterator[TargetEnvironment]:
    for each in Environments(connection, service_sid).list():
        variables = RemoteVariables(connection, service_sid, each.sid).list()
        yield TargetEnvironment(
            sid=each.sid,
            unique_name=each.unique_name,
            domain_suffix=each.domain_suffix,
            domain_name=each.domain_name,
            variables=Variables({variable.key: variable.value or "" for variable in variables}),
            build_sid=each.build_sid,
        )


def _read_files(connection: Connection, service_sid: str) -> Iterator[TargetFile]:
    versions = Versions(connection, service_sid)
    for kind, found in ((FileKind.FUNCTION, versions.functions()), (FileKind.ASSET, versions.assets())):
        for each in found:
            yield TargetFile(Place(kind, each.path, each.visibility), each.sid, each.digest)


def _read_builds(
    connection: Connection, service_sid: str, live: Collection[str], files: dict[str, TargetFile]
) -> Iterator[TargetBuild]:
    builds = Builds(connection, service_sid)
    recent = {each.sid: each for each in islice(builds.list(), RECENT_BUILDS)}
    wanted: list[RemoteBuild] = [*recent.values(), *(builds.get(sid) for sid in sorted(live) if sid not in recent)]
    for build in wanted:
        if build.status is not BuildStatus.COMPLETED:
            continue
        yield TargetBuild(
            sid=build.sid,
            files=tuple(files[each.sid] for each in (*build.functions, *build.assets) if each.sid in files),
            dependencies=build.dependencies,
            requirements=builds.detail(build.sid).requirements,
        )
