"""The service that the first start deploys, so that there is something to call. Must not know where its folder is.

Made in steps, each looking first at what is there: whoever is stopped between two of them goes on at the next start.
Once it was made it is the account's own: who deletes it does not get it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gettone.control import access, audit
from gettone.control.api_keys import NewApiKey
from gettone.control.applications import ApplicationFields, make_application
from gettone.control.deployments import Deployments
from gettone.control.environments import Environments
from gettone.control.key_making import make_key, make_secret
from gettone.control.office import Office
from gettone.control.services import Services
from gettone.model.api_keys import ApiKey
from gettone.model.applications import Application
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.sids import API_KEY, AccountSid
from gettone.model.variables import Variables
from gettone.project.project import Project
from gettone.store.interface import Transaction

NAME = "quickstart"
ENVIRONMENT_NAME = "production"

_MADE = "account.quickstart"  # so the audit log remembers that it was made
_ATTEMPTS = 4  # another control process may be at it, too, and come first in each of the three steps


async def is_made(tx: Transaction, account_sid: AccountSid) -> bool:
    """Whether the quickstart was ever made, whatever became of it."""
    return await tx.audit.count(account_sid=account_sid, action=_MADE) > 0


async def find_quickstart(tx: Transaction, account_sid: AccountSid) -> EnvironmentResource | None:
    """Where it is served; None when it is not."""
    service = await tx.services.find(account_sid=account_sid, unique_name=NAME)
    environments = [] if service is None else await tx.environments.all(service_sid=service.sid)
    return next((each for each in environments if each.build_sid is not None), None)


async def add_key(tx: Transaction, office: Office, acting: Principal) -> NewApiKey:
    """Make the key that the quickstart signs with."""
    secret = make_secret(office.randomness)
    key = make_key(office, acting, API_KEY.make(office.randomness), secret, NAME)
    await tx.api_keys.add(key)
    await audit.record(tx, acting, office.clock, "key.create", key.sid, friendly_name=NAME, type=key.type)
    return NewApiKey(key, secret)


async def make_quickstart(office: Office, deployments: Deployments, acting: Principal, project: Project) -> None:
    """Make what is missing of it. Raises PlatformError when the project cannot be served."""
    for _ in range(_ATTEMPTS - 1):
        try:
            await _make(office, deployments, acting, project)
        except PlatformError as error:
            if error.code != "conflict":
                raise
        else:
            return
    await _make(office, deployments, acting, project)


async def _make(office: Office, deployments: Deployments, acting: Principal, project: Project) -> None:
    async with office.store.reading() as tx:
        service = await tx.services.find(account_sid=acting.account_sid, unique_name=NAME)
        is_ours = service is None or await _was_made_here(tx, service)
    if is_ours:
        await _deploy(office, deployments, acting, project, service)
    async with office.store.writing() as tx:
        if not await is_made(tx, acting.account_sid):
            await audit.record(tx, acting, office.clock, _MADE, acting.account_sid)


async def _was_made_here(tx: Transaction, service: Service) -> bool:
    """Whether a start that was stopped made it, and not somebody who likes the name."""
    here = access.operator(service.account_sid)
    return (
        await tx.audit.count(action="service.create", target=service.sid, actor=audit.actor_of(here.kind, here.name))
        > 0
    )


async def _deploy(
    office: Office, deployments: Deployments, acting: Principal, project: Project, service: Service | None
) -> None:
    if service is None:
        service = await Services(office).create(
            acting, unique_name=NAME, friendly_name="Quickstart", ui_editable=True, settings=project.settings
        )
    async with office.store.writing() as tx:
        environments = await tx.environments.all(service_sid=service.sid)
        key = await _the_key(tx, office, acting)
        application = await _the_application(tx, office, acting)
        await office.publisher.publish(tx, acting, accounts=[acting.account_sid])
    if not environments:
        made = await Environments(office).create(acting, service=service.sid, unique_name=ENVIRONMENT_NAME)
        environments = [made]
    if environments[0].deployment_sid is None:
        variables = _variables(office, project.variables, key, application)
        await deployments.save(
            acting,
            service=service.sid,
            environment_sid=environments[0].sid,
            project=replace(project, variables=variables),
            message="first start",
        )


async def _the_key(tx: Transaction, office: Office, acting: Principal) -> ApiKey:
    named = await tx.api_keys.all(account_sid=acting.account_sid, friendly_name=NAME)
    return named[0] if named else (await add_key(tx, office, acting)).key


async def _the_application(tx: Transaction, office: Office, acting: Principal) -> Application:
    named = await tx.applications.all(account_sid=acting.account_sid, friendly_name=NAME)
    if named:
        return named[0]
    application = make_application(office, acting.account_sid, ApplicationFields(friendly_name=NAME))
    await tx.applications.add(application)
    await audit.record(tx, acting, office.clock, "application.create", application.sid, friendly_name=NAME)
    return application


def _variables(office: Office, example: Mapping[str, str], key: ApiKey, application: Application) -> Variables:
    """The example's variables, with values that open something. The account's own come with its credentials."""
    own = {
        "API_KEY": key.sid,
        "API_SECRET": office.vault.open("api_key", key.sid, key.secret),
        "TWIML_APP_SID": application.sid,
    }
    return Variables({**example, **own})
