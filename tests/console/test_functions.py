"""The list of services, the first steps of an empty account, and new functions."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gettone.model.functions import FunctionEvent, Language, Visibility
from gettone.model.pages import PageRequest
from gettone.model.users import Role
from tests.console.rooms import Rooms, let_in, open_rooms, owner, read_form
from tests.console.serving import Served, open_console

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """An empty account, its owner signed in."""
    async with open_console() as served:
        await let_in(served)
        yield served


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """A service with one function."""
    async with open_rooms() as rooms:
        yield rooms


async def test_empty_account_is_taught_the_first_steps(served: Served) -> None:
    """What to do, in order, and a form that does the first of it."""
    page = (await served.browser.get("/functions")).text

    assert "Your first function is three steps away" in page
    assert page.index("Configure") < page.index("Manage") < page.index("<b>Save</b>")
    assert read_form(page, "/functions") == {"unique_name": "default", "deploys": "on_save"}


async def test_service_is_made_as_consoles_make_it(served: Served) -> None:
    """It can be edited here, and has one environment without a suffix."""
    made = await served.browser.post("/functions", data={"unique_name": "rooms", "deploys": "all_only"})

    found = await served.desk.editing.open(owner(), service="rooms")
    assert made.status_code == 303
    assert made.headers["location"].startswith(f"/services/{found.service.sid}")
    assert [(each.unique_name, each.domain_suffix) for each in found.environments] == [("ui", None)]
    assert (found.service.ui_editable, found.service.deploys_on_save) == (True, False)


@pytest.mark.parametrize("name", ["", "no blanks", "a" * 51])
async def test_wrong_name_of_a_service_is_told_in_its_field(served: Served, name: str) -> None:
    """With what was typed still in it."""
    answer = await served.browser.post("/functions", data={"unique_name": name, "deploys": "on_save"})

    assert answer.status_code == 400
    assert 'id="unique_name-problem"' in answer.text
    assert not name or f'value="{name}"' in answer.text


async def test_taken_name_is_told(rooms: Rooms) -> None:
    """The list is there, and the name with it."""
    answer = await rooms.served.browser.post("/functions", data={"unique_name": "rooms", "deploys": "on_save"})

    assert answer.status_code == 409
    assert 'value="rooms"' in answer.text
    assert 'id="unique_name-problem"' in answer.text
    assert "choose another" in answer.text


async def test_each_service_can_be_configured_and_managed(rooms: Rooms) -> None:
    """Both words of the tutorial lead on from the list."""
    page = (await rooms.served.browser.get("/functions")).text

    assert f'href="{rooms.root}/variables" aria-label="Configure rooms"' in page
    assert f'href="{rooms.root}" aria-label="Manage rooms"' in page
    assert f"{rooms.service.domain_base}.localhost" in page


@pytest.mark.parametrize(
    ("template", "visibility", "event", "path"),
    [
        ("blank", "protected", "none", ""),
        ("room-token", "public", "none", "/create-room-token"),
        ("voice-token", "public", "none", "/token"),
        ("webhook", "protected", "call", "/answer-call"),
        ("nonsense", "protected", "none", ""),
    ],
)
async def test_template_presets_the_form(rooms: Rooms, template: str, visibility: str, event: str, path: str) -> None:
    """What mints tokens is public, the rest protected; whoever asks for no template there is begins with nothing."""
    page = await rooms.served.browser.get("/functions/new", params={"template": template, "service": "rooms"})

    form = read_form(page.text, "/functions/new")
    assert (form["visibility"], form["event"], form["path"]) == (visibility, event, path)


async def test_language_that_somebody_writes_is_chosen(served: Served) -> None:
    """Nobody asks twice: JavaScript, unless they said Python; a link says otherwise."""
    who = await served.desk.sessions.find(await let_in(served, Role.DEVELOPER))
    assert who is not None
    before = read_form((await served.browser.get("/functions/new")).text, "/functions/new")
    await served.desk.preferences.answer(who, writes_code=True, language=Language.PYTHON)
    after = read_form((await served.browser.get("/functions/new")).text, "/functions/new")
    asked = read_form((await served.browser.get("/functions/new?language=javascript")).text, "/functions/new")

    assert [each["language"] for each in (before, after, asked)] == ["javascript", "python", "javascript"]


async def test_function_is_made_and_opened(rooms: Rooms) -> None:
    """With the name, the path and the access that were asked for; nothing is live by that."""
    page = await rooms.served.browser.get("/functions/new?template=blank&language=python&service=rooms")
    form = read_form(page.text, "/functions/new")
    form |= {"friendly_name": "Say Hello", "path": "/say/hello", "visibility": "public", "event": "message"}
    made = await rooms.served.browser.post("/functions/new", data=form)

    file = next(each for each in (await rooms.sheet()).functions if each.path == "/say/hello")
    assert f"file={file.sid}" in made.headers["location"]
    assert (file.name, file.visibility, file.event) == ("Say Hello", Visibility.PUBLIC, FunctionEvent.MESSAGE)
    assert file.is_new
    assert "Nothing is live yet" in (await rooms.follow(made)).text


async def test_first_function_brings_its_service(served: Served) -> None:
    """An account without one gets one, under the name that is proposed."""
    form = read_form((await served.browser.get("/functions/new")).text, "/functions/new")
    made = await served.browser.post("/functions/new", data={**form, "friendly_name": "Hello", "path": "/hello"})

    found = await served.desk.services.list(owner(), page=PageRequest())
    assert made.status_code == 303
    assert [each.unique_name for each in found.items] == ["default"]


async def test_taken_path_is_told_in_its_field(rooms: Rooms) -> None:
    """With all that was typed."""
    page = await rooms.served.browser.get("/functions/new?template=room-token&service=rooms")
    form = {**read_form(page.text, "/functions/new"), "friendly_name": "Another One"}
    answer = await rooms.served.browser.post("/functions/new", data=form)

    assert answer.status_code == 409
    assert 'id="path-problem"' in answer.text
    assert read_form(answer.text, "/functions/new") == form


async def test_viewer_makes_nothing() -> None:
    """No button is there, and no form gets through."""
    async with open_rooms(role=Role.VIEWER) as rooms:
        listed = await rooms.served.browser.get("/functions")
        form = await rooms.served.browser.get("/functions/new")
        service = await rooms.served.browser.post("/functions", data={"unique_name": "mine"})

    assert "New function" not in listed.text
    assert "Create service" not in listed.text
    assert form.status_code == 403
    assert service.status_code == 403
