"""Builds of a service and what is deployed in its environments, as a server tells of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gettone.client.connection import Connection
from gettone.client.files import RemoteVersion, read_version
from gettone.client.records import Record
from gettone.client.services import own_service_path, service_path
from gettone.model.builds import BuildStatus, Dependency
from gettone.model.errors import PlatformError


@dataclass(frozen=True, slots=True)
class RemoteBuild:
    """A build: all that is served together."""

    sid: str
    service_sid: str
    status: BuildStatus
    runtime: str
    functions: tuple[RemoteVersion, ...]
    assets: tuple[RemoteVersion, ...]
    dependencies: tuple[Dependency, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RemoteBuildDetail:
    """What a build has here beyond Twilio: Python, and what was said while packages were installed."""

    sid: str
    status: BuildStatus
    runtime: str
    python_runtime: str
    requirements: tuple[str, ...]
    log: str


@dataclass(frozen=True, slots=True)
class RemoteDeployment:
    """A deployment. `build_sid` is None where it took a build away."""

    sid: str
    environment_sid: str
    build_sid: str | None
    created_at: datetime


class Builds:
    """The builds of one service, by its SID or unique name."""

    def __init__(self, connection: Connection, service: str) -> None:
        self._connection = connection
        self._service = service

    def list(self) -> Iterator[RemoteBuild]:
        """List all of them, newest first."""
        return (read_build(record) for record in self._connection.pages(self._path(), "builds"))

    def get(self, sid: str) -> RemoteBuild:
        """One, by its SID. Raises PlatformError `not_found`."""
        return read_build(self._connection.get_json(self._path(sid)))

    def status(self, sid: str) -> BuildStatus:
        """How far it is."""
        return _status(self._connection.get_json(self._path(sid, "Status")))

    def detail(self, sid: str) -> RemoteBuildDetail:
        """What it needed, and what was said while that was installed."""
        record = self._connection.get_json(own_service_path(self._service, "builds", sid))
        return RemoteBuildDetail(
            sid=record.text("sid"),
            status=_status(record),
            runtime=record.text("runtime"),
            python_runtime=record.text("python_runtime"),
            requirements=record.texts("requirements"),
            log=record.text("log"),
        )

    def create(
        self,
        *,
        functions: Sequence[str],
        assets: Sequence[str],
        dependencies: Sequence[Dependency] = (),
        requirements: Sequence[str] = (),
        runtime: str | None = None,
    ) -> RemoteBuild:
        """Build these versions. It is `building` until what it needs is installed."""
        form: dict[str, str | Sequence[str]] = {"FunctionVersions": functions, "AssetVersions": assets}
        form["Dependencies"] = json.dumps([{"name": each.name, "version": each.version} for each in dependencies])
        if requirements:
            form["Requirements"] = json.dumps(list(requirements))
        if runtime is not None:
            form["Runtime"] = runtime
        return read_build(self._connection.post_form(self._path(), form))

    def delete(self, sid: str) -> None:
        """Delete one that is not served."""
        self._connection.delete(self._path(sid))

    def _path(self, *parts: str) -> str:
        return service_path(self._service, "Builds", *parts)


class Deployments:
    """What was deployed in one environment."""

    def __init__(self, connection: Connection, service: str, environment_sid: str) -> None:
        self._connection = connection
        self._path = service_path(service, "Environments", environment_sid, "Deployments")

    def list(self) -> Iterator[RemoteDeployment]:
        """List all of them, newest first."""
        return (_read_deployment(record) for record in self._connection.pages(self._path, "deployments"))

    def create(self, build_sid: str | None, message: str | None = None) -> RemoteDeployment:
        """Deploy a build, or take away what is live. Raises PlatformError `conflict` where it is live already."""
        form = {name: value for name, value in (("BuildSid", build_sid), ("Message", message)) if value}
        return _read_deployment(self._connection.post_form(self._path, form))


def read_build(record: Record) -> RemoteBuild:
    """A build of its JSON."""
    return RemoteBuild(
        sid=record.text("sid"),
        service_sid=record.text("service_sid"),
        status=_status(record),
        runtime=record.find_text("runtime") or "",
        functions=tuple(read_version(each, "function_sid") for each in record.find_records("function_versions")),
        assets=tuple(read_version(each, "asset_sid") for each in record.find_records("asset_versions")),
        dependencies=tuple(
            Dependency(each.text("name"), each.text("version")) for each in record.find_records("dependencies")
        ),
        created_at=record.moment("date_created"),
        updated_at=record.moment("date_updated"),
    )


def _read_deployment(record: Record) -> RemoteDeployment:
    return RemoteDeployment(
        sid=record.text("sid"),
        environment_sid=record.text("environment_sid"),
        build_sid=record.find_text("build_sid"),
        created_at=record.moment("date_created"),
    )


def _status(record: Record) -> BuildStatus:
    try:
        return BuildStatus(record.text("status"))
    except ValueError:
        raise PlatformError(
            "invalid", f"{record.where} tells of a build's status that is none: look at what listens there"
        ) from None
