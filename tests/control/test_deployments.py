"""Deployments: what an environment serves changes with the transaction, or does not change at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gettone.control.bundles import Say
from gettone.model.builds import BuildStatus, Dependency
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.store.interface import Store, Transaction
from tests.control.desks import Desk, open_desk
from tests.control.offices import holder
from tests.control.refusals import refusal
from tests.stores import postgres, sqlite_file, sqlite_memory

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """Two accounts, and all use cases; a service called shop."""
    async with open_desk() as opened:
        await opened.service()
        yield opened


async def current(desk: Desk, environment: EnvironmentResource) -> EnvironmentResource:
    """An environment as it is now."""
    return await desk.environments.get(holder(), service=environment.service_sid, sid=environment.sid)


async def test_deployed_build_is_served_from_the_commit_on(desk: Desk) -> None:
    """The environment, the deployment and the snapshot say the same; who follows is told."""
    version, environment = await desk.version("shop", "/hello"), await desk.environment("shop")
    build = await desk.build("shop", version)
    told: list[int] = []
    publisher = desk.office.publisher
    publisher.listeners.append(lambda: told.append(1))  # type: ignore[attr-defined]
    deployment = await desk.deployments.create(
        holder(),
        service="shop",
        environment_sid=environment.sid,
        build_sid=build.sid,
        is_plugin=True,
        message="The first",
    )

    assert (deployment.build_sid, deployment.is_plugin, deployment.message) == (build.sid, True, "The first")
    assert deployment.actor == holder().name
    now = await current(desk, environment)
    assert (now.build_sid, now.deployment_sid) == (build.sid, deployment.sid)
    served = await desk.served(environment)
    assert served is not None
    assert (served.build_sid, served.deployment_sid) == (build.sid, deployment.sid)
    assert [(each.path, each.version_sid) for each in served.functions] == [("/hello", version.sid)]
    assert told == [1]
    of_environment = {"service": "shop", "environment_sid": environment.sid}
    assert await desk.deployments.get(holder(), **of_environment, sid=deployment.sid) == deployment
    listed = await desk.deployments.list(holder(), **of_environment, page=PageRequest())
    assert listed.items == (deployment,)
    assert (await desk.audited())[-1] == (
        "environment.deploy",
        environment.sid,
        {"deployment": deployment.sid, "build": build.sid, "before": ""},
    )


async def test_build_that_is_live_already_is_a_conflict_in_twilios_words(desk: Desk) -> None:
    """In that environment; another may have it, too."""
    environment, other = await desk.environment("shop"), await desk.environment("shop", "dev")
    build = await desk.build("shop")
    await desk.deploy(environment, build)
    error = await refusal(desk.deploy(environment, build))
    promoted = await desk.deploy(other, build)

    assert (error.code, error.message) == ("conflict", "Environment already has requested deployment.")
    assert promoted.build_sid == build.sid


async def test_deployment_without_a_build_takes_it_away(desk: Desk) -> None:
    """It is accepted once, also where there never was one; then it conflicts, as at Twilio."""
    environment, untouched = await desk.environment("shop"), await desk.environment("shop", "dev")
    await desk.deploy(environment, await desk.build("shop"))
    empty = await desk.deploy(environment, None)

    assert empty.build_sid is None
    assert await desk.served(environment) is None
    assert (await current(desk, environment)).build_sid is None
    for each in (environment, untouched):
        if each is untouched:
            await desk.deploy(untouched, None)
        error = await refusal(desk.deploy(each, None))
        assert (error.code, error.message) == ("conflict", "Environment already has requested deployment.")


async def test_only_a_completed_build_of_the_service_is_deployed(desk: Desk) -> None:
    """Any other is refused with its status; another service's is not there."""
    await desk.service("other")
    environment, version = await desk.environment("shop"), await desk.version("shop")
    theirs = await desk.build("other")
    asked: list[Say] = []

    async def never(say: Say) -> None:
        asked.append(say)
        await asyncio.Event().wait()

    desk.packages.works.append(never)
    building = await desk.builds.create(
        holder(), service="shop", function_versions=[version.sid], dependencies=[Dependency("lodash", "4")]
    )
    desk.packages.error = PlatformError("invalid", "No such version")
    failed = await desk.builds.create(
        holder(), service="shop", function_versions=[version.sid], requirements=["requests"]
    )
    assert (await desk.completed("shop", failed)).status is BuildStatus.FAILED

    for build, code, said in [
        (building, "conflict", "is building"),
        (failed, "invalid", "has failed"),
        (theirs, "not_found", theirs.sid),
    ]:
        error = await refusal(desk.deploy(environment, build))
        assert error.code == code
        assert said in error.message
    for sid in ("ZB" + "0" * 32, "nonsense", "", "\0"):
        error = await refusal(
            desk.deployments.create(holder(), service="shop", environment_sid=environment.sid, build_sid=sid)
        )
        assert error.code == "not_found"
    assert (await current(desk, environment)).deployment_sid is None


async def test_state_that_does_not_compile_is_not_kept(desk: Desk) -> None:
    """Nothing of the deployment is there afterwards, and what was served is served."""
    environment = await desk.environment("shop")
    build = await desk.build("shop")
    await desk.deploy(environment, build)
    # As files, one would have to be the folder of the other.
    clash = [await desk.version("shop", path) for path in ("/a", "/a.js/b")]
    other = await desk.build("shop", *clash)
    revision, log = await desk.revision(), await desk.audited()
    error = await refusal(desk.deploy(environment, other))

    assert error.code == "conflict"
    assert "/a.js" in error.message
    assert (await current(desk, environment)).build_sid == build.sid
    listed = await desk.deployments.list(holder(), service="shop", environment_sid=environment.sid, page=PageRequest())
    assert len(listed.items) == 1
    assert (await desk.revision(), await desk.audited()) == (revision, log)


async def test_message_has_bounds(desk: Desk) -> None:
    """One line, which log and console show as one."""
    environment, build = await desk.environment("shop"), await desk.build("shop")
    where = {"service": "shop", "environment_sid": environment.sid, "build_sid": build.sid}
    for message in ("x" * 501, "a\0b", "\ud800", "a\nb", "a\x1e"):
        assert (await refusal(desk.deployments.create(holder(), **where, message=message))).code == "invalid"  # type: ignore[arg-type]
    made = await desk.deployments.create(holder(), **where, message="a, b")  # type: ignore[arg-type]
    assert made.message == "a, b"


class Turnstile:
    """A real store whose first two writers come in only when both are there: each has read before either writes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.both = asyncio.Barrier(2)
        self.is_shut = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    @asynccontextmanager
    async def _pass(self) -> AsyncIterator[Transaction]:
        if self.is_shut:
            await self.both.wait()
        async with self._store.writing() as tx:
            yield tx

    def writing(self) -> AbstractAsyncContextManager[Transaction]:
        return self._pass()


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncIterator[Store]:
    """A store of this kind."""
    match kind:
        case "memory":
            manager = sqlite_memory()
        case "file":
            manager = sqlite_file(folder)
        case _:
            manager = postgres()
    async with manager as store:
        yield store


@pytest.mark.parametrize("kind", ["memory", "file", pytest.param("postgres", marks=pytest.mark.needs("postgres"))])
async def test_of_two_deployments_at_once_one_wins(kind: str, tmp_path: Path) -> None:
    """The other is told that somebody was quicker; what is served is the winner's."""
    async with opened(kind, tmp_path) as store, open_desk(store) as desk:
        await desk.service()
        environment, version = await desk.environment("shop"), await desk.version("shop")
        builds = [await desk.build("shop", version) for _ in range(2)]
        turnstile = Turnstile(store)
        turnstile.is_shut = True
        racing = Desk(replace(desk.office, store=turnstile), desk.packages)  # type: ignore[arg-type]
        outcomes = await asyncio.gather(*(racing.deploy(environment, each) for each in builds), return_exceptions=True)

        won = [each for each in outcomes if isinstance(each, DeploymentResource)]
        lost = [each for each in outcomes if isinstance(each, PlatformError)]
        assert (len(won), len(lost)) == (1, 1)
        assert lost[0].code == "conflict"
        assert won[0].sid in lost[0].message
        served = await desk.served(environment)
        assert served is not None
        assert served.deployment_sid == won[0].sid
