"""Saving a project's folder: what differs is kept, built and deployed; what is equal is not touched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gettone.control import saving
from gettone.control.bundles import Say
from gettone.model.api_keys import ApiKeyType
from gettone.model.builds import BuildStatus, Dependency
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.model.services import ServiceSettings
from gettone.model.users import Role
from gettone.project.load import load_project
from gettone.routes.segment import AssetEntry, EnvironmentSegment, FunctionEntry
from tests.control.desks import NODE_BUNDLE, Desk, open_desk
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, holder, key, member
from tests.control.refusals import refusal
from tests.project.folders import HELLO_JS, HELLO_PY, write_files

pytestmark = pytest.mark.anyio

PAGE = PageRequest()
LOGO = b"\x89PNG\r\n"
PROJECT: dict[str, str | bytes] = {
    "functions/hello.py": HELLO_PY,
    "functions/calls/incoming.protected.js": HELLO_JS,
    "assets/index.html": "<h1>Hello</h1>",
    "assets/logo.private.png": LOGO,
    ".env": "ACCOUNT_SID=AC0\nAUTH_TOKEN=0\nAPI_KEY=SK1\nEMPTY=\n",
}


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """Two accounts, and all use cases; a service called shop."""
    async with open_desk() as opened:
        await opened.service()
        yield opened


@pytest.fixture
async def environment(desk: Desk) -> EnvironmentResource:
    """An environment of the shop."""
    return await desk.environment("shop")


async def save(
    desk: Desk, environment: EnvironmentResource, folder: Path, message: str | None = None
) -> DeploymentResource:
    """Save the project in a folder, as it is now."""
    project = load_project(folder)
    return await desk.deployments.save(
        holder(), service="shop", environment_sid=environment.sid, project=project, message=message
    )


async def served(desk: Desk, environment: EnvironmentResource) -> EnvironmentSegment:
    """What is published."""
    segment = await desk.served(environment)
    assert segment is not None
    return segment


def by_path(segment: EnvironmentSegment) -> dict[str, FunctionEntry | AssetEntry]:
    """What is published, by its path."""
    entries: list[FunctionEntry | AssetEntry] = [*segment.functions, *segment.assets]
    return {each.path: each for each in entries}


async def test_project_is_served_as_its_folder_is(desk: Desk, environment: EnvironmentResource, tmp_path: Path) -> None:
    """Functions, assets and variables, in one deployment; the account's credentials are its own."""
    deployment = await save(desk, environment, write_files(tmp_path, PROJECT), "The first")

    segment = await served(desk, environment)
    assert (segment.deployment_sid, deployment.message) == (deployment.sid, "The first")
    assert [(each.path, each.file, each.visibility) for each in segment.functions] == [
        ("/calls/incoming", "handlers/calls/incoming.js", "protected"),
        ("/hello", "handlers/hello.py", "public"),
    ]
    assert [(each.path, each.content_type, each.visibility) for each in segment.assets] == [
        ("/index.html", "text/html; charset=utf-8", "public"),
        ("/logo.png", "image/png", "private"),
    ]
    assert dict(segment.variables) == {"ACCOUNT_SID": ACCOUNT_SID, "AUTH_TOKEN": AUTH_TOKEN, "API_KEY": "SK1"}
    async with desk.office.store.reading() as tx:
        assert await tx.blobs.find(segment.assets[1].digest) == LOGO
        assert await tx.blobs.find(segment.functions[1].digest) == HELLO_PY.encode()
    functions = (await desk.functions.list(holder(), service="shop", page=PAGE)).items
    assert sorted(each.friendly_name for each in functions) == ["/calls/incoming", "/hello"]


async def test_equal_project_is_not_deployed_again(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """The deployment that is live is returned; nothing is written, not even a revision."""
    write_files(tmp_path, PROJECT)
    first = await save(desk, environment, tmp_path)
    revision, log = await desk.revision(), await desk.audited()

    assert await save(desk, environment, tmp_path) == first
    assert (await desk.revision(), await desk.audited()) == (revision, log)


async def test_only_what_differs_is_a_new_version(desk: Desk, environment: EnvironmentResource, tmp_path: Path) -> None:
    """Content, visibility and language count. What is gone from the folder is gone from the site."""
    write_files(tmp_path, PROJECT | {"functions/gone.js": HELLO_JS})
    await save(desk, environment, tmp_path)
    before = await served(desk, environment)
    (tmp_path / "functions/gone.js").unlink()
    (tmp_path / "functions/calls/incoming.protected.js").rename(tmp_path / "functions/calls/incoming.js")
    (tmp_path / "assets/index.html").write_text("<h1>Bye</h1>")
    await save(desk, environment, tmp_path)
    after = await served(desk, environment)

    old, new = by_path(before), by_path(after)
    assert set(old) - set(new) == {"/gone"}
    assert {path for path in new if new[path].version_sid != old[path].version_sid} == {
        "/calls/incoming",
        "/index.html",
    }
    assert {path for path in new if new[path].sid != old[path].sid} == set()
    assert new["/calls/incoming"].visibility == "public"
    assert ("environment.save", environment.sid, {"versions": "/calls/incoming, /index.html"}) in await desk.audited()


async def test_function_of_the_same_name_is_used(desk: Desk, environment: EnvironmentResource, tmp_path: Path) -> None:
    """As the toolkit does: what it made is not made twice."""
    made = await desk.functions.create(holder(), service="shop", friendly_name="/hello")
    await desk.functions.create(holder(), service="shop", friendly_name="/hello")
    asset = await desk.assets.create(holder(), service="shop", friendly_name="/index.html")
    await save(desk, environment, write_files(tmp_path, PROJECT))
    segment = await served(desk, environment)

    assert {each.sid for each in segment.functions if each.path == "/hello"} == {made.sid}
    assert {each.sid for each in segment.assets if each.path == "/index.html"} == {asset.sid}


async def test_variables_alone_are_a_deployment_of_the_same_build(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """Those that the project does not name stay."""
    write_files(tmp_path, PROJECT)
    first = await save(desk, environment, tmp_path)
    await desk.variables.create(holder(), service="shop", environment_sid=environment.sid, key="OWN", value="1")
    (tmp_path / ".env").write_text("API_KEY=SK2\n")
    second = await save(desk, environment, tmp_path)

    assert second.sid != first.sid
    assert second.build_sid == first.build_sid
    variables = (await served(desk, environment)).variables
    assert (variables["API_KEY"], variables["OWN"]) == ("SK2", "1")


async def test_files_beside_functions_lie_where_they_lay(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """Helpers and data are no functions, and have no route; neither has a package.json that says how to load them."""
    write_files(
        tmp_path,
        {
            "functions/hello.js": HELLO_JS,
            "functions/_helper.py": "X = 1\n",
            "functions/lib/data.json": "{}",
            "functions/model.bin": b"\xff\x00",
            "package.json": '{"name": "a", "type": "module"}',
        },
    )
    await save(desk, environment, tmp_path)
    segment = await served(desk, environment)

    modules = {each.file: each for each in segment.functions if each.is_module}
    assert set(modules) == {
        "handlers/_helper.py",
        "handlers/lib/data.json",
        "handlers/model.bin",
        "handlers/package.json",
    }
    assert {each.visibility for each in modules.values()} == {"private"}
    assert [each.path for each in segment.functions if not each.is_module] == ["/hello"]


async def test_settings_of_a_project_are_the_services(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """Its other environments have them, too. A project that sets none leaves them as they are."""
    other = await desk.environment("shop", "dev")
    await desk.deploy(other, await desk.build("shop"))
    write_files(tmp_path, PROJECT | {"gettone.toml": "[service]\ntimeout_seconds = 3\n"})
    await save(desk, environment, tmp_path)

    assert (await served(desk, environment)).settings == ServiceSettings(timeout_seconds=3.0)
    assert (await served(desk, other)).settings == ServiceSettings(timeout_seconds=3.0)
    (tmp_path / "gettone.toml").unlink()
    await save(desk, environment, tmp_path)
    assert (await served(desk, environment)).settings == ServiceSettings(timeout_seconds=3.0)


async def test_packages_are_installed_once(desk: Desk, environment: EnvironmentResource, tmp_path: Path) -> None:
    """What the live build has is used again while the project asks for the same."""
    package = '{"dependencies": {"lodash": "^4", "twilio": "^6", "@twilio/runtime-handler": "2.1.0"}}'
    write_files(tmp_path, {"functions/hello.js": HELLO_JS, "package.json": package})
    await save(desk, environment, tmp_path)
    (tmp_path / "functions/hello.js").write_text(f"// again\n{HELLO_JS}")
    second = await save(desk, environment, tmp_path)

    assert [each.dependencies for each in desk.packages.requests] == [(Dependency("lodash", "^4"),)]
    assert (await served(desk, environment)).node_bundle == NODE_BUNDLE
    assert second.build_sid is not None
    build = await desk.builds.get(holder(), service="shop", sid=second.build_sid)
    assert build.status is BuildStatus.COMPLETED
    assert {each.name for each in build.dependencies} == {"lodash", "twilio", "@twilio/runtime-handler"}


async def test_project_whose_packages_cannot_be_installed_changes_nothing(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """The reason is told; what was live is live, its variables too."""
    write_files(tmp_path, {"functions/hello.py": HELLO_PY})
    first = await save(desk, environment, tmp_path)
    write_files(tmp_path, {"requirements.txt": "nonesuch==1\n", ".env": "NEW=1\n"})
    desk.packages.error = PlatformError("invalid", "there is no nonesuch==1")
    error = await refusal(save(desk, environment, tmp_path))

    assert error.code == "invalid"
    assert "there is no nonesuch==1" in error.message
    segment = await served(desk, environment)
    assert segment.deployment_sid == first.sid
    assert "NEW" not in segment.variables


async def test_deployment_that_comes_between_wins(desk: Desk, environment: EnvironmentResource, tmp_path: Path) -> None:
    """While packages are installed somebody else deploys: the save is told, and undoes nothing of theirs."""
    other = await desk.build("shop")
    between: list[DeploymentResource] = []

    async def deploy_meanwhile(say: Say) -> None:
        between.append(await desk.deploy(environment, other))

    desk.packages.works.append(deploy_meanwhile)
    write_files(tmp_path, {"functions/hello.py": HELLO_PY, "requirements.txt": "requests\n"})
    error = await refusal(save(desk, environment, tmp_path))

    assert error.code == "conflict"
    assert between[0].sid in error.message
    assert (await served(desk, environment)).build_sid == other.sid


async def test_save_that_is_given_up_leaves_its_build(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """Who asked has gone; the build is completed all the same, and nothing is deployed."""
    reached, opened = asyncio.Event(), asyncio.Event()

    async def wait(say: Say) -> None:
        reached.set()
        await opened.wait()

    desk.packages.works.append(wait)
    write_files(tmp_path, {"functions/hello.py": HELLO_PY, "requirements.txt": "requests\n"})
    saving_now = asyncio.create_task(save(desk, environment, tmp_path))
    await asyncio.wait_for(reached.wait(), 10)
    saving_now.cancel()
    await asyncio.gather(saving_now, return_exceptions=True)
    opened.set()
    (build,) = (await desk.builds.list(holder(), service="shop", page=PAGE)).items

    assert (await desk.completed("shop", build)).status is BuildStatus.COMPLETED
    assert await desk.served(environment) is None


async def test_refused_project_leaves_nothing_half_done(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """Variables come last: where they are too much, functions, build and deployment are undone with them."""
    lines = "".join(f"KEY_{number}={'x' * 440}\n" for number in range(8))
    error = await refusal(save(desk, environment, write_files(tmp_path, PROJECT | {".env": lines})))

    assert error.code == "invalid"
    assert "production" in error.message
    async with desk.office.store.reading() as tx:
        assert await tx.functions.count() == await tx.assets.count() == await tx.builds.count() == 0
        assert await tx.variables.count() == await tx.deployments.count() == 0
    assert (await refusal(save(desk, environment, write_files(tmp_path, {".env": "PATH=/bin\n"})))).code == "invalid"


async def test_asset_that_changes_meanwhile_is_told(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """What was read and what is kept are one content, or nothing is deployed."""
    write_files(tmp_path, PROJECT)
    project = load_project(tmp_path)
    for name, change in [("index.html", "<h1>Other</h1>"), ("logo.private.png", None)]:
        path = tmp_path / "assets" / name
        path.unlink() if change is None else path.write_text(change)
        saving_it = desk.deployments.save(holder(), service="shop", environment_sid=environment.sid, project=project)
        error = await refusal(saving_it)
        assert error.code == "conflict"
        assert "save again" in error.message
        write_files(tmp_path, PROJECT)


async def test_large_assets_are_put_piece_by_piece(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not all in memory at once."""
    monkeypatch.setattr(saving, "BATCH_BYTES", 10)
    files: dict[str, str | bytes] = {f"assets/{number}.txt": f"asset {number}" * 3 for number in range(5)}
    await save(desk, environment, write_files(tmp_path, files))
    segment = await served(desk, environment)

    async with desk.office.store.reading() as tx:
        contents = [await tx.blobs.find(each.digest) for each in segment.assets]
    assert contents == [files[f"assets/{number}.txt"].encode() for number in range(5)]  # type: ignore[union-attr]


async def test_names_that_no_upload_may_have_are_refused(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """The message names the file."""
    for name in ("functions/my data.json", "functions/a/" + "x" * 252):
        error = await refusal(save(desk, environment, write_files(tmp_path / name[-1], PROJECT | {name: "{}"})))
        assert error.code == "invalid"
        assert name[:22] in error.message


async def test_save_needs_every_permission_that_it_uses(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """A key that deploys may; settings of the service are beyond it; a viewer may not."""
    write_files(tmp_path, PROJECT)
    where = {"service": "shop", "environment_sid": environment.sid}
    deploying = key(ApiKeyType.RESTRICTED, "deploy")
    refused = await refusal(desk.deployments.save(member(Role.VIEWER), **where, project=load_project(tmp_path)))
    done = await desk.deployments.save(deploying, **where, project=load_project(tmp_path))
    write_files(tmp_path, {"gettone.toml": "[service]\nworkers_max = 3\n"})
    beyond = await refusal(desk.deployments.save(deploying, **where, project=load_project(tmp_path)))

    assert (refused.code, beyond.code) == ("denied", "denied")
    assert done.actor == deploying.name


async def test_save_without_packages_is_a_matter_of_milliseconds(
    desk: Desk, environment: EnvironmentResource, tmp_path: Path
) -> None:
    """Far below the 100 ms that are allowed from saving to serving. Of the processor's: the machine may be busy."""
    write_files(tmp_path, PROJECT)
    await save(desk, environment, tmp_path)
    took: list[float] = []
    for number in range(9):
        (tmp_path / "functions/hello.py").write_text(f"# {number}\n{HELLO_PY}")
        project = load_project(tmp_path)
        started = time.process_time()
        await desk.deployments.save(holder(), service="shop", environment_sid=environment.sid, project=project)
        took.append(time.process_time() - started)

    assert sorted(took)[len(took) // 2] < 0.1
