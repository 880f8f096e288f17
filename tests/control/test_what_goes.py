"""What a deletion would take along, as it is told before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gettone.control.what_goes import Going
from gettone.model.api_keys import ApiKeyType
from gettone.model.users import Role
from tests.control.editors import BETTER, Editor, open_editor
from tests.control.offices import OTHER_SID, holder, key, member
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def editor(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Editor]:
    """An editor, and a service called rooms that a console made."""
    async with open_editor(tmp_path) as opened:
        await opened.make_service()
        yield opened


async def test_service_takes_everything_along(editor: Editor) -> None:
    """Functions and assets by their paths, environments with all their addresses, and the counts of the rest."""
    file = await editor.saved_live("/hello")
    await editor.live((await editor.save(file, BETTER)).progress)
    page = await editor.editing.upload_asset(
        holder(), service="rooms", path="/a.html", visibility="public", content=b"<p>"
    )
    await editor.live(page.progress)
    empty = await editor.environment("rooms", "empty")
    where = {"service": "rooms", "environment_sid": empty.sid}
    await editor.host_names.create(holder(), **where, host="api.example.com")
    await editor.variables.create(holder(), **where, key="A", value="1")
    base = (await editor.sheet()).service.domain_base

    going = await editor.what_goes.service(member(Role.VIEWER), service="rooms")

    assert going == Going(
        functions=("/hello",),
        assets=("/a.html",),
        versions=4,
        builds=3,
        environments=("ui", "empty"),
        addresses=(f"{base}.localhost", f"{base}-empty.localhost", "api.example.com"),
        variables=1,
        deployments=3,
        live_in=("ui",),
    )
    await editor.services.delete(holder(), service="rooms")
    assert (await refusal(editor.what_goes.service(holder(), service="rooms"))).code == "not_found"


async def test_environment_takes_its_own_along(editor: Editor) -> None:
    """The code stays with the service."""
    await editor.saved_live()
    sheet = await editor.sheet()
    assert sheet.environment is not None
    await editor.variables.create(holder(), service="rooms", environment_sid=sheet.environment.sid, key="A", value="1")

    going = await editor.what_goes.environment(holder(), service="rooms", sid=sheet.environment.sid)

    assert sheet.host is not None
    assert going == Going(environments=("ui",), addresses=(sheet.host,), variables=1, deployments=1, live_in=("ui",))


async def test_file_takes_its_addresses_along(editor: Editor) -> None:
    """Where it is live; a draft takes nothing but itself."""
    live, draft = await editor.saved_live("/hello"), await editor.add("/draft")
    host = (await editor.sheet()).host

    assert await editor.what_goes.file(holder(), service="rooms", sid=live.sid) == Going(
        functions=("/hello",), versions=2, addresses=(f"{host}/hello",), live_in=("ui",)
    )
    assert await editor.what_goes.file(holder(), service="rooms", sid=draft.sid) == Going(
        functions=("/draft",), versions=1
    )


async def test_only_who_may_look_is_told(editor: Editor) -> None:
    """And others' services are not there."""
    file = await editor.add()
    stranger, blind = holder(OTHER_SID), key(ApiKeyType.RESTRICTED)

    for verb in (
        editor.what_goes.service(stranger, service="rooms"),
        editor.what_goes.file(stranger, service="rooms", sid=file.sid),
        editor.what_goes.environment(stranger, service="rooms", sid="ZE" + "0" * 32),
    ):
        assert (await refusal(verb)).code == "not_found"
    assert (await refusal(editor.what_goes.service(blind, service="rooms"))).code == "denied"
