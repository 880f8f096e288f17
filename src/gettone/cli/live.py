"""Letting an environment serve a build that is there, and telling so: what promote and rollback end with."""

from __future__ import annotations

from gettone.cli.output import Format, say, show_one
from gettone.client.builds import Builds, Deployments
from gettone.client.checks import base_url
from gettone.client.connection import Connection
from gettone.client.environments import RemoteEnvironment
from gettone.client.services import RemoteService
from gettone.model.builds import BuildStatus
from gettone.model.errors import PlatformError


def go_live(
    connection: Connection,
    service: RemoteService,
    environment: RemoteEnvironment,
    build_sid: str,
    message: str | None,
    output: Format,
) -> None:
    """Deploy a build; where it is live already, say so. Raises PlatformError `conflict` unless it is completed."""
    build = Builds(connection, service.sid).get(build_sid)
    if build.status is not BuildStatus.COMPLETED:
        raise PlatformError("conflict", f"build {build.sid} is {build.status}: only a completed one can be deployed")
    deployment_sid = None
    if environment.build_sid == build.sid:
        say(f"Build {build.sid} is live in {environment.unique_name} already: nothing was deployed.")
    else:
        deployment_sid = Deployments(connection, service.sid, environment.sid).create(build.sid, message).sid
        say(f"{environment.unique_name} of {service.unique_name} serves build {build.sid} now.")
    show_one(
        output,
        {
            "service_sid": service.sid,
            "service_name": service.unique_name,
            "environment_sid": environment.sid,
            "environment": environment.unique_name,
            "build_sid": build.sid,
            "previous_build_sid": environment.build_sid,
            "deployment_sid": deployment_sid,
            "url": base_url(connection, service.sid, environment.sid),
        },
    )
