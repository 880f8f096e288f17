"""The history of an environment: who deployed what, what that changed, and how two builds differ."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gettone.control import history as module
from gettone.control.build_requests import Runtimes
from gettone.control.history import Change, History, Release
from gettone.control.sheets import FileKind
from gettone.model.builds import Dependency, WantedPackages
from gettone.model.pages import Page, PageRequest
from tests.control.editors import BETTER, GOOD, Editor, open_editor
from tests.control.offices import holder
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def editor(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Editor]:
    """An editor, and a service called rooms that a console made."""
    async with open_editor(tmp_path) as opened:
        await opened.make_service()
        yield opened


async def told(editor: Editor, page: PageRequest | None = None) -> Page[Release]:
    """The releases of rooms."""
    environment = (await editor.sheet()).environment
    assert environment is not None
    return await editor.history.releases(
        holder(), service="rooms", environment_sid=environment.sid, page=page or PageRequest()
    )


def changes(release: Release) -> list[tuple[Change, FileKind, str]]:
    """What a release changed."""
    return [(each.change, each.kind, each.path) for each in release.changes]


async def test_releases_tell_what_changed(editor: Editor) -> None:
    """Against the one before, newest first: files added, changed and removed, and other packages."""
    file = await editor.saved_live("/hello")
    page = await editor.editing.upload_asset(
        holder(), service="rooms", path="/a.html", visibility="public", content=b"<p>"
    )
    await editor.live(page.progress)
    await editor.live((await editor.save(file, BETTER)).progress)
    packages = WantedPackages((Dependency("lodash", "^4"),))
    await editor.live(await editor.editing.set_packages(holder(), service="rooms", packages=packages))
    await editor.live((await editor.editing.remove(holder(), service="rooms", sid=page.file.sid)).progress)

    releases = (await told(editor)).items

    assert [changes(each) for each in releases] == [
        [(Change.REMOVED, FileKind.ASSET, "/a.html")],
        [],
        [(Change.CHANGED, FileKind.FUNCTION, "/hello")],
        [(Change.ADDED, FileKind.ASSET, "/a.html")],
        [(Change.ADDED, FileKind.FUNCTION, "/hello")],
    ]
    assert [each.packages_changed for each in releases] == [False, True, False, False, False]
    assert [each.is_live for each in releases] == [True, False, False, False, False]
    assert [each.can_roll_back for each in releases] == [False, True, True, True, True]
    assert {each.deployment.actor for each in releases} == {holder().name}
    assert releases[2].deployment.message == "/hello"


async def test_pages_know_what_was_before_them(editor: Editor) -> None:
    """The last one of a page is told against the first of the next."""
    file = await editor.saved_live()
    for text in (BETTER, GOOD, BETTER):
        saved = await editor.save(file, text)
        await editor.live(saved.progress)
        file = saved.file

    first = await told(editor, PageRequest(size=2))
    second = await told(editor, PageRequest(size=2, after=first.next))

    assert [changes(each)[0][0] for each in first.items] == [Change.CHANGED, Change.CHANGED]
    assert [changes(each)[0][0] for each in second.items] == [Change.CHANGED, Change.ADDED]
    assert (first.next is not None, second.previous is not None) == (True, True)


async def test_build_that_was_deleted_or_is_for_others_cannot_go_live(editor: Editor) -> None:
    """Its deployment is told all the same."""
    file = await editor.saved_live()
    first = (await editor.sheet()).live
    await editor.live((await editor.save(file, BETTER)).progress)
    environment = (await editor.sheet()).environment
    assert first is not None
    assert environment is not None
    await editor.builds.delete(holder(), service="rooms", sid=first.sid)
    packages = WantedPackages((Dependency("lodash", "^4"),))
    await editor.live(await editor.editing.set_packages(holder(), service="rooms", packages=packages))
    await editor.live(await editor.editing.set_packages(holder(), service="rooms", packages=WantedPackages()))
    newer = History(editor.office, Runtimes(node="node99"))

    gone = (await told(editor)).items[-1]
    outdated = await newer.releases(holder(), service="rooms", environment_sid=environment.sid, page=PageRequest())

    assert (gone.build, gone.can_roll_back) == (None, False)
    assert [each.can_roll_back for each in outdated.items] == [False, False, True, False]


async def test_undeployed_environment_is_told(editor: Editor) -> None:
    """Everything was removed then."""
    file = await editor.saved_live()
    await editor.live((await editor.editing.remove(holder(), service="rooms", sid=file.sid)).progress)

    empty, _ = (await told(editor)).items

    assert (empty.build, empty.is_live, empty.can_roll_back) == (None, True, False)
    assert changes(empty) == [(Change.REMOVED, FileKind.FUNCTION, "/hello")]


async def test_builds_differ_line_by_line(editor: Editor) -> None:
    """What is no text is only said to be another; packages are compared as lines."""
    file = await editor.saved_live()
    old = (await editor.sheet()).live
    await editor.live((await editor.save(file, BETTER)).progress)
    image = await editor.editing.upload_asset(
        holder(), service="rooms", path="/a.png", visibility="public", content=b"\x89PNG"
    )
    await editor.live(image.progress)
    packages = WantedPackages((Dependency("lodash", "^4"),), ("requests>=2",))
    await editor.live(await editor.editing.set_packages(holder(), service="rooms", packages=packages))
    new = (await editor.sheet()).live
    assert old is not None
    assert new is not None

    found = await editor.history.difference(holder(), service="rooms", old_build_sid=old.sid, new_build_sid=new.sid)
    first = await editor.history.difference(holder(), service="rooms", old_build_sid=None, new_build_sid=old.sid)

    assert (found.old, found.new, found.files_left_out) == (old, new, 0)
    code, picture = found.files
    assert [(line.sign, line.text) for line in code.lines] == [("-", GOOD.strip()), ("+", BETTER.strip())]
    assert (picture.is_binary, picture.lines, picture.change.change) == (True, (), Change.ADDED)
    assert [(line.sign, line.text) for line in found.packages] == [("+", "lodash ^4"), ("+", "requests>=2")]
    assert [(line.sign, line.text) for line in first.files[0].lines] == [("+", GOOD.strip())]


async def test_difference_has_an_end(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    """In lines and in files: what is left out is told."""
    monkeypatch.setattr(module, "LINES_MAX", 3)
    monkeypatch.setattr(module, "FILES_MAX", 2)
    for path in ("/a", "/b", "/c"):
        await editor.saved_live(path, GOOD * 2)
    new = (await editor.sheet()).live
    assert new is not None

    found = await editor.history.difference(holder(), service="rooms", old_build_sid=None, new_build_sid=new.sid)

    assert [(len(each.lines), each.is_cut) for each in found.files] == [(2, False), (1, True)]
    assert found.files_left_out == 1


async def test_equal_code_under_another_version_is_no_change(editor: Editor) -> None:
    """Somebody uploaded the same again."""
    one, other = await editor.version("rooms"), await editor.version("rooms")
    first, second = await editor.build("rooms", one), await editor.build("rooms", other)

    found = await editor.history.difference(
        holder(), service="rooms", old_build_sid=first.sid, new_build_sid=second.sid
    )

    assert (found.files, found.packages) == ((), ())


async def test_builds_of_another_service_are_not_found(editor: Editor) -> None:
    """Neither as the old one nor as the new one."""
    await editor.saved_live()
    mine = (await editor.sheet()).live
    await editor.service("shop")
    theirs = await editor.build("shop")
    assert mine is not None

    for old, new in ((mine.sid, theirs.sid), (theirs.sid, mine.sid)):
        error = await refusal(
            editor.history.difference(holder(), service="rooms", old_build_sid=old, new_build_sid=new)
        )
        assert error.code == "not_found"
