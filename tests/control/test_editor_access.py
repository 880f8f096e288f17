"""Every verb of the editor: another account's services are not there, and who may only look changes nothing."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gettone.control.saved_files import Edit
from gettone.control.sheets import SheetFile
from gettone.model.builds import Build, WantedPackages
from gettone.model.pages import PageRequest
from gettone.model.principals import Principal
from gettone.model.users import Role
from tests.control.editors import BETTER, Editor, open_editor
from tests.control.offices import OTHER_SID, holder, member
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio

WITHOUT_SIDS = {
    "Editing.open",
    "Editing.add_function",
    "Editing.upload_asset",
    "Editing.set_packages",
    "Releases.deploy_all",
    "WhatGoes.service",
}
Verb = Callable[[Principal, str], Awaitable[object]]


@pytest.fixture
async def editor(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Editor]:
    """An editor, and a service called rooms that a console made."""
    async with open_editor(tmp_path) as opened:
        await opened.make_service()
        yield opened


def verbs(editor: Editor, file: SheetFile, build: Build, environment_sid: str) -> dict[str, tuple[bool, Verb]]:
    """Every verb that names a service, and whether it changes something: who acts, and on which service."""
    e, r, h, w = editor.editing, editor.releases, editor.history, editor.what_goes

    def within(call: Callable[..., Awaitable[object]], **named: object) -> Verb:
        return lambda who, service: call(who, service=service, **named)

    function = {"name": "x", "path": "/x", "language": "python"}
    asset = {"path": "/x", "visibility": "public", "content": b"x"}
    at = {"environment_sid": environment_sid}
    return {
        "Editing.open": (False, within(e.open)),
        "Editing.read": (False, within(e.read, sid=file.sid)),
        "Editing.content": (False, within(e.content, sid=file.sid)),
        "Editing.add_function": (True, within(e.add_function, **function)),
        "Editing.upload_asset": (True, within(e.upload_asset, **asset)),
        "Editing.save": (True, within(e.save, edit=Edit(file.sid, file.version_sid, BETTER))),
        "Editing.remove": (True, within(e.remove, sid=file.sid)),
        "Editing.set_packages": (True, within(e.set_packages, packages=WantedPackages((), ("requests",)))),
        "Releases.deploy_all": (True, within(r.deploy_all)),
        "Releases.rollback": (True, within(r.rollback, **at, build_sid=build.sid)),
        "Releases.promote": (
            True,
            within(r.promote, from_environment_sid=environment_sid, to_environment_sid=environment_sid),
        ),
        "History.releases": (False, within(h.releases, **at, page=PageRequest())),
        "History.difference": (False, within(h.difference, old_build_sid=None, new_build_sid=build.sid)),
        "WhatGoes.service": (False, within(w.service)),
        "WhatGoes.environment": (False, within(w.environment, sid=environment_sid)),
        "WhatGoes.file": (False, within(w.file, sid=file.sid)),
    }


async def premises(editor: Editor) -> dict[str, tuple[bool, Verb]]:
    """The verbs, over a function that is live."""
    file = await editor.saved_live()
    sheet = await editor.sheet()
    assert sheet.live is not None
    assert sheet.environment is not None
    return verbs(editor, file, sheet.live, sheet.environment.sid)


async def test_every_verb_is_in_the_table(editor: Editor) -> None:
    """Whoever adds one is reminded here."""
    there = {
        f"{type(case).__name__}.{name}"
        for case in (editor.editing, editor.releases, editor.history, editor.what_goes)
        for name, verb in inspect.getmembers(case, inspect.iscoroutinefunction)
        if not name.startswith("_") and "service" in inspect.signature(verb).parameters
    }

    # What others deploy with: `deploy_all` stands for it.
    assert there - {"Releases.release"} == set(await premises(editor))


async def test_anothers_are_not_found(editor: Editor) -> None:
    """By the SID or the name of the service; and one's own service has none of their SIDs."""
    table = await premises(editor)
    service = (await editor.sheet()).service
    theirs = await editor.services.create(holder(OTHER_SID), unique_name="theirs", friendly_name="theirs")
    log = await editor.audited()

    for name, (_, verb) in table.items():
        for named in (service.sid, "rooms"):
            error = await refusal(verb(holder(OTHER_SID), named))
            assert error.code == "not_found", name
            assert error.message == f"The requested resource /Services/{named} was not found", name
        if name not in WITHOUT_SIDS:
            assert (await refusal(verb(holder(OTHER_SID), theirs.sid))).code == "not_found", name
    assert await editor.audited() == log


async def test_viewer_looks_and_changes_nothing(editor: Editor) -> None:
    """All reads are theirs."""
    table = await premises(editor)
    viewer = member(Role.VIEWER)
    log = await editor.audited()

    for name, (changes, verb) in table.items():
        if changes:
            assert (await refusal(verb(viewer, "rooms"))).code == "denied", name
        else:
            await verb(viewer, "rooms")
    assert await editor.audited() == log
