"""Builds: what one may be made of, how it is completed, what a crash leaves of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gettone.control import build_tasks
from gettone.control.build_contents import BuildContent
from gettone.control.build_requests import Runtimes
from gettone.control.bundles import Say
from gettone.model.assets import AssetVersion
from gettone.model.builds import Build, BuildStatus, Dependency
from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.model.sids import BuildSid
from tests.control.desks import NODE_BUNDLE, PYTHON_BUNDLE, RUNTIMES, Desk, LedPackages, open_desk
from tests.control.offices import FIGURES, Clock, holder
from tests.control.refusals import refusal
from tests.stores import sqlite_file

pytestmark = pytest.mark.anyio

LODASH = Dependency("lodash", "^4")


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """Two accounts, and all use cases; a service called shop."""
    async with open_desk() as opened:
        await opened.service()
        yield opened


class Gate:
    """Work that waits for the test."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        self.say: Say = print

    async def __call__(self, say: Say) -> None:
        self.say = say
        self.reached.set()
        await self.opened.wait()


async def asset_version(desk: Desk, path: str, visibility: str = "public") -> AssetVersion:
    """A version of a new asset."""
    asset = await desk.assets.create(holder(), service="shop", friendly_name=path)
    return await desk.assets.create_version(
        holder(), service="shop", sid=asset.sid, path=path, visibility=visibility, content=b"a", content_type=""
    )


async def test_build_without_packages_is_completed_at_once(desk: Desk) -> None:
    """It is made as `building`, as at Twilio, and nobody is asked to install anything."""
    function, asset = await desk.version("shop"), await asset_version(desk, "/a.txt")
    made = await desk.builds.create(
        holder(), service="shop", function_versions=[function.sid], asset_versions=[asset.sid]
    )
    done = await desk.completed("shop", made)

    assert made.status is BuildStatus.BUILDING
    assert (made.runtime, made.python_runtime) == ("node24", RUNTIMES.python)
    assert done.status is BuildStatus.COMPLETED
    assert (done.function_versions, done.asset_versions) == ((function.sid,), (asset.sid,))
    assert (done.node_bundle, done.python_bundle, done.log) == (None, None, "completed\n")
    assert desk.packages.requests == []
    assert (await desk.builds.list(holder(), service="shop", page=PageRequest())).items == (done,)
    contents = await desk.builds.contents(holder(), service="shop", builds=[done])
    assert (contents[done.sid].functions, contents[done.sid].assets) == ((function,), (asset,))


async def test_build_needs_a_version(desk: Desk) -> None:
    """In Twilio's words."""
    error = await refusal(desk.builds.create(holder(), service="shop"))

    assert error.message == "At least one Function Version or Asset Version is required for Build."
    assert (error.code, error.evidence["twilio_code"]) == ("invalid", 20001)


async def test_two_versions_at_one_path_are_refused(desk: Desk) -> None:
    """Of functions, of assets, of one and the other: both are named. The same version twice counts once."""
    one, two = await desk.version("shop", "/a"), await desk.version("shop", "/a")
    asset, other = await asset_version(desk, "/a"), await asset_version(desk, "/a", "private")
    create = desk.builds.create

    functions = await refusal(create(holder(), service="shop", function_versions=[one.sid, two.sid]))
    assets = await refusal(create(holder(), service="shop", asset_versions=[asset.sid, other.sid]))
    both = await refusal(create(holder(), service="shop", function_versions=[one.sid], asset_versions=[asset.sid]))
    doubled = await create(holder(), service="shop", function_versions=[one.sid, one.sid])

    named = [(functions, one.sid, two.sid), (assets, asset.sid, other.sid), (both, one.sid, asset.sid)]
    for error, first, second in named:
        assert error.code == "invalid"
        assert first in error.message
        assert second in error.message
        assert "/a" in error.message
    assert doubled.function_versions == (one.sid,)


async def test_versions_are_of_this_service_and_of_their_kind(desk: Desk) -> None:
    """Any other is named as it was asked for, whatever it is."""
    await desk.service("other")
    theirs, ours, asset = await desk.version("other"), await desk.version("shop"), await asset_version(desk, "/b")

    for versions in ([theirs.sid], [ours.sid, "ZN" + "0" * 32], [asset.sid], ["nonsense"], ["\0"], [""]):
        error = await refusal(desk.builds.create(holder(), service="shop", function_versions=versions))
        assert error.code == "invalid", versions
        assert repr(versions[-1])[1:-1] in error.message, versions
    error = await refusal(desk.builds.create(holder(), service="shop", asset_versions=[ours.sid]))
    assert "AssetVersions" in error.message


async def test_versions_are_counted(anyio_backend: str) -> None:
    """Functions, and assets by visibility."""
    limits = replace(FIGURES, function_versions_per_build=1, public_assets_per_build=1, private_assets_per_build=0)
    async with open_desk(limits=limits) as desk:
        await desk.service()
        functions = [(await desk.version("shop", path)).sid for path in ("/a", "/b")]
        public = [(await asset_version(desk, path)).sid for path in ("/c", "/d")]
        private = [(await asset_version(desk, "/e", "private")).sid]
        create = desk.builds.create

        for versions, assets in ((functions, []), ([], public), ([], private)):
            error = await refusal(create(holder(), service="shop", function_versions=versions, asset_versions=assets))
            assert error.code == "invalid"
            assert "a build has at most" in error.message
        made = await create(holder(), service="shop", function_versions=functions[:1], asset_versions=public[:1])
        assert made.status is BuildStatus.BUILDING


async def test_builds_of_an_hour_are_counted(anyio_backend: str) -> None:
    """For each service; the message tells when the next one may be made."""
    clock = Clock()
    async with open_desk(clock=clock, limits=replace(FIGURES, builds_per_hour=2)) as desk:
        await desk.service()
        await desk.service("other")
        version, other = await desk.version("shop"), await desk.version("other")
        await desk.build("shop", version)
        clock.move(minutes=20)
        await desk.build("shop", version)
        error = await refusal(desk.build("shop", version))
        await desk.build("other", other)
        clock.move(minutes=40)
        again = await desk.build("shop", version)

    assert error.code == "invalid"
    assert "in 41 min" in error.message
    assert again.status is BuildStatus.COMPLETED


async def test_runtime_is_that_of_the_last_completed_build(desk: Desk) -> None:
    """Unless one is asked for; a mapped one is told in the log."""
    version = (await desk.version("shop")).sid

    async def built(runtime: str | None) -> Build:
        made = await desk.builds.create(holder(), service="shop", function_versions=[version], runtime=runtime)
        return await desk.completed("shop", made)

    assert (await built(RUNTIMES.python)).runtime == RUNTIMES.python
    assert (await built(None)).runtime == RUNTIMES.python
    mapped = await built("node18")
    assert mapped.runtime == "node24"
    assert mapped.log.startswith("node18 is asked for; node24 runs here")
    assert (await built(None)).runtime == "node24"
    assert (await refusal(built("node10"))).message == "unsupported runtime: node10"


async def test_packages_are_installed_by_the_task(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said is in the log while it runs; the bundles are the build's when it is completed."""
    monkeypatch.setattr(build_tasks, "SHOW_SECONDS", 0.01)
    version, gate = await desk.version("shop"), Gate()
    desk.packages.works.append(gate)
    made = await desk.builds.create(
        holder(),
        service="shop",
        function_versions=[version.sid],
        dependencies=[Dependency("twilio", "^6"), LODASH],
        requirements=["requests>=2  # http"],
    )
    await asyncio.wait_for(gate.reached.wait(), 10)
    gate.say("lodash is on its way")
    meanwhile = made
    async with asyncio.timeout(10):
        while "on its way" not in meanwhile.log:
            await asyncio.sleep(0.01)
            meanwhile = await desk.builds.get(holder(), service="shop", sid=made.sid)
    gate.opened.set()
    done = await desk.completed("shop", made)

    assert meanwhile.status is BuildStatus.BUILDING
    assert done.status is BuildStatus.COMPLETED
    assert (done.node_bundle, done.python_bundle) == (NODE_BUNDLE, PYTHON_BUNDLE)
    assert done.dependencies == (Dependency("twilio", "^6"), LODASH)
    assert done.requirements == ("requests>=2",)
    assert done.log.splitlines() == [
        "twilio 6.2.0 comes with the platform, and is what ^6 asks for",
        "installing 1 and 1",
        "lodash is on its way",
        "lodash ^4",
        "completed",
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PlatformError("invalid", "No matching version found for lodash@^99"),
            "No matching version found for lodash@^99",
        ),
        (PlatformError("unavailable", "no registry answers"), "no registry answers"),
        (RuntimeError("secret"), "something went wrong in the platform"),
    ],
)
async def test_build_that_cannot_be_installed_has_failed(desk: Desk, error: Exception, said: str) -> None:
    """The log tells why, and the operator's log what is no business of an author."""
    version = await desk.version("shop")
    desk.packages.error = error
    made = await desk.builds.create(holder(), service="shop", function_versions=[version.sid], dependencies=[LODASH])
    done = await desk.completed("shop", made)

    assert done.status is BuildStatus.FAILED
    assert done.log.splitlines()[-2].startswith(said)
    assert "secret" not in done.log


async def test_build_that_is_served_cannot_be_deleted(desk: Desk) -> None:
    """The environments are named. Deployments remember a build that is gone."""
    build = await desk.build("shop")
    environment = await desk.environment("shop", "dev")
    deployment = await desk.deploy(environment, build)
    error = await refusal(desk.builds.delete(holder(), service="shop", sid=build.sid))
    await desk.deploy(environment, None)
    await desk.builds.delete(holder(), service="shop", sid=build.sid)

    assert error.code == "conflict"
    assert "is served by dev" in error.message
    assert (await refusal(desk.builds.get(holder(), service="shop", sid=build.sid))).code == "not_found"
    kept = await desk.deployments.get(holder(), service="shop", environment_sid=environment.sid, sid=deployment.sid)
    assert kept.build_sid == build.sid


async def test_deleted_build_is_not_completed(desk: Desk) -> None:
    """What works on it stops."""
    version, gate = await desk.version("shop"), Gate()
    desk.packages.works.append(gate)
    made = await desk.builds.create(holder(), service="shop", function_versions=[version.sid], dependencies=[LODASH])
    await asyncio.wait_for(gate.reached.wait(), 10)
    await desk.builds.delete(holder(), service="shop", sid=made.sid)
    await desk.builds.tasks.wait(made.sid)

    assert (await desk.builds.list(holder(), service="shop", page=PageRequest())).items == ()


async def test_build_that_came_to_nothing_is_not_worked_on(desk: Desk) -> None:
    """Its transaction was undone at the last moment."""
    version = await desk.version("shop")

    sids: list[BuildSid] = []

    async def undone() -> None:
        async with desk.office.store.writing() as tx:
            service = await tx.services.find(sid=version.service_sid)
            assert service is not None
            order = await desk.builds.order(tx, service, BuildContent((version,), ()), [LODASH], (), None)
            build = await desk.builds.add(tx, holder(), service, order)
            desk.builds.tasks.start(build, order.plan)
            sids.append(build.sid)
            raise PlatformError("unavailable", "the disk is full")

    assert (await refusal(undone())).code == "unavailable"
    await desk.builds.tasks.wait(sids[0])

    assert desk.packages.requests == []
    assert (await desk.builds.list(holder(), service="shop", page=PageRequest())).items == ()


async def test_build_is_completed_although_its_author_has_gone(desk: Desk) -> None:
    """Whoever asked is cancelled at any moment: what is committed is not left `building`."""
    version = await desk.version("shop")
    for moments in range(0, 60, 3):
        creating = asyncio.create_task(desk.builds.create(holder(), service="shop", function_versions=[version.sid]))
        for _ in range(moments):
            await asyncio.sleep(0)
        creating.cancel()
        await asyncio.gather(creating, return_exceptions=True)
    for build in (await desk.builds.list(holder(), service="shop", page=PageRequest())).items:
        assert (await desk.completed("shop", build)).status is BuildStatus.COMPLETED


async def test_build_that_a_crash_cut_off_is_begun_again(tmp_path: Path) -> None:
    """It is `building` in the file; the next process completes it."""
    async with sqlite_file(tmp_path) as store, open_desk(store) as first:
        await first.service()
        version, gate = await first.version("shop"), Gate()
        first.packages.works.append(gate)
        made = await first.builds.create(
            holder(), service="shop", function_versions=[version.sid], dependencies=[LODASH]
        )
        plain = await first.build("shop", version)
        await asyncio.wait_for(gate.reached.wait(), 10)
        # As a crash does, it leaves the rest undone.
        await first.builds.close()
        second = Desk(first.office, LedPackages())
        before = await second.builds.get(holder(), service="shop", sid=made.sid)
        await second.builds.resume()
        after = await second.completed("shop", made)
        await second.builds.close()

        assert before.status is BuildStatus.BUILDING
        assert (after.status, after.node_bundle) == (BuildStatus.COMPLETED, NODE_BUNDLE)
        assert [each.dependencies for each in second.packages.requests] == [(LODASH,)]
        assert await second.builds.get(holder(), service="shop", sid=plain.sid) == plain


async def test_live_build_is_installed_anew_for_a_new_runtime(desk: Desk) -> None:
    """After an upgrade, with the next bundle published; others are told of when somebody deploys them."""
    version, environment = await desk.version("shop"), await desk.environment("shop")
    builds = []
    for _ in range(2):
        made = await desk.builds.create(
            holder(), service="shop", function_versions=[version.sid], requirements=["requests"]
        )
        builds.append(await desk.completed("shop", made))
    live, idle = builds
    await desk.deploy(environment, live)
    newer = Desk(desk.office, LedPackages(python_bundle="9" * 64), Runtimes(python="python9.9"))
    await newer.builds.resume()
    renewed = await newer.completed("shop", live)
    error = await refusal(newer.deploy(environment, idle))
    await newer.builds.close()

    served = await desk.served(environment)
    assert (renewed.python_runtime, renewed.python_bundle) == ("python9.9", "9" * 64)
    assert renewed.status is BuildStatus.COMPLETED
    assert "installing anew for python9.9" in renewed.log
    assert served is not None
    assert served.python_bundle == "9" * 64
    assert error.code == "invalid"
    assert "build again" in error.message


async def test_live_build_that_cannot_be_installed_anew_stays_served(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Its log tells why, and so does the operator's."""
    version, environment = await desk.version("shop"), await desk.environment("shop")
    made = await desk.builds.create(
        holder(), service="shop", function_versions=[version.sid], requirements=["requests"]
    )
    await desk.deploy(environment, await desk.completed("shop", made))
    newer = Desk(
        desk.office, LedPackages(error=PlatformError("unavailable", "no index answers")), Runtimes(python="p9")
    )
    await newer.builds.resume()
    kept = await newer.completed("shop", made)

    served = await desk.served(environment)
    assert (kept.status, kept.python_bundle) == (BuildStatus.COMPLETED, PYTHON_BUNDLE)
    assert kept.log.endswith("no index answers\n")
    assert served is not None
    assert served.python_bundle == PYTHON_BUNDLE
    assert made.sid in caplog.text
