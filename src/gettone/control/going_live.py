"""What happens when a build goes live in an environment, within one transaction. Must not know who asked for it."""

from __future__ import annotations

from dataclasses import replace

from gettone.control import audit
from gettone.control.build_requests import Runtimes, is_outdated
from gettone.control.office import Office
from gettone.model.builds import Build, BuildStatus
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal
from gettone.model.sids import DEPLOYMENT, DeploymentSid
from gettone.store.interface import Transaction


async def go_live(
    tx: Transaction,
    office: Office,
    principal: Principal,
    environment: EnvironmentResource,
    build: Build | None,
    *,
    is_plugin: bool = False,
    message: str | None = None,
) -> DeploymentResource:
    """Let an environment serve a build, or nothing, and publish that.

    Raises PlatformError where the state cannot be served; the transaction is then to be undone.
    """
    now = office.clock()
    deployment = DeploymentResource(
        sid=DEPLOYMENT.make(office.randomness),
        account_sid=environment.account_sid,
        service_sid=environment.service_sid,
        environment_sid=environment.sid,
        build_sid=None if build is None else build.sid,
        is_plugin=is_plugin,
        actor=principal.name,
        message=message,
        created_at=now,
        updated_at=now,
    )
    await tx.deployments.add(deployment)
    await tx.environments.update(
        replace(environment, build_sid=deployment.build_sid, deployment_sid=deployment.sid, updated_at=now)
    )
    await audit.record(
        tx,
        principal,
        office.clock,
        "environment.deploy" if build is not None else "environment.undeploy",
        environment.sid,
        deployment=deployment.sid,
        build=deployment.build_sid or "",
        before=environment.build_sid or "",
    )
    await office.publisher.publish(tx, principal, environments=[environment.sid])
    return deployment


def check_deployable(build: Build, runtimes: Runtimes) -> None:
    """Raise PlatformError unless a build is completed, and for the runtimes that are here."""
    if build.status is BuildStatus.BUILDING:
        raise PlatformError(
            "conflict", f"build {build.sid} is building: deploy it when its status is completed", status=build.status
        )
    if build.status is BuildStatus.FAILED:
        raise PlatformError(
            "invalid",
            f"build {build.sid} has failed: its log tells why. Mend that, and build again",
            status=build.status,
        )
    if is_outdated(build, runtimes):
        raise PlatformError(
            "invalid",
            f"the packages of build {build.sid} were installed for {build.runtime} and {build.python_runtime}, and"
            f" {runtimes.node} and {runtimes.python} run here: build again",
        )


def check_undisturbed(environment: EnvironmentResource, seen: DeploymentSid | None) -> None:
    """Raise PlatformError `conflict` where another deployment came since somebody looked at an environment."""
    if environment.deployment_sid != seen:
        raise PlatformError(
            "conflict",
            f"another deployment of {environment.unique_name} came between, {environment.deployment_sid}: look at what"
            " it serves now, then deploy again",
            deployment_sid=environment.deployment_sid,
        )
