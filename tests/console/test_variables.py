"""Variables of an environment on their page: hidden, shown when asked for, changed, and taken away."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from gettone.model.users import Role
from tests.console.rooms import HTMX, Rooms, let_in, open_rooms

pytestmark = pytest.mark.anyio

SECRET = "a secret that no page may hold"


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """A service with one variable."""
    async with open_rooms() as rooms:
        await rooms.post("/variables", {"key": "API_SECRET", "value": SECRET})
        yield rooms


async def variable(rooms: Rooms) -> str:
    """The SID of the one variable, as the page has it."""
    found = re.search(r"/variables/(ZV\w{32})", (await rooms.get("/variables")).text)
    assert found is not None
    return found[1]


async def test_value_is_not_on_the_page_until_somebody_asks(rooms: Rooms) -> None:
    """The key is there; the value comes by POST, as a part or with the page, and is gone with the next look."""
    before = (await rooms.get("/variables")).text
    sid = await variable(rooms)
    part = await rooms.post(f"/variables/{sid}/show", {}, headers=HTMX)
    page = await rooms.post(f"/variables/{sid}/show", {})
    after = (await rooms.get("/variables")).text

    assert "API_SECRET" in before
    assert SECRET not in before
    assert SECRET in part.text
    assert "<html" not in part.text
    assert SECRET in page.text
    assert SECRET not in after
    assert (await rooms.get(f"/variables/{sid}/show")).headers["location"].endswith("/variables")


async def test_variable_that_is_there_keeps_what_was_typed(rooms: Rooms) -> None:
    """The reason stands at the key."""
    answer = await rooms.post("/variables", {"key": "API_SECRET", "value": "another"})

    assert answer.status_code == 409
    assert 'id="key-problem"' in answer.text
    assert 'value="API_SECRET"' in answer.text
    assert 'value="another"' in answer.text


async def test_wrong_key_is_told_in_its_field(rooms: Rooms) -> None:
    """With what to write."""
    answer = await rooms.post("/variables", {"key": "1 WRONG", "value": ""})

    assert answer.status_code == 400
    assert 'value="1 WRONG"' in answer.text


async def test_value_is_changed(rooms: Rooms) -> None:
    """And what is shown then is the new one."""
    sid = await variable(rooms)
    await rooms.post(f"/variables/{sid}", {"new_value": "changed"})

    assert ">changed<" in (await rooms.post(f"/variables/{sid}/show", {})).text


async def test_value_that_is_too_long_is_refused_where_it_was_typed(rooms: Rooms) -> None:
    """The row is open again, with the text."""
    sid = await variable(rooms)
    answer = await rooms.post(f"/variables/{sid}", {"new_value": "x" * 4000})

    assert answer.status_code == 400
    assert f'id="new-{sid}"' in answer.text
    assert "x" * 4000 in answer.text


async def test_deletion_is_asked_first(rooms: Rooms) -> None:
    """The page names the variable and the environment; the deed takes it away."""
    sid = await variable(rooms)
    asked = await rooms.get(f"/variables/{sid}/delete")
    await rooms.post(f"/variables/{sid}/delete", {})

    assert "Delete API_SECRET?" in asked.text
    assert "goes from ui" in asked.text
    assert "None yet" in (await rooms.get("/variables")).text


async def test_box_adds_the_accounts_own(rooms: Rooms) -> None:
    """Ticked or not, for all environments."""
    await rooms.post("/variables/credentials", {})
    without = (await rooms.sheet()).service.include_credentials
    await rooms.post("/variables/credentials", {"include_credentials": "on"})

    assert not without
    assert (await rooms.sheet()).service.include_credentials
    assert re.search(r'name="include_credentials"[^>]* checked', (await rooms.get("/variables")).text)


async def test_viewer_sees_names_and_no_values() -> None:
    """Neither a button nor an address shows one."""
    async with open_rooms(role=Role.DEVELOPER) as rooms:
        await rooms.post("/variables", {"key": "API_SECRET", "value": SECRET})
        sid = await variable(rooms)
        await let_in(rooms.served, Role.VIEWER)
        page = (await rooms.get("/variables")).text
        shown = await rooms.post(f"/variables/{sid}/show", {})
        added = await rooms.post("/variables", {"key": "MINE", "value": ""})

    assert "API_SECRET" in page
    assert "/show" not in page
    assert "Add variable" not in page
    assert (shown.status_code, added.status_code) == (403, 403)
    assert SECRET not in shown.text
