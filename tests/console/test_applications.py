"""Apps on their pages: made, changed, and deleted after a question."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gettone.model.users import Role
from tests.console.rooms import let_in, owner, read_form
from tests.console.serving import Served, open_console
from tests.control.offices import ACCOUNT_SID

pytestmark = pytest.mark.anyio

FIELDS = {
    "friendly_name": "Reception",
    "voice_url": "https://example.com/voice",
    "voice_method": "GET",
    "voice_fallback_url": "https://example.com/voice-fallback",
    "voice_fallback_method": "GET",
    "status_callback": "https://example.com/status",
    "status_callback_method": "GET",
    "voice_caller_id_lookup": "on",
    "public_application_connect_enabled": "on",
    "sms_url": "https://example.com/sms",
    "sms_method": "GET",
    "sms_fallback_url": "https://example.com/sms-fallback",
    "sms_fallback_method": "GET",
    "sms_status_callback": "https://example.com/sms-status",
    "message_status_callback": "https://example.com/message-status",
}
BOXES = {"voice_caller_id_lookup", "public_application_connect_enabled"}
WRONG_URL = "gopher://example.com/voice"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A console of one's own, with its owner signed in."""
    async with open_console() as served:
        await let_in(served)
        yield served


async def make(served: Served) -> str:
    """Make an app with every field; its page's path."""
    made = await served.browser.post("/apps/new", data=FIELDS)
    assert made.status_code == 303, made.text
    path: str = made.headers["location"].partition("?")[0]
    return path


async def test_app_has_every_field_that_was_given(served: Served) -> None:
    """Control has them, and the page's form has them again."""
    path = await make(served)
    page = await served.browser.get(path)
    app = await served.desk.applications.get(owner(), account_sid=ACCOUNT_SID, sid=path.rpartition("/")[2])
    shown = read_form(page.text, path)

    for name, value in FIELDS.items():
        assert getattr(app, name) == (True if name in BOXES else value)
        assert name in shown
        if value.startswith("https:"):
            assert shown[name] == value
    assert "Reception" in (await served.browser.get("/apps")).text


async def test_what_is_emptied_is_taken_away(served: Served) -> None:
    """An address that is empty goes, and a box that is not ticked is off."""
    path = await make(served)
    kept = {name: value for name, value in FIELDS.items() if name not in BOXES}
    done = await served.browser.post(path, data={**kept, "friendly_name": "Front desk", "sms_url": ""})
    app = await served.desk.applications.get(owner(), account_sid=ACCOUNT_SID, sid=path.rpartition("/")[2])

    assert done.status_code == 303
    assert (app.friendly_name, app.sms_url, app.voice_url) == ("Front desk", None, FIELDS["voice_url"])
    assert not app.voice_caller_id_lookup
    assert not app.public_application_connect_enabled


@pytest.mark.parametrize("field", [name for name, value in FIELDS.items() if value.startswith("https:")])
async def test_wrong_address_is_told_in_its_field(served: Served, field: str) -> None:
    """With all that was typed, of a new app and of one that is there."""
    path = await make(served)
    for action in ("/apps/new", path):
        answer = await served.browser.post(action, data={**FIELDS, field: WRONG_URL})
        shown = read_form(answer.text, action)

        assert answer.status_code == 400
        assert f'id="{field}-problem"' in answer.text
        assert shown[field] == WRONG_URL
        assert all(name in shown for name in BOXES)
        assert {name: shown[name] for name in FIELDS if name not in {field, *BOXES} and "method" not in name} == {
            name: value for name, value in FIELDS.items() if name not in {field, *BOXES} and "method" not in name
        }


async def test_chosen_methods_are_chosen_on_the_page(served: Served) -> None:
    """GET, where POST is what stands there first."""
    page = await served.browser.get(await make(served))

    assert page.text.count("<option selected>GET</option>") == sum(value == "GET" for value in FIELDS.values())


async def test_deletion_is_asked_first(served: Served) -> None:
    """The page names the app; the deed takes it away."""
    path = await make(served)
    asked = await served.browser.get(f"{path}/delete")
    still = await served.browser.get(path)
    done = await served.browser.post(f"{path}/delete")

    assert "Reception" in asked.text
    assert still.status_code == 200
    assert done.headers["location"].startswith("/apps?")
    assert (await served.browser.get(path)).status_code == 404


async def test_viewer_reads_apps_and_changes_none(served: Served) -> None:
    """No deed is on a page, and every address of one is shut."""
    path = await make(served)
    await let_in(served, Role.VIEWER)
    page, listed = await served.browser.get(path), await served.browser.get("/apps")
    shut = [await served.browser.get("/apps/new")]
    shut += [await served.browser.post(each, data=FIELDS) for each in ("/apps/new", path, f"{path}/delete")]

    assert (page.status_code, listed.status_code) == (200, 200)
    assert f"{path}/delete" not in page.text
    assert "/apps/new" not in listed.text
    assert [answer.status_code for answer in shut] == [403] * 4
