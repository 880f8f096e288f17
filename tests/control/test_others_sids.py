"""Every verb on services and what is in them: another account's SIDs are not there, and who may not, may not."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gettone.model.api_keys import ApiKeyType
from gettone.model.assets import AssetVersion
from gettone.model.builds import Build
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource
from gettone.model.functions import FunctionVersion
from gettone.model.pages import PageRequest
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.users import Role
from gettone.model.variables import Variable
from gettone.project.load import load_project
from gettone.project.project import Project
from tests.control.desks import JAVASCRIPT, Desk, open_desk
from tests.control.offices import OTHER_SID, holder, key, member
from tests.control.refusals import refusal
from tests.project.folders import HELLO_PY, write_files

pytestmark = pytest.mark.anyio

PAGE = PageRequest()


@dataclass(frozen=True, slots=True)
class Premises:
    """One of everything, in the first account; `another` is a service beside it."""

    service: Service
    another: Service
    environment: EnvironmentResource
    variable: Variable
    function: FunctionVersion
    asset: AssetVersion
    build: Build
    deployment: DeploymentResource
    project: Project


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """Two accounts, and all use cases."""
    async with open_desk() as opened:
        yield opened


@pytest.fixture
async def premises(desk: Desk, tmp_path: Path) -> Premises:
    """One of everything."""
    service, another = await desk.service(), await desk.service("another")
    environment = await desk.environment("shop")
    asset = await desk.assets.create(holder(), service="shop", friendly_name="/a.txt")
    asset_version = await desk.assets.create_version(
        holder(), service="shop", sid=asset.sid, path="/a.txt", visibility="public", content=b"a", content_type=""
    )
    where = {"service": "shop", "environment_sid": environment.sid}
    await desk.host_names.create(holder(), **where, host="api.example.com")
    variable = await desk.variables.create(holder(), **where, key="A", value="1")
    function = await desk.version("shop")
    build = await desk.build("shop", function)
    project = load_project(write_files(tmp_path, {"functions/hello.py": HELLO_PY}))
    return Premises(
        service,
        another,
        environment,
        variable,
        function,
        asset_version,
        build,
        await desk.deploy(environment, build),
        project,
    )


Verb = Callable[[Principal, str], Awaitable[object]]


def verbs(desk: Desk, there: Premises) -> dict[str, tuple[str, Verb]]:
    """Every verb that names a service, with the permission that it needs: who acts, and on which service."""
    environment, build = there.environment.sid, there.build.sid
    function, function_version = there.function.function_sid, there.function.sid
    asset, asset_version = there.asset.asset_sid, there.asset.sid
    code = {"path": "/b", "visibility": "public", "content": JAVASCRIPT, "filename": "b.js", "content_type": ""}
    file = {"path": "/b", "visibility": "public", "content": b"b", "content_type": ""}
    s, e, h, v = desk.services, desk.environments, desk.host_names, desk.variables
    f, a, b, d = desk.functions, desk.assets, desk.builds, desk.deployments

    def within(call: Callable[..., Awaitable[object]], **named: object) -> Verb:
        return lambda who, service: call(who, service=service, **named)

    at = {"environment_sid": environment}
    variable = {**at, "sid": there.variable.sid}
    return {
        "Services.get": ("services:read", within(s.get)),
        "Services.update": ("services:write", within(s.update, friendly_name="x")),
        "Services.delete": ("services:write", within(s.delete)),
        "Environments.create": ("environments:write", within(e.create, unique_name="x", domain_suffix="x")),
        "Environments.get": ("environments:read", within(e.get, sid=environment)),
        "Environments.list": ("environments:read", within(e.list, page=PAGE)),
        "Environments.delete": ("environments:write", within(e.delete, sid=environment)),
        "HostNames.create": ("environments:write", within(h.create, **at, host="x.example.com")),
        "HostNames.list": ("environments:read", within(h.list, **at, page=PAGE)),
        "HostNames.delete": ("environments:write", within(h.delete, **at, host="api.example.com")),
        "EnvironmentVariables.create": ("variables:write", within(v.create, **at, key="B", value="1")),
        "EnvironmentVariables.get": ("variables:read", within(v.get, **variable)),
        "EnvironmentVariables.list": ("variables:read", within(v.list, **at, page=PAGE)),
        "EnvironmentVariables.update": ("variables:write", within(v.update, **variable, value="2")),
        "EnvironmentVariables.delete": ("variables:write", within(v.delete, **variable)),
        "EnvironmentVariables.replace_all": (
            "variables:write",
            within(v.replace_all, **at, values={"A": "3"}, keep_others=True),
        ),
        "Functions.create": ("functions:write", within(f.create, friendly_name="x")),
        "Functions.get": ("functions:read", within(f.get, sid=function)),
        "Functions.list": ("functions:read", within(f.list, page=PAGE)),
        "Functions.update": ("functions:write", within(f.update, sid=function, friendly_name="x")),
        "Functions.delete": ("functions:write", within(f.delete, sid=function)),
        "Functions.create_version": ("functions:write", within(f.create_version, sid=function, **code)),
        "Functions.get_version": (
            "functions:read",
            within(f.get_version, function_sid=function, sid=function_version),
        ),
        "Functions.list_versions": ("functions:read", within(f.list_versions, sid=function, page=PAGE)),
        "Functions.list_service_versions": ("functions:read", within(f.list_service_versions, page=PAGE)),
        "Functions.content": ("functions:read", within(f.content, function_sid=function, sid=function_version)),
        "Assets.create": ("assets:write", within(a.create, friendly_name="x")),
        "Assets.get": ("assets:read", within(a.get, sid=asset)),
        "Assets.list": ("assets:read", within(a.list, page=PAGE)),
        "Assets.update": ("assets:write", within(a.update, sid=asset, friendly_name="x")),
        "Assets.delete": ("assets:write", within(a.delete, sid=asset)),
        "Assets.create_version": ("assets:write", within(a.create_version, sid=asset, **file)),
        "Assets.get_version": ("assets:read", within(a.get_version, asset_sid=asset, sid=asset_version)),
        "Assets.list_versions": ("assets:read", within(a.list_versions, sid=asset, page=PAGE)),
        "Assets.list_service_versions": ("assets:read", within(a.list_service_versions, page=PAGE)),
        "Builds.create": ("builds:write", within(b.create, function_versions=[function_version])),
        "Builds.get": ("builds:read", within(b.get, sid=build)),
        "Builds.list": ("builds:read", within(b.list, page=PAGE)),
        "Builds.contents": ("builds:read", within(b.contents, builds=[there.build])),
        "Builds.delete": ("builds:write", within(b.delete, sid=build)),
        "Deployments.create": ("deployments:write", within(d.create, **at)),
        "Deployments.get": ("deployments:read", within(d.get, **at, sid=there.deployment.sid)),
        "Deployments.list": ("deployments:read", within(d.list, **at, page=PAGE)),
        "Deployments.save": ("deployments:write", within(d.save, **at, project=there.project)),
    }


async def test_every_verb_is_in_the_table(desk: Desk, premises: Premises) -> None:
    """Whoever adds one is reminded here."""
    cases = (
        desk.services,
        desk.environments,
        desk.host_names,
        desk.variables,
        desk.functions,
        desk.assets,
        desk.builds,
        desk.deployments,
    )
    there = {
        f"{type(case).__name__}.{name}"
        for case in cases
        for name, member in inspect.getmembers(case, inspect.iscoroutinefunction)
        if not name.startswith("_") and "principal" in inspect.signature(member).parameters
    }
    # These two name no service: test_services.py has them. `add` and `order` are for other use cases.
    assert there - {"Services.create", "Services.list", "Builds.add"} == set(verbs(desk, premises))


async def test_anothers_are_not_found(desk: Desk, premises: Premises) -> None:
    """By the service's SID or name; and by their own SIDs below a service of one's own. Never `denied`."""
    theirs = await desk.services.create(holder(OTHER_SID), unique_name="theirs", friendly_name="theirs")
    log = await desk.audited()
    for name, (_, verb) in verbs(desk, premises).items():
        for service in (premises.service.sid, "shop"):
            error = await refusal(verb(holder(OTHER_SID), service))
            assert error.code == "not_found", name
            assert error.message == f"The requested resource /Services/{service} was not found", name
        if takes_sid(name):
            error = await refusal(verb(holder(OTHER_SID), theirs.sid))
            # A build is told what is wrong with its versions, as at Twilio.
            assert error.code == ("invalid" if name == "Builds.create" else "not_found"), name
    assert await desk.audited() == log


async def test_sids_of_another_service_are_not_found(desk: Desk, premises: Premises) -> None:
    """One's own account is no excuse."""
    for name, (_, verb) in verbs(desk, premises).items():
        if takes_sid(name):
            error = await refusal(verb(holder(), premises.another.sid))
            assert error.code == ("invalid" if name == "Builds.create" else "not_found"), name


async def test_unknown_and_malformed_sids_are_not_found(desk: Desk, premises: Premises) -> None:
    """Whatever a URL may hold."""
    for sid in ("", "nonsense", "ZE" + "0" * 32, "ZH" + "f" * 32, "\0", "\ud800", "ZS" + "A" * 32, "x" * 5000):
        for call in (
            desk.services.get(holder(), service=sid),
            desk.environments.get(holder(), service="shop", sid=sid),
            desk.functions.get(holder(), service="shop", sid=sid),
            desk.functions.get_version(holder(), service="shop", function_sid=premises.function.function_sid, sid=sid),
            desk.assets.get(holder(), service="shop", sid=sid),
            desk.assets.get_version(holder(), service="shop", asset_sid=premises.asset.asset_sid, sid=sid),
            desk.builds.get(holder(), service="shop", sid=sid),
            desk.variables.get(holder(), service="shop", environment_sid=premises.environment.sid, sid=sid),
            desk.deployments.get(holder(), service="shop", environment_sid=premises.environment.sid, sid=sid),
        ):
            error = await refusal(call)
            assert error.code == "not_found", sid
            assert len(error.message) < 400


async def test_who_only_looks_changes_nothing(desk: Desk, premises: Premises) -> None:
    """A viewer reads everything that has no secret, and is told the permission that is missing for the rest."""
    log = await desk.audited()
    for name, (permission, verb) in verbs(desk, premises).items():
        if permission.endswith(":read"):
            await verb(member(Role.VIEWER), "shop")
        else:
            error = await refusal(verb(member(Role.VIEWER), "shop"))
            assert (error.code, error.evidence["permission"]) == ("denied", permission), name
    assert await desk.audited() == log


async def test_restricted_key_does_what_its_policy_lists(desk: Desk, premises: Premises) -> None:
    """Nothing without it; with it, that verb."""
    for name, (permission, verb) in verbs(desk, premises).items():
        bare = await refusal(verb(key(ApiKeyType.RESTRICTED), "shop"))
        assert (bare.code, bare.evidence["permission"]) == ("denied", permission), name
        if permission.endswith(":read"):
            await verb(key(ApiKeyType.RESTRICTED, permission), "shop")


async def test_key_of_another_service_is_kept_out(desk: Desk, premises: Premises) -> None:
    """It is the account's own: it is told that it may not."""
    limited = key(service_sid=premises.another.sid)
    for name, (_, verb) in verbs(desk, premises).items():
        assert (await refusal(verb(limited, "shop"))).code == "denied", name


def takes_sid(name: str) -> bool:
    """Whether a verb names something inside a service."""
    inside = name.startswith(("HostNames", "EnvironmentVariables", "Deployments")) or name == "Builds.create"
    return inside or (
        not name.startswith("Services")
        and name.rpartition(".")[2]
        in ("get", "update", "delete", "create_version", "get_version", "list_versions", "content")
    )
