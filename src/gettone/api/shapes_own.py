"""What Twilio has no shape for, as JSON of our own: snapshots, settings, whole keys, host names, log lines. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gettone.api.calls import Call
from gettone.api.dates import precise
from gettone.api.fields import sid_of
from gettone.api.pages import Meta
from gettone.api.shapes_accounts import Sk
from gettone.api.shapes_builds import Status, Zd
from gettone.api.shapes_code import Zh
from gettone.api.shapes_people import Moment
from gettone.api.shapes_services import Ac, Shape, Zb, Ze, Zs
from gettone.control.api_keys import NewApiKey
from gettone.model.api_keys import ApiKey
from gettone.model.builds import Build
from gettone.model.environments import HostName
from gettone.model.logs import LogEntry
from gettone.model.services import Service

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
KeyType = Literal["main", "standard", "restricted"]


class SnapshotShape(Shape):
    """A snapshot that was published."""

    revision: int
    created_at: Moment


class SnapshotsShape(Shape):
    """The newest snapshots, newest first, and what the gateway serves. Problems are sentences."""

    snapshots: list[SnapshotShape]
    latest_revision: int
    served_revision: int
    problems: list[str]


class ReadyShape(Shape):
    """Whether the gateway serves the current snapshot."""

    ready: bool
    latest_revision: int
    served_revision: int


class SettingsShape(Shape):
    """What this installation is set to; no secrets."""

    settings: dict[str, str]


class ApiKeyShape(Shape):
    """A key with all that is known of it, but its secret."""

    sid: Sk
    account_sid: Ac
    friendly_name: str
    type: KeyType
    policy: list[str] | None
    service_sid: Zs | None
    previous_secret_until: Moment | None
    last_used_at: Moment | None
    created_at: Moment
    updated_at: Moment
    url: str


class NewApiKeyShape(ApiKeyShape):
    """A key that was just made or rotated: its secret is told this once."""

    secret: str = Field(repr=False)


class ApiKeyPage(Shape):
    """A page of keys."""

    api_keys: list[ApiKeyShape]
    meta: Meta


class HostNameShape(Shape):
    """A host name of a service's own."""

    host: str
    account_sid: Ac
    environment_sid: Ze
    created_at: Moment
    url: str


class HostNamePage(Shape):
    """A page of host names."""

    host_names: list[HostNameShape]
    meta: Meta


class ServiceSettingsShape(Shape):
    """How the workers of a service are bounded."""

    concurrency: int
    workers_max: int
    timeout_seconds: float


class BuildDetail(Shape):
    """What a build needed, and what was said while it was installed."""

    sid: Zb
    account_sid: Ac
    service_sid: Zs
    status: Status
    runtime: str
    python_runtime: str
    requirements: list[str]
    node_bundle: Digest | None
    python_bundle: Digest | None
    log: str
    created_at: Moment
    updated_at: Moment
    url: str


class ReplacedShape(Shape):
    """The keys of the variables that changed."""

    changed: list[str]


class LineShape(Shape):
    """A log line. `is_platform` where the platform speaks, not the function."""

    sid: Annotated[str, sid_of("NO")]
    account_sid: Ac
    service_sid: Zs
    environment_sid: Ze
    build_sid: Zb | None
    deployment_sid: Zd | None
    function_sid: Zh | None
    request_sid: Annotated[str, sid_of("RQ")] | None
    level: Literal["info", "warning", "error"]
    message: str
    is_platform: bool
    created_at: Moment


def show_api_key(call: Call, key: ApiKey) -> ApiKeyShape:
    """A key with all that is known of it as JSON."""
    return ApiKeyShape(
        sid=key.sid,
        account_sid=key.account_sid,
        friendly_name=key.friendly_name,
        type=key.type.value,
        policy=None if key.policy is None else list(key.policy),
        service_sid=key.service_sid,
        previous_secret_until=None if key.previous_secret_until is None else precise(key.previous_secret_until),
        last_used_at=None if key.last_used_at is None else precise(key.last_used_at),
        created_at=precise(key.created_at),
        updated_at=precise(key.updated_at),
        url=call.own_url("api-keys", key.sid),
    )


def show_new_api_key(call: Call, new: NewApiKey) -> NewApiKeyShape:
    """A key and its secret as JSON."""
    return NewApiKeyShape(**show_api_key(call, new.key).model_dump(), secret=new.secret)


def show_host_name(call: Call, service: str, name: HostName) -> HostNameShape:
    """A host name as JSON."""
    return HostNameShape(
        host=name.host,
        account_sid=name.account_sid,
        environment_sid=name.environment_sid,
        created_at=precise(name.created_at),
        url=call.own_url("services", service, "environments", name.environment_sid, "host-names", name.host),
    )


def show_settings(service: Service) -> ServiceSettingsShape:
    """How the workers of a service are bounded, as JSON."""
    settings = service.settings
    return ServiceSettingsShape(
        concurrency=settings.concurrency,
        workers_max=settings.workers_max,
        timeout_seconds=settings.timeout_seconds,
    )


def show_build_detail(call: Call, build: Build) -> BuildDetail:
    """What a build needed as JSON."""
    return BuildDetail(
        sid=build.sid,
        account_sid=build.account_sid,
        service_sid=build.service_sid,
        status=build.status.value,
        runtime=build.runtime,
        python_runtime=build.python_runtime,
        requirements=list(build.requirements),
        node_bundle=build.node_bundle,
        python_bundle=build.python_bundle,
        log=build.log,
        created_at=precise(build.created_at),
        updated_at=precise(build.updated_at),
        url=call.own_url("services", build.service_sid, "builds", build.sid),
    )


def show_line(entry: LogEntry) -> LineShape:
    """A log line as JSON."""
    return LineShape(
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
        is_platform=entry.is_platform,
        created_at=precise(entry.created_at),
    )
