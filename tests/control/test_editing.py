"""The editor of a service: its sheet, what saving a file comes to, and two who edit one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gettone.control.file_edits import encode
from gettone.control.saved_files import Conflict, Edit, Saved
from gettone.control.sheets import UI_ENVIRONMENT, FileKind, Sheet
from gettone.model.api_keys import ApiKeyType
from gettone.model.builds import Dependency, WantedPackages
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionEvent, Language, Visibility
from gettone.model.pages import PageRequest
from gettone.model.users import Role
from gettone.project.load import load_project
from tests.control.desks import NODE_BUNDLE
from tests.control.editors import BETTER, GOOD, Editor, open_editor
from tests.control.offices import Clock, holder, key, member
from tests.control.refusals import refusal
from tests.project.folders import HELLO_PY, write_files

pytestmark = pytest.mark.anyio

LODASH = Dependency("lodash", "^4")


@pytest.fixture
async def editor(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Editor]:
    """An editor, and a service called rooms that a console made."""
    async with open_editor(tmp_path) as opened:
        await opened.make_service()
        yield opened


async def served(editor: Editor, sheet: Sheet) -> dict[str, str]:
    """The versions that an environment serves, by path."""
    assert sheet.environment is not None
    segment = await editor.served(sheet.environment)
    if segment is None:
        return {}
    return {each.path: each.version_sid for each in segment.functions} | {
        each.path: each.version_sid for each in segment.assets
    }


async def test_console_makes_a_service_with_one_environment(editor: Editor) -> None:
    """It is called `ui` and has no suffix, as Twilio's is; nothing is on its sheet."""
    sheet = await editor.sheet()

    assert [(each.unique_name, each.domain_suffix) for each in sheet.environments] == [(UI_ENVIRONMENT, None)]
    assert (sheet.service.ui_editable, sheet.service.deploys_on_save) == (True, True)
    assert sheet.host == f"{sheet.service.domain_base}.localhost"
    assert (sheet.files, sheet.live, sheet.packages, sheet.has_changes) == ((), None, WantedPackages(), False)


async def test_service_without_its_environment_is_not_left_behind(editor: Editor) -> None:
    """Where the environment cannot be made, there is no service either."""
    name = "a" * 50

    error = await refusal(
        editor.editing.make_service(member(Role.VIEWER), unique_name=name, friendly_name="Not allowed")
    )

    assert error.code == "denied"
    assert (await editor.services.list(holder(), page=PageRequest())).items == ((await editor.sheet()).service,)


async def test_saved_function_is_live(editor: Editor) -> None:
    """It is on the sheet as it was saved, and what is served is that."""
    saved = await editor.save(await editor.add(), GOOD)
    live = await editor.live(saved.progress)

    sheet = await editor.sheet()
    assert await served(editor, sheet) == {"/hello": saved.file.version_sid}
    assert live.revision in editor.gateway.served
    assert (live.is_served, live.problems) == (True, ())
    assert [(each.is_live, each.is_new, each.is_changed) for each in sheet.files] == [(True, False, False)]
    assert not sheet.has_changes
    assert sheet.deployment is not None
    assert (sheet.deployment.actor, sheet.deployment.message) == (holder().name, "/hello")
    assert (await editor.editing.read(holder(), service="rooms", sid=saved.file.sid)).text == GOOD


async def test_new_function_is_preset_and_not_live(editor: Editor) -> None:
    """With its template's code, path and presets; what is said instead counts."""
    preset = await editor.editing.add_function(
        holder(), service="rooms", name="Create Room Token", path="/a", language="python", template="room-token"
    )
    chosen = await editor.editing.add_function(
        holder(),
        service="rooms",
        name="Call me",
        path="b c",
        language="javascript",
        template="webhook",
        visibility="private",
        event="message",
    )
    text = await editor.editing.read(holder(), service="rooms", sid=preset.file.sid)

    assert (preset.file.name, preset.file.path, preset.file.file_name) == (
        "Create Room Token",
        "/a",
        "functions/a.py",
    )
    assert (preset.file.visibility, preset.file.language) == (Visibility.PUBLIC, Language.PYTHON)
    assert (preset.file.event, preset.file.kind) == (FunctionEvent.NONE, FileKind.FUNCTION)
    assert text.text is not None
    assert "VideoGrant" in text.text
    assert (chosen.file.path, chosen.file.visibility) == ("/b-c", Visibility.PRIVATE)
    assert chosen.file.event is FunctionEvent.MESSAGE
    assert preset.progress is None
    sheet = await editor.sheet()
    assert [(each.path, each.is_new) for each in sheet.files] == [("/a", True), ("/b-c", True)]
    assert await served(editor, sheet) == {}


async def test_path_that_is_taken_is_refused(editor: Editor) -> None:
    """For a new function, for one that moves, and for an asset. The field is named, and who is there."""
    first, second = await editor.add("/a"), await editor.add("/b")

    errors = [
        await refusal(editor.add("a")),
        await refusal(
            editor.editing.save(holder(), service="rooms", edit=Edit(second.sid, second.version_sid, path="/a"))
        ),
        await refusal(
            editor.editing.upload_asset(holder(), service="rooms", path="/a", visibility="public", content=b"a")
        ),
    ]

    assert {error.code for error in errors} == {"conflict"}
    assert {error.evidence["parameter"] for error in errors} == {"Path"}
    assert {error.evidence["sid"] for error in errors} == {first.sid}


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"path": ""}, "Path"),
        ({"visibility": "secret"}, "Visibility"),
        ({"event": "never"}, "Event"),
        ({"name": " "}, "FriendlyName"),
        ({"text": "half a pair: \ud800"}, "Content"),
    ],
)
async def test_edit_that_cannot_be_is_refused(editor: Editor, changes: dict[str, str], parameter: str) -> None:
    """The field is named, and nothing of the edit is kept."""
    file = await editor.add()
    edit = Edit(file.sid, file.version_sid, **{"text": GOOD, "name": "Other", **changes})

    error = await refusal(editor.editing.save(holder(), service="rooms", edit=edit))

    assert (error.code, error.evidence["parameter"]) == ("invalid", parameter)
    assert (await editor.sheet()).files == (file,)


async def test_second_of_two_sees_what_came_between(editor: Editor) -> None:
    """Nothing is saved; who saved what, when, and how it differs from one's own is told."""
    file = await editor.add()
    first = await editor.save(file, GOOD)
    await editor.live(first.progress)

    conflict = await editor.editing.save(
        member(Role.DEVELOPER), service="rooms", edit=Edit(file.sid, file.version_sid, BETTER, name="Mine")
    )

    assert isinstance(conflict, Conflict)
    assert (conflict.theirs.text, conflict.yours) == (GOOD, BETTER)
    assert conflict.saved_by == f"auth token {holder().name}"
    assert conflict.saved_at == first.file.saved_at
    assert [(line.sign, line.text) for line in conflict.difference] == [("-", GOOD.strip()), ("+", BETTER.strip())]
    found = (await editor.sheet()).find(file.sid)
    assert found is not None
    assert (found.version_sid, found.name) == (first.file.version_sid, "/hello")


async def test_same_save_sent_twice_is_one(editor: Editor) -> None:
    """Somebody clicked twice, or no answer came: it is no conflict with oneself, and no version either."""
    file = await editor.add()
    edit = Edit(file.sid, file.version_sid, GOOD.replace("\n", "\r\n"), name="/hello", path="/hello")
    first = await editor.editing.save(holder(), service="rooms", edit=edit)
    second = await editor.editing.save(holder(), service="rooms", edit=edit)

    assert isinstance(first, Saved)
    assert isinstance(second, Saved)
    assert (first.is_new_version, second.is_new_version) == (True, False)
    assert second.file.version_sid == first.file.version_sid
    await editor.live(first.progress)
    await editor.live(second.progress)


async def test_theirs_is_overwritten_when_it_is_named(editor: Editor) -> None:
    """Whoever has seen the difference says so with the newer version as the base."""
    file = await editor.add()
    await editor.live((await editor.save(file, GOOD)).progress)
    edit = Edit(file.sid, file.version_sid, BETTER)
    conflict = await editor.editing.save(holder(), service="rooms", edit=edit)
    assert isinstance(conflict, Conflict)

    saved = await editor.editing.save(
        holder(), service="rooms", edit=Edit(file.sid, conflict.theirs.version_sid, BETTER)
    )

    assert isinstance(saved, Saved)
    await editor.live(saved.progress)
    assert (await editor.editing.read(holder(), service="rooms", sid=file.sid)).text == BETTER


async def test_save_of_what_is_there_makes_no_version(editor: Editor) -> None:
    """It deploys nothing new either, and tells what is live."""
    file = await editor.saved_live()
    before = await editor.sheet()

    saved = await editor.save(file, GOOD)
    live = await editor.live(saved.progress)

    assert (saved.is_new_version, saved.file.version_sid) == (False, file.version_sid)
    assert before.deployment is not None
    assert live.deployment_sid == before.deployment.sid


async def test_name_and_event_belong_to_all_versions(editor: Editor) -> None:
    """A path and a visibility are of the version."""
    file = await editor.saved_live()
    edit = Edit(file.sid, file.version_sid, name="Say hello", event="call")
    renamed = await editor.editing.save(holder(), service="rooms", edit=edit, deploy=False)
    assert isinstance(renamed, Saved)
    edit = Edit(file.sid, file.version_sid, path="/hi", visibility="protected")
    moved = await editor.editing.save(holder(), service="rooms", edit=edit, deploy=False)
    assert isinstance(moved, Saved)

    assert (renamed.is_new_version, renamed.progress) == (False, None)
    assert (renamed.file.name, renamed.file.event) == ("Say hello", FunctionEvent.CALL)
    assert moved.is_new_version
    assert (moved.file.path, moved.file.visibility, moved.file.name) == ("/hi", Visibility.PROTECTED, "Say hello")
    assert moved.file.is_changed
    assert (await editor.sheet()).has_changes
    old = await editor.editing.read(holder(), service="rooms", sid=file.sid, version_sid=file.version_sid)
    assert (old.text, old.version_sid) == (GOOD, file.version_sid)


async def test_save_leaves_others_as_they_are_live(editor: Editor) -> None:
    """What was saved without a deploy waits for one of its own, or for all."""
    one, two = await editor.saved_live("/one"), await editor.saved_live("/two")
    await editor.add("/three")
    waiting = Edit(one.sid, one.version_sid, BETTER)
    assert isinstance(await editor.editing.save(holder(), service="rooms", edit=waiting, deploy=False), Saved)

    saved = await editor.save(two, BETTER)
    await editor.live(saved.progress)
    sheet = await editor.sheet()

    assert await served(editor, sheet) == {"/one": one.version_sid, "/two": saved.file.version_sid}
    assert [(each.path, each.is_live) for each in sheet.files] == [("/one", False), ("/three", False), ("/two", True)]


async def test_service_that_deploys_all_only(editor: Editor) -> None:
    """As the second tutorial has it: saving keeps, and Deploy All makes it live."""
    await editor.make_service("calls", deploys_on_save=False)
    saved = await editor.save(await editor.add(service="calls"), GOOD, service="calls")
    waiting = await editor.sheet("calls")
    await editor.live(await editor.releases.deploy_all(holder(), service="calls"))

    assert saved.progress is None
    assert (await editor.sheet("calls")).has_changes is False
    assert (waiting.has_changes, waiting.live) == (True, None)
    assert await served(editor, waiting) == {"/hello": saved.file.version_sid}


async def test_asset_is_uploaded_replaced_and_edited(editor: Editor) -> None:
    """Each is live at once. A text can be edited, what is none is shown as none."""
    page = await editor.editing.upload_asset(
        holder(), service="rooms", path="/index.html", visibility="public", content=b"<p>1\r\n</p>\r\n"
    )
    await editor.live(page.progress)
    image = await editor.editing.upload_asset(
        holder(), service="rooms", path="/a.png", visibility="public", content=b"\x89PNG", name="Picture"
    )
    await editor.live(image.progress)
    replaced = await editor.editing.upload_asset(
        holder(), service="rooms", path="/a.png", visibility="protected", content=b"\x89PNG2", sid=image.file.sid
    )
    await editor.live(replaced.progress)
    edited = await editor.save(page.file, "<p>2\n</p>\n")
    await editor.live(edited.progress)

    assert (page.file.content_type, image.file.content_type, image.file.name) == (
        "text/html; charset=utf-8",
        "image/png",
        "Picture",
    )
    assert await editor.editing.content(holder(), service="rooms", sid=page.file.sid) == b"<p>2\r\n</p>\r\n"
    assert (await editor.editing.read(holder(), service="rooms", sid=image.file.sid)).text is None
    assert await served(editor, await editor.sheet()) == {
        "/a.png": replaced.file.version_sid,
        "/index.html": edited.file.version_sid,
    }
    wrong = editor.editing.upload_asset(
        holder(), service="rooms", path="/x", visibility="public", content=b"", sid="ZH" + "0" * 32
    )
    assert (await refusal(wrong)).code == "not_found"


async def test_lines_end_as_they_did() -> None:
    """A form without script sends its own ends, an editor writes others."""
    assert encode("a\r\nb\r\n", b"x\n") == b"a\nb\n"
    assert encode("a\nb\n", b"x\r\n") == b"a\r\nb\r\n"
    assert encode("a\r\n") == b"a\n"


async def test_removed_function_is_gone_and_can_come_back(editor: Editor) -> None:
    """From the sheet and from what is served; a rollback serves it again, for builds keep what they have."""
    kept, gone = await editor.saved_live("/kept"), await editor.saved_live("/gone")
    with_both = (await editor.sheet()).live
    assert with_both is not None
    removed = await editor.editing.remove(holder(), service="rooms", sid=gone.sid)
    await editor.live(removed.progress)
    sheet = await editor.sheet()
    without = await served(editor, sheet)
    assert sheet.environment is not None
    back = await editor.releases.rollback(
        holder(), service="rooms", environment_sid=sheet.environment.sid, build_sid=with_both.sid
    )
    await editor.live(back)
    rolled_back = await editor.sheet()

    assert without == {"/kept": kept.version_sid}
    assert [each.path for each in sheet.files] == ["/kept"]
    assert await served(editor, sheet) == {"/kept": kept.version_sid, "/gone": gone.version_sid}
    assert (rolled_back.removed, rolled_back.has_changes) == (("/gone",), True)
    assert (await refusal(editor.editing.read(holder(), service="rooms", sid=gone.sid))).code == "not_found"
    assert (await editor.add("/gone")).sid != gone.sid


async def test_removed_draft_leaves_nothing(editor: Editor) -> None:
    """What no build has is deleted; nothing is deployed for it."""
    file = await editor.add()

    removed = await editor.editing.remove(holder(), service="rooms", sid=file.sid)

    assert removed.progress is None
    assert (await editor.functions.list(holder(), service="rooms", page=PageRequest())).items == ()


async def test_last_function_may_go(editor: Editor) -> None:
    """Then nothing is served."""
    file = await editor.saved_live()

    removed = await editor.editing.remove(holder(), service="rooms", sid=file.sid)
    live = await editor.live(removed.progress)

    sheet = await editor.sheet()
    assert live.build_sid is None
    assert (sheet.live, sheet.files, await served(editor, sheet)) == (None, (), {})
    assert (await editor.refused(await editor.releases.deploy_all(holder(), service="rooms"))).code == "invalid"


async def test_removed_file_that_is_saved_anew_by_a_project_is_back(editor: Editor, tmp_path: Path) -> None:
    """A newer version than the one at which it was removed counts."""
    project = load_project(write_files(tmp_path / "project", {"functions/hello.py": HELLO_PY}))
    other = load_project(write_files(tmp_path / "other", {"functions/hello.py": HELLO_PY + "\n# again\n"}))
    environment = (await editor.sheet()).environment
    assert environment is not None
    where = {"service": "rooms", "environment_sid": environment.sid}
    await editor.deployments.save(holder(), **where, project=project)
    (file,) = (await editor.sheet()).files
    await editor.live((await editor.editing.remove(holder(), service="rooms", sid=file.sid)).progress)
    await editor.deployments.save(holder(), **where, project=other)

    (again,) = (await editor.sheet()).files
    assert (again.path, again.is_live) == ("/hello", True)


async def test_files_beside_functions_are_on_the_sheet(editor: Editor, tmp_path: Path) -> None:
    """A project's helpers can be edited as they are: without a language, under their whole name."""
    files = {"functions/hello.py": HELLO_PY, "functions/_helper.py": "A = 1\n", "functions/data.json": "{}"}
    environment = (await editor.sheet()).environment
    assert environment is not None
    await editor.deployments.save(
        holder(),
        service="rooms",
        environment_sid=environment.sid,
        project=load_project(write_files(tmp_path / "project", files)),
    )
    sheet = await editor.sheet()
    helper = next(each for each in sheet.functions if each.path == "/_helper.py")
    await editor.live((await editor.save(helper, "A = 2\n")).progress)
    refused = await editor.refused((await editor.save((await editor.sheet()).functions[0], "A = (\n")).progress)

    assert {(each.path, each.language, each.file_name) for each in sheet.functions} == {
        ("/_helper.py", None, "functions/_helper.py"),
        ("/data.json", None, "functions/data.json"),
        ("/hello", Language.PYTHON, "functions/hello.py"),
    }
    assert refused.problems[0].file == "functions/_helper.py"


async def test_packages_are_a_draft_until_something_is_live(editor: Editor) -> None:
    """They are asked for by the first build, and are no draft any more when it is live."""
    wanted = WantedPackages((LODASH,), ("requests>=2",))
    progress = await editor.editing.set_packages(holder(), service="rooms", packages=wanted)
    draft = await editor.sheet()
    file = await editor.saved_live()
    sheet = await editor.sheet()

    assert progress is None
    assert (draft.packages, draft.has_draft_packages) == (wanted, True)
    assert [request.dependencies for request in editor.packages.requests] == [(LODASH,)]
    assert sheet.live is not None
    assert (sheet.live.node_bundle, sheet.packages, sheet.has_draft_packages) == (NODE_BUNDLE, wanted, False)
    assert sheet.service.draft_packages is None
    assert file.is_live


async def test_packages_that_cannot_be_installed_stay_a_draft(editor: Editor) -> None:
    """What is live goes on, and the next save of a function is not held up by them."""
    file = await editor.saved_live()
    editor.packages.error = PlatformError("invalid", "there is no lodash")
    refused = await editor.refused(
        await editor.editing.set_packages(holder(), service="rooms", packages=WantedPackages((LODASH,)))
    )
    sheet = await editor.sheet()
    saved = await editor.save(file, BETTER)
    await editor.live(saved.progress)
    editor.packages.error = None
    again = await editor.editing.set_packages(holder(), service="rooms", packages=WantedPackages())

    assert "there is no lodash" in refused.message
    assert "there is no lodash" in refused.log
    assert (sheet.packages.dependencies, sheet.has_draft_packages) == ((LODASH,), True)
    assert again is None
    assert (await editor.sheet()).has_draft_packages is False
    wrong = WantedPackages((Dependency("not a name", "*"),))
    error = await refusal(editor.editing.set_packages(holder(), service="rooms", packages=wrong))
    assert (error.code, error.evidence["parameter"]) == ("invalid", "Dependencies")


async def test_shown_environment_is_ui_or_production_or_the_oldest(editor: Editor) -> None:
    """Unless one is asked for; what is live is told as seen from there."""
    file = await editor.saved_live()
    staging = await editor.environment("rooms", "staging")
    here, there = await editor.sheet(), await editor.sheet(environment_sid=staging.sid)
    service = await editor.service("shop")
    bare = await editor.sheet("shop")
    dev = await editor.environment("shop", "dev")
    only = await editor.sheet("shop")
    production = await editor.environment("shop")
    both = await editor.sheet("shop")

    assert here.environment is not None
    assert (here.environment.unique_name, here.files[0].is_live) == (UI_ENVIRONMENT, True)
    assert (there.environment, there.files[0].is_new, there.files[0].sid) == (staging, True, file.sid)
    assert (bare.environment, bare.host) == (None, None)
    assert (only.environment, both.environment) == (dev, production)
    assert service.sid == both.service.sid
    assert (await refusal(editor.sheet(environment_sid=dev.sid))).code == "not_found"


async def test_service_that_is_deployed_from_elsewhere_is_only_shown(editor: Editor) -> None:
    """Until somebody says that it may be edited here, too."""
    await editor.service("shop")
    version = await editor.version("shop")
    environment = await editor.environment("shop")
    await editor.deploy(environment, await editor.build("shop", version))
    (file,) = (await editor.sheet("shop")).files
    refused = [
        await refusal(editor.save(file, GOOD, service="shop")),
        await refusal(editor.add("/other", service="shop")),
        await refusal(editor.editing.remove(holder(), service="shop", sid=file.sid)),
        await refusal(editor.editing.set_packages(holder(), service="shop", packages=WantedPackages((LODASH,)))),
    ]
    await editor.services.update(holder(), service="shop", ui_editable=True)
    saved = await editor.save(file, GOOD, service="shop")

    assert {(error.code, error.evidence["ui_editable"]) for error in refused} == {("conflict", False)}
    assert (await editor.live(saved.progress)).is_served


async def test_who_may_save_but_not_deploy_is_told_before(editor: Editor) -> None:
    """Then nothing is saved."""
    file = await editor.add()
    writer = key(ApiKeyType.RESTRICTED, "functions:write", "assets:write")
    edit = Edit(file.sid, file.version_sid, GOOD)

    error = await refusal(editor.editing.save(writer, service="rooms", edit=edit))
    saved = await editor.editing.save(writer, service="rooms", edit=edit, deploy=False)

    assert error.code == "denied"
    assert isinstance(saved, Saved)
    assert (saved.is_new_version, saved.progress) == (True, None)


async def test_service_without_environment_gets_one(editor: Editor) -> None:
    """Saving there is enough."""
    await editor.service("shop")
    await editor.services.update(holder(), service="shop", ui_editable=True)
    saved = await editor.save(await editor.add(service="shop"), GOOD, service="shop")
    await editor.live(saved.progress)

    sheet = await editor.sheet("shop")
    assert sheet.environment is not None
    assert sheet.environment.unique_name == UI_ENVIRONMENT
    assert await served(editor, sheet) == {"/hello": saved.file.version_sid}


async def test_sheet_with_many_old_versions(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the newest version of each file is asked for by itself, and the sheet is the same."""
    await editor.saved_live("/a")
    await editor.editing.upload_asset(holder(), service="rooms", path="/b", visibility="public", content=b"b")
    before = await editor.sheet()
    monkeypatch.setattr("gettone.control.sheets.READ_AT_ONCE_MAX", 0)

    assert await editor.sheet() == before


async def test_versions_tell_when_they_were_saved(tmp_path: Path) -> None:
    """By the office's clock."""
    clock = Clock()
    async with open_editor(tmp_path, clock=clock) as editor:
        await editor.make_service()
        file = await editor.add()
        clock.move(minutes=5)
        saved = await editor.save(file, GOOD)
        await editor.live(saved.progress)

    assert file.saved_at < saved.file.saved_at == clock.now
