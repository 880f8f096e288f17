"""Services with something deployed, for tests of what comes after a deployment. Must not know any test."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from gettone.control.environments import Environments
from gettone.control.functions import Functions
from gettone.control.going_live import go_live
from gettone.control.office import Office
from gettone.control.services import Services
from gettone.model.builds import Build, BuildStatus
from gettone.model.principals import Principal
from gettone.model.sids import BUILD, BuildSid, EnvironmentSid, FunctionVersionSid, ServiceSid
from tests.control.offices import holder

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Site:
    """A service, its one environment, and what is live in it."""

    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    build_sid: BuildSid


async def make_site(
    office: Office, *, source: bytes = b"exports.handler = 1", path: str = "/hello", principal: Principal | None = None
) -> Site:
    """A service that serves one function."""
    acting = principal or holder()
    name = f"site-{next(_numbers)}"
    service = await Services(office).create(acting, unique_name=name, friendly_name=name)
    environment = await Environments(office).create(acting, service=service.sid, unique_name="production")
    version = await upload(office, service.sid, source, path, acting)
    build = await add_build(office, service.sid, [version], acting)
    await deploy(office, environment.sid, build, acting)
    return Site(service.sid, environment.sid, build)


async def upload(
    office: Office, service_sid: ServiceSid, source: bytes, path: str = "/hello", principal: Principal | None = None
) -> FunctionVersionSid:
    """A version of a new function."""
    acting, functions = principal or holder(), Functions(office)
    function = await functions.create(acting, service=service_sid, friendly_name=path)
    version = await functions.create_version(
        acting,
        service=service_sid,
        sid=function.sid,
        path=path,
        visibility="public",
        content=source,
        filename="hello.js",
        content_type="application/javascript",
    )
    return version.sid


async def add_build(
    office: Office,
    service_sid: ServiceSid,
    versions: list[FunctionVersionSid],
    principal: Principal | None = None,
    status: BuildStatus = BuildStatus.COMPLETED,
) -> BuildSid:
    """A build of these versions, without packages, past the tasks that complete builds."""
    acting, now = principal or holder(), office.clock()
    build = Build(
        sid=BUILD.make(office.randomness),
        account_sid=acting.account_sid,
        service_sid=service_sid,
        runtime="node24",
        python_runtime="python3.11",
        status=status,
        function_versions=tuple(versions),
        asset_versions=(),
        dependencies=(),
        requirements=(),
        node_bundle=None,
        python_bundle=None,
        log="",
        created_at=now,
        updated_at=now,
    )
    async with office.store.writing() as tx:
        await tx.builds.add(build)
    return build.sid


async def deploy(
    office: Office, environment_sid: EnvironmentSid, build_sid: BuildSid | None, principal: Principal | None = None
) -> None:
    """Let an environment serve a build, or nothing."""
    async with office.store.writing() as tx:
        environment = await tx.environments.find(sid=environment_sid)
        build = None if build_sid is None else await tx.builds.find(sid=build_sid)
        assert environment is not None
        await go_live(tx, office, principal or holder(), environment, build)
    office.publisher.announce()
