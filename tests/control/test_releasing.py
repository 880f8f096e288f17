"""Deploys from the editor: their steps, what is refused before it goes live, and others who deploy meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gettone.control.bundles import Say
from gettone.control.limits import Limits
from gettone.control.progress import Progress, Refused, StepName, StepState
from gettone.control.release_contents import Wanted
from gettone.control.saved_files import Edit, Saved
from gettone.model.builds import Dependency, WantedPackages
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.users import Role
from gettone.wire.feed import ServingProblem
from tests.control.editors import BETTER, GOOD, Editor, open_editor
from tests.control.offices import OTHER_SID, holder, member
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio

BAD = "exports.handler = (context, event, callback) => {\n  callback(null, );;\n  const a = ;\n};\n"
LODASH = WantedPackages((Dependency("lodash", "^4"),))


@pytest.fixture
async def editor(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Editor]:
    """An editor, and a service called rooms that a console made."""
    async with open_editor(tmp_path) as opened:
        await opened.make_service()
        yield opened


class Gate:
    """An install that waits for the test."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, say: Say) -> None:
        say("fetching lodash")
        self.reached.set()
        await self.opened.wait()


async def ui(editor: Editor) -> EnvironmentResource:
    """The environment of rooms."""
    environment = (await editor.sheet()).environment
    assert environment is not None
    return environment


def steps(progress: Progress) -> dict[StepName, StepState]:
    """How far each step is."""
    return {step.name: step.state for step in progress.view.steps}


async def test_steps_of_a_save_without_packages(editor: Editor) -> None:
    """Dependencies have nothing to do; each of the others took some time, all of them no longer than the whole."""
    saved = await editor.save(await editor.add(), GOOD)
    live = await editor.live(saved.progress)

    assert saved.progress is not None
    view = saved.progress.view
    assert steps(saved.progress) == {
        StepName.CHECKING: StepState.DONE,
        StepName.BUILDING: StepState.DONE,
        StepName.DEPENDENCIES: StepState.SKIPPED,
        StepName.WARMING: StepState.DONE,
        StepName.LIVE: StepState.DONE,
    }
    taken = [step.seconds for step in view.steps if step.seconds is not None]
    assert len(taken) == 4
    assert 0 < sum(taken[:3]) <= live.seconds + 0.001
    assert view.environment_sid == (await ui(editor)).sid
    assert await editor.releases.find(holder(), id=view.id) is saved.progress


async def test_live_is_what_a_gateway_says_it_serves(editor: Editor) -> None:
    """Not before. Where none says so in time, that is told: it is published all the same."""
    editor.gateway.may_serve.clear()
    saved = await editor.save(await editor.add(), GOOD)
    assert saved.progress is not None
    async for view in saved.progress.watch():
        if view.step.name is StepName.WARMING:
            break
    waiting = steps(saved.progress)
    editor.gateway.may_serve.set()
    live = await editor.live(saved.progress)

    assert (waiting[StepName.WARMING], waiting[StepName.LIVE]) == (StepState.RUNNING, StepState.WAITING)
    assert live.is_served


async def test_publication_without_a_gateway(tmp_path: Path) -> None:
    """Nobody serves it yet; it will be when one comes."""
    async with open_editor(tmp_path, follows=False, served_seconds=0.05) as editor:
        await editor.make_service()
        live = await editor.live((await editor.save(await editor.add(), GOOD)).progress)

        assert not live.is_served
        assert live.revision == await editor.revision()


async def test_what_a_gateway_says_of_it_is_told(editor: Editor) -> None:
    """A problem of a function is a warning; one of the whole environment says that it is not served."""
    environment = await ui(editor)
    others = ServingProblem("ZE" + "0" * 32, "not ours")
    slow = ServingProblem(environment.sid, "it loads slowly", "/hello", "functions/hello.js", 1, 2)
    editor.gateway.problems = (slow, others)
    warned = await editor.live((await editor.save(await editor.add(), GOOD)).progress)
    editor.gateway.problems = (ServingProblem(environment.sid, "no worker could be started"),)
    (file,) = (await editor.sheet()).files
    failed = await editor.live((await editor.save(file, BETTER)).progress)

    assert warned.is_served
    assert [(each.message, each.file, each.line, each.column) for each in warned.problems] == [
        ("it loads slowly", "functions/hello.js", 1, 2)
    ]
    assert (failed.is_served, [each.message for each in failed.problems]) == (False, ["no worker could be started"])


@pytest.mark.parametrize("language", ["javascript", "python"])
async def test_bad_code_is_refused_in_its_line(editor: Editor, language: str) -> None:
    """What was served goes on, no build is made, and the mended function goes live."""
    bad, good, line = (BAD, GOOD, 3) if language == "javascript" else ("def handler(:\n", "def handler(c, e): ...\n", 1)
    await editor.live((await editor.save(await editor.add("/other"), GOOD)).progress)
    file = await editor.add("/hello", language)
    before, audited = await editor.served(await ui(editor)), len(await editor.audited())
    refused = await editor.refused((await editor.save(file, bad)).progress)
    after, done = await editor.served(await ui(editor)), (await editor.audited())[audited:]
    (newest,) = [each for each in (await editor.sheet()).files if each.sid == file.sid]
    mended = await editor.save(newest, good)
    await editor.live(mended.progress)

    (problem,) = refused.problems
    assert (refused.step, refused.code) == (StepName.CHECKING, "invalid")
    assert refused.message == f"{file.file_name}, line {line}: {problem.message}"
    assert (problem.file, problem.sid, problem.line) == (file.file_name, file.sid, line)
    assert (problem.text, problem.name) == (bad.splitlines()[line - 1], "SyntaxError")
    assert problem.column is not None
    assert after == before
    assert [action for action, _, _ in done] == ["function_version.create"]


async def test_code_that_is_live_is_not_checked_again(editor: Editor) -> None:
    """One that went live past the editor does not keep others from being saved there."""
    version = await editor.version("rooms", "/broken", content=BAD.encode())
    await editor.deploy(await ui(editor), await editor.build("rooms", version))

    saved = await editor.save(await editor.add(), GOOD)

    assert (await editor.live(saved.progress)).is_served
    assert [each.path for each in (await editor.sheet()).files if each.is_live] == ["/broken", "/hello"]


async def test_deploy_all_checks_all_that_is_new(editor: Editor) -> None:
    """Problems of several files are told at once."""
    for path in ("/a", "/b"):
        file = await editor.add(path)
        edit = Edit(file.sid, file.version_sid, BAD)
        await editor.editing.save(holder(), service="rooms", edit=edit, deploy=False)

    refused = await editor.refused(await editor.releases.deploy_all(holder(), service="rooms", message="all of it"))

    assert [problem.file for problem in refused.problems] == ["functions/a.js", "functions/b.js"]


async def test_deploy_of_what_is_live_makes_nothing_new(editor: Editor) -> None:
    """Neither a build nor a deployment."""
    await editor.saved_live()
    before = await editor.sheet()

    live = await editor.live(await editor.releases.deploy_all(holder(), service="rooms"))

    assert before.deployment is not None
    assert live.deployment_sid == before.deployment.sid
    assert await editor.sheet() == before


async def test_two_who_save_two_functions_at_once_both_go_live(editor: Editor) -> None:
    """Each has what the other saved beside its own."""
    one, two = await editor.add("/one"), await editor.add("/two")

    first, second = await asyncio.gather(editor.save(one, GOOD), editor.save(two, GOOD))
    await asyncio.gather(editor.live(first.progress), editor.live(second.progress))

    assert [(each.path, each.is_live) for each in (await editor.sheet()).files] == [("/one", True), ("/two", True)]


async def test_packages_are_installed_while_others_save(editor: Editor) -> None:
    """Whoever waited for an install begins again with what is live by then, and takes nothing back."""
    file = await editor.saved_live()
    gate, again = Gate(), Gate()
    again.opened.set()
    editor.packages.works = [gate, again]
    installing = await editor.editing.set_packages(holder(), service="rooms", packages=LODASH)
    assert installing is not None
    await gate.reached.wait()
    saved = await editor.save(file, BETTER)
    await editor.live(saved.progress)
    async for view in installing.watch():
        if view.step.says is not None:
            break
    during = steps(installing)
    gate.opened.set()
    await editor.live(installing)

    sheet = await editor.sheet()
    assert during[StepName.DEPENDENCIES] is StepState.RUNNING
    assert view.step.says == "fetching lodash"
    assert again.reached.is_set()
    assert sheet.files[0].live_version_sid == saved.file.version_sid
    assert sheet.live is not None
    assert sheet.live.dependencies == LODASH.dependencies


async def test_failed_install_tells_why(editor: Editor) -> None:
    """With the end of its log; what was served goes on."""
    await editor.saved_live()
    before = await editor.served(await ui(editor))
    editor.packages.error = PlatformError("invalid", "no version of lodash fits ^99")

    refused = await editor.refused(await editor.editing.set_packages(holder(), service="rooms", packages=LODASH))

    assert (refused.step, refused.code) == (StepName.DEPENDENCIES, "invalid")
    assert refused.message.endswith("and nothing was deployed: no version of lodash fits ^99")
    assert refused.log[-2:] == ("no version of lodash fits ^99", "failed")
    assert await editor.served(await ui(editor)) == before


async def test_rollback_is_one_step(editor: Editor) -> None:
    """An older build is live again, and the newest code stays on the sheet."""
    file = await editor.saved_live()
    first = (await editor.sheet()).live
    await editor.live((await editor.save(file, BETTER)).progress)
    assert first is not None
    environment = await ui(editor)

    progress = await editor.releases.rollback(
        holder(), service="rooms", environment_sid=environment.sid, build_sid=first.sid, message="was better"
    )
    live = await editor.live(progress)

    sheet = await editor.sheet()
    assert steps(progress)[StepName.BUILDING] is StepState.SKIPPED
    assert (live.build_sid, sheet.live) == (first.sid, first)
    assert sheet.files[0].is_changed
    assert sheet.deployment is not None
    assert sheet.deployment.message == "was better"
    error = await refusal(
        editor.releases.rollback(holder(), service="rooms", environment_sid=environment.sid, build_sid=first.sid)
    )
    assert error.code == "conflict"


async def test_promotion_takes_what_is_live_and_leaves_variables(editor: Editor) -> None:
    """Each environment has its own values for them."""
    file = await editor.saved_live()
    there = await editor.environment("rooms", "prod")
    await editor.variables.create(holder(), service="rooms", environment_sid=there.sid, key="A", value="1")
    here = await ui(editor)
    await editor.live(
        await editor.releases.promote(
            holder(), service="rooms", from_environment_sid=here.sid, to_environment_sid=there.sid
        )
    )

    segment = await editor.served(there)
    assert segment is not None
    assert [each.version_sid for each in segment.functions] == [file.version_sid]
    assert segment.variables["A"] == "1"
    deployment = (await editor.sheet(environment_sid=there.sid)).deployment
    assert deployment is not None
    assert deployment.message == "from ui"
    empty = await editor.environment("rooms", "empty")
    nothing = editor.releases.promote(
        holder(), service="rooms", from_environment_sid=empty.sid, to_environment_sid=there.sid
    )
    assert (await refusal(nothing)).code == "conflict"


async def test_too_many_builds_within_an_hour_are_refused(tmp_path: Path) -> None:
    """The step in which that was found is told."""
    async with open_editor(tmp_path, limits=replace(Limits(), builds_per_hour=1)) as editor:
        await editor.make_service()
        file = await editor.saved_live()

        refused = await editor.refused((await editor.save(file, BETTER)).progress)

        assert (refused.step, refused.code) == (StepName.BUILDING, "invalid")
        assert "builds within an hour" in refused.message


async def test_what_fails_in_the_platform_is_an_outcome(editor: Editor) -> None:
    """Whoever watches is not left waiting, and is not shown what only an operator understands."""

    async def fail(*_: object) -> Wanted:
        raise RuntimeError("a bug")

    progress = await editor.releases.release(
        holder(), service="rooms", environment_sid=None, choose=fail, message=None, started=0.0
    )
    refused = await editor.refused(progress)

    assert refused.code == "internal"
    assert "a bug" not in refused.message


async def test_stop_ends_what_is_under_way(editor: Editor) -> None:
    """And says so to whoever watches."""
    gate = Gate()
    await editor.saved_live()
    editor.packages.works = [gate]
    progress = await editor.editing.set_packages(holder(), service="rooms", packages=LODASH)
    await gate.reached.wait()

    await editor.releases.close()

    assert progress is not None
    outcome = progress.view.outcome
    assert isinstance(outcome, Refused)
    assert (outcome.step, outcome.code) == (StepName.DEPENDENCIES, "unavailable")


async def test_who_may_not_deploy_is_refused_at_once(editor: Editor) -> None:
    """Before anything is under way; and another account finds nothing."""
    progress = (await editor.save(await editor.add(), GOOD)).progress
    assert progress is not None
    await editor.live(progress)
    viewer = member(Role.VIEWER)

    assert (await refusal(editor.releases.deploy_all(viewer, service="rooms"))).code == "denied"
    assert await editor.releases.find(viewer, id=progress.id) is progress
    assert (await refusal(editor.releases.find(holder(OTHER_SID), id=progress.id))).code == "not_found"
    assert (await refusal(editor.releases.deploy_all(holder(), service="rooms", message="x" * 501))).code == "invalid"


async def test_developer_saves_and_deploys(editor: Editor) -> None:
    """And is named where it is told who did."""
    developer = member(Role.DEVELOPER)
    file = await editor.add()

    saved = await editor.editing.save(developer, service="rooms", edit=Edit(file.sid, file.version_sid, GOOD))

    assert isinstance(saved, Saved)
    await editor.live(saved.progress)
    deployment = (await editor.sheet()).deployment
    assert deployment is not None
    assert deployment.actor == developer.name
