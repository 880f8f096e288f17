"""Builds, deployments and log lines as JSON: every key that Twilio's have, and no other. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from gettone.api.calls import Call
from gettone.api.dates import iso8601
from gettone.api.fields import sid_of
from gettone.api.pages import Meta
from gettone.api.shapes_code import Zh, Zn
from gettone.api.shapes_services import Ac, Iso, Shape, Zb, Ze, Zs
from gettone.control.build_contents import BuildContent
from gettone.model.builds import Build
from gettone.model.deployments import DeploymentResource
from gettone.model.functions import Visibility
from gettone.model.logs import LogEntry

Zd = Annotated[str, sid_of("ZD")]
No = Annotated[str, sid_of("NO")]
Rq = Annotated[str, sid_of("RQ")]
Status = Literal["building", "completed", "failed"]
# Inside a build, and only there, Twilio writes them in capitals.
Loud = Literal["PUBLIC", "PROTECTED", "PRIVATE"]


class BuiltFunction(Shape):
    """A version of a function, as a build shows it."""

    sid: Zn
    account_sid: Ac
    service_sid: Zs
    function_sid: Zh
    date_created: Iso
    path: str
    visibility: Loud


class BuiltAsset(Shape):
    """A version of an asset, as a build shows it."""

    sid: Zn
    account_sid: Ac
    service_sid: Zs
    asset_sid: Zh
    date_created: Iso
    path: str
    visibility: Loud


class DependencyShape(Shape):
    """An npm package."""

    name: str
    version: str


class BuildLinks(Shape):
    """Where a build's status is."""

    build_status: str


class BuildShape(Shape):
    """A build."""

    sid: Zb
    account_sid: Ac
    service_sid: Zs
    asset_versions: list[BuiltAsset]
    function_versions: list[BuiltFunction]
    dependencies: list[DependencyShape]
    runtime: str
    status: Status
    date_created: Iso
    date_updated: Iso
    url: str
    links: BuildLinks


class BuildPage(Shape):
    """A page of builds."""

    builds: list[BuildShape]
    meta: Meta


class BuildStatusShape(Shape):
    """How far a build is."""

    sid: Zb
    account_sid: Ac
    service_sid: Zs
    status: Status
    url: str


class DeploymentShape(Shape):
    """A deployment. `build_sid` is null where it took a build away."""

    sid: Zd
    account_sid: Ac
    service_sid: Zs
    environment_sid: Ze
    build_sid: Zb | None
    date_created: Iso
    date_updated: Iso
    url: str


class DeploymentPage(Shape):
    """A page of deployments."""

    deployments: list[DeploymentShape]
    meta: Meta


class LogShape(Shape):
    """A log line. What belongs to no invocation has null for function and request."""

    sid: No
    account_sid: Ac
    service_sid: Zs
    environment_sid: Ze
    build_sid: Zb | None
    deployment_sid: Zd | None
    function_sid: Zh | None
    request_sid: Rq | None
    level: Literal["info", "warning", "error"]
    message: str
    date_created: Iso
    url: str


class LogPage(Shape):
    """A page of log lines, newest first."""

    logs: list[LogShape]
    meta: Meta


def show_build(call: Call, build: Build, content: BuildContent) -> BuildShape:
    """A build as JSON, with the versions in it."""
    url = call.url("Services", build.service_sid, "Builds", build.sid)
    return BuildShape(
        sid=build.sid,
        account_sid=build.account_sid,
        service_sid=build.service_sid,
        asset_versions=[
            BuiltAsset(
                sid=version.sid,
                account_sid=version.account_sid,
                service_sid=version.service_sid,
                asset_sid=version.asset_sid,
                date_created=iso8601(version.created_at),
                path=version.path,
                visibility=_loud(version.visibility),
            )
            for version in content.assets
        ],
        function_versions=[
            BuiltFunction(
                sid=version.sid,
                account_sid=version.account_sid,
                service_sid=version.service_sid,
                function_sid=version.function_sid,
                date_created=iso8601(version.created_at),
                path=version.path,
                visibility=_loud(version.visibility),
            )
            for version in content.functions
        ],
        dependencies=[DependencyShape(name=each.name, version=each.version) for each in build.dependencies],
        runtime=build.runtime,
        status=build.status.value,
        date_created=iso8601(build.created_at),
        date_updated=iso8601(build.updated_at),
        url=url,
        links=BuildLinks(build_status=f"{url}/Status"),
    )


def _loud(visibility: Visibility) -> Loud:
    match visibility:
        case Visibility.PUBLIC:
            return "PUBLIC"
        case Visibility.PROTECTED:
            return "PROTECTED"
        case Visibility.PRIVATE:
            return "PRIVATE"


def show_build_status(call: Call, build: Build) -> BuildStatusShape:
    """How far a build is, as JSON."""
    return BuildStatusShape(
        sid=build.sid,
        account_sid=build.account_sid,
        service_sid=build.service_sid,
        status=build.status.value,
        url=call.url("Services", build.service_sid, "Builds", build.sid, "Status"),
    )


def show_deployment(call: Call, deployment: DeploymentResource) -> DeploymentShape:
    """A deployment as JSON."""
    return DeploymentShape(
        sid=deployment.sid,
        account_sid=deployment.account_sid,
        service_sid=deployment.service_sid,
        environment_sid=deployment.environment_sid,
        build_sid=deployment.build_sid,
        date_created=iso8601(deployment.created_at),
        date_updated=iso8601(deployment.updated_at),
        url=call.url(
            "Services",
            deployment.service_sid,
            "Environments",
            deployment.environment_sid,
            "Deployments",
            deployment.sid,
        ),
    )


def show_log(call: Call, entry: LogEntry) -> LogShape:
    """A log line as JSON."""
    return LogShape(
        sid=entry.sid,
        account_sid=entry.account_sid,
        service_sid=entry.service_sid,
        environment_sid=entry.environment_sid,
        build_sid=entry.build_sid,
        deployment_sid=entry.deployment_sid,
        function_sid=entry.function_sid,
        request_sid=entry.request_sid,
        level=entry.level.value,
        message=entry.message,
        date_created=iso8601(entry.created_at),
        url=call.url("Services", entry.service_sid, "Environments", entry.environment_sid, "Logs", entry.sid),
    )
