"""Deployments: which build an environment serves, since when, on whose word. Of two at once, one wins."""

from __future__ import annotations

from gettone.control.access import Permission
from gettone.control.builds import Builds, get_build
from gettone.control.environments import get_environment
from gettone.control.going_live import check_deployable, check_undisturbed, go_live
from gettone.control.office import Office
from gettone.control.saving import Saving
from gettone.control.services import enter_service, not_found
from gettone.control.texts import check_text
from gettone.model.deployments import DeploymentResource
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.sids import DEPLOYMENT
from gettone.project.project import Project

MESSAGE_CHARACTERS_MAX = 500


class Deployments:
    """The deployments of an environment. `builds` completes what `save` has to install."""

    def __init__(self, office: Office, builds: Builds) -> None:
        self._office = office
        self._builds = builds
        self._saving = Saving(office, builds)

    async def create(
        self,
        principal: Principal,
        *,
        service: str,
        environment_sid: str,
        build_sid: str | None = None,
        is_plugin: bool = False,
        message: str | None = None,
    ) -> DeploymentResource:
        """Let an environment serve a build, from the moment that this is committed; without one, nothing any more.

        Raises PlatformError: `conflict` where it serves that already, or where another deployment came between;
        `invalid` for a build that cannot be served.
        """
        office = self._office
        check_message(message)
        async with office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.DEPLOYMENTS_WRITE)
            seen = await get_environment(tx, owner, environment_sid)
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.DEPLOYMENTS_WRITE)
            environment = await get_environment(tx, owner, environment_sid)
            check_undisturbed(environment, seen.deployment_sid)
            build = None if build_sid is None else await get_build(tx, owner, build_sid)
            if build is not None:
                check_deployable(build, self._builds.runtimes)
            # An environment that never had a deployment may be given an empty one, once, as on Twilio.
            if environment.deployment_sid is not None and environment.build_sid == build_sid:
                # Twilio's words: clients look for them.
                raise PlatformError("conflict", "Environment already has requested deployment.", build_sid=build_sid)
            deployment = await go_live(tx, office, principal, environment, build, is_plugin=is_plugin, message=message)
        office.publisher.announce()
        return deployment

    async def get(self, principal: Principal, *, service: str, environment_sid: str, sid: str) -> DeploymentResource:
        """One deployment."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.DEPLOYMENTS_READ)
            environment = await get_environment(tx, owner, environment_sid)
            is_one = DEPLOYMENT.matches(sid)
            found = await tx.deployments.find(sid=sid, environment_sid=environment.sid) if is_one else None
            if found is None:
                raise not_found(f"/Services/{owner.sid}/Environments/{environment.sid}/Deployments/{sid}")
            return found

    async def list(
        self, principal: Principal, *, service: str, environment_sid: str, page: PageRequest
    ) -> Page[DeploymentResource]:
        """The deployments of an environment, those that took a build away, too."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.DEPLOYMENTS_READ)
            environment = await get_environment(tx, owner, environment_sid)
            return await tx.deployments.page(page, environment_sid=environment.sid)

    async def save(
        self,
        principal: Principal,
        *,
        service: str,
        environment_sid: str,
        project: Project,
        message: str | None = None,
    ) -> DeploymentResource:
        """Let an environment serve a project's folder: its functions, assets, packages, variables and settings.

        What is kept already is used again; where nothing differs, the deployment that is live is returned. Variables
        that the project does not name stay; ACCOUNT_SID and AUTH_TOKEN are the account's, whatever `.env` says. Raises
        PlatformError: `conflict` where another deployment came between; `invalid` and `too_large`, with what to mend.
        """
        check_message(message)
        return await self._saving.save(
            principal, service=service, environment_sid=environment_sid, project=project, message=message
        )


def check_message(message: str | None) -> None:
    """Why something is deployed, when it is one line of so many characters. Raises PlatformError `invalid`."""
    if message is not None:
        check_text("Message", message, MESSAGE_CHARACTERS_MAX)
