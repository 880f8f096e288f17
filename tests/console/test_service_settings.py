"""Settings of a service, and its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gettone.model.services import ServiceSettings
from gettone.model.users import Role
from tests.console.rooms import GOOD, PATH, Rooms, open_rooms, read_form

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """A service with one function."""
    async with open_rooms() as rooms:
        yield rooms


async def test_settings_are_kept(rooms: Rooms) -> None:
    """All of them in one form."""
    form = read_form((await rooms.get("/settings")).text, "/settings")
    form |= {"friendly_name": "The rooms", "deploys": "all_only", "timeout_seconds": "2.5"}
    form |= {"concurrency": "4", "workers_max": "3"}
    answer = await rooms.post("/settings", form)

    service = (await rooms.sheet()).service
    assert answer.headers["location"].endswith("said=service.said_saved")
    assert (service.friendly_name, service.deploys_on_save, service.ui_editable) == ("The rooms", False, True)
    assert service.settings == ServiceSettings(concurrency=4, workers_max=3, timeout_seconds=2.5)
    assert read_form((await rooms.get("/settings")).text, "/settings") == form


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timeout_seconds", "0"),
        ("timeout_seconds", "nan"),
        ("timeout_seconds", "1e3"),
        ("concurrency", "many"),
        ("concurrency", "٣"),
        ("workers_max", "99999999999"),
        ("friendly_name", ""),
    ],
)
async def test_wrong_figure_is_told_in_its_field(rooms: Rooms, field: str, value: str) -> None:
    """With what was typed."""
    form = {**read_form((await rooms.get("/settings")).text, "/settings"), field: value}
    answer = await rooms.post("/settings", form)

    assert answer.status_code == 400
    assert f'id="{field}-problem"' in answer.text
    assert read_form(answer.text, "/settings") == form


async def test_each_function_says_whether_its_signature_is_checked(rooms: Rooms) -> None:
    """And leads to where that is changed."""
    await rooms.save(GOOD, visibility="protected")
    page = (await rooms.get("/settings")).text

    assert "Protected: the Twilio signature is checked" in page
    assert f'aria-label="Edit the access of {PATH}"' in page


async def test_deletion_names_what_goes(rooms: Rooms) -> None:
    """Functions, addresses, history; then there is nothing."""
    await rooms.save(GOOD)
    asked = (await rooms.get("/delete")).text
    answer = await rooms.post("/delete", {})

    assert "Delete the service rooms?" in asked
    assert PATH in asked
    assert f"{rooms.service.domain_base}.localhost" in asked
    assert "1 build" in asked
    assert answer.headers["location"] == "/functions?said=functions.said_deleted"
    assert (await rooms.get()).status_code == 404


async def test_viewer_changes_nothing() -> None:
    """No button, and a refusal."""
    async with open_rooms(role=Role.VIEWER) as rooms:
        page = (await rooms.get("/settings")).text
        saved = await rooms.post("/settings", read_form(page, "/settings"))
        deleted = await rooms.post("/delete", {})

    assert "Delete the service" not in page
    assert (saved.status_code, deleted.status_code) == (403, 403)
