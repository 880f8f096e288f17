"""The editor: what a save comes to, in which line code is wrong, and two who edit one function."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape

import pytest

from gettone.control.progress import Progress, StepName
from gettone.model.functions import Visibility
from gettone.model.sids import AccountSid
from gettone.model.users import Role
from tests.console.rooms import BROKEN, GOOD, HTMX, PATH, Rooms, open_rooms, owner
from tests.control.offices import ACCOUNT_SID, OTHER_SID

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """A service that deploys on save, with one function that was never deployed."""
    async with open_rooms() as rooms:
        yield rooms


async def test_page_has_the_code_and_its_address(rooms: Rooms) -> None:
    """Files, code, URL to copy, and how to try it."""
    page = (await rooms.get()).text

    assert f'data-copy="http://{rooms.service.domain_base}.localhost:8000{PATH}"' in page
    assert 'data-editor="python"' in page
    assert "AccessToken(" in (await rooms.form())["source"]
    assert 'name="parameter" value="identity"' in page
    assert "Nothing is live here yet" in page


@pytest.mark.parametrize(
    ("visibility", "sentence"),
    [
        ("public", "Public: anyone who knows the address gets a token"),
        ("protected", "Protected: the Twilio signature is checked"),
        ("private", "Private: for other functions alone"),
    ],
)
async def test_page_says_who_may_call(rooms: Rooms, visibility: str, sentence: str) -> None:
    """In a sentence, for each access."""
    form = await rooms.form()
    saved = await rooms.save(form["source"], visibility=visibility)

    assert sentence in (await rooms.follow(saved)).text


async def test_saved_is_live_with_its_steps_and_its_time(rooms: Rooms) -> None:
    """Built, warm, live: a page tells it after a form, and nothing is left to deploy."""
    page = (await rooms.follow(await rooms.save(GOOD))).text

    assert re.search(r"<b>Live</b>.*?<span>\d+ ms after Save</span>", page, re.DOTALL)
    assert re.search(r"Revision \d+ on 1 node<", page)
    assert not (await rooms.sheet()).has_changes


async def test_part_is_all_that_a_script_gets(rooms: Rooms) -> None:
    """Nobody loses their place: steps, the new base of the next save, the list of files, no mark in the code."""
    answer = await rooms.save(GOOD + "# event.colour\n", htmx=True)

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert f'name="base" value="{(await rooms.file()).version_sid}"' in answer.text
    assert 'id="files"' in answer.text
    assert 'data-problem-for="source" data-problem=""' in answer.text
    assert re.search(r'data-announce="Live after \d+ ms\."', answer.text)
    assert '<label for="parameter-2">colour</label>' in answer.text


async def test_code_that_does_not_load_is_marked_in_its_line(rooms: Rooms) -> None:
    """It is saved, and not live; what was live goes on."""
    await rooms.save(GOOD)
    live = (await rooms.file()).live_version_sid
    page = (await rooms.follow(await rooms.save(BROKEN))).text

    marked = re.search(r'data-problem="([^"]+)"', page)
    assert marked is not None
    assert '"line": 2' in unescape(unescape(marked[1]))
    assert "Line 2: " in page
    assert "what was live goes on" in page
    assert await rooms.source() == BROKEN
    assert (await rooms.file()).live_version_sid == live


async def test_save_waits_for_deploy_all_where_the_service_says_so() -> None:
    """As the second tutorial has it: Save keeps, Deploy All deploys what is in the editor."""
    async with open_rooms(deploys_on_save=False) as rooms:
        kept = await rooms.save(GOOD, deed="save")
        after_save = await rooms.file()
        deployed = await rooms.save(GOOD + "# more\n", deed="deploy_all")
        page = (await rooms.follow(deployed)).text
        after_deploy = await rooms.file()

    assert kept.headers["location"].endswith("said=editor.said_saved")
    assert after_save.is_new
    assert after_deploy.is_live
    assert "after Save" in page


async def test_deploy_all_needs_no_open_file(rooms: Rooms) -> None:
    """It deploys what is saved."""
    answer = await rooms.post("/deploy", {})

    assert "Revision" in (await rooms.follow(answer)).text
    assert (await rooms.file()).is_live


async def test_second_of_two_sees_what_differs(rooms: Rooms) -> None:
    """Nothing is saved, what they typed stays in the field, and they may save over it knowingly."""
    form = await rooms.form()
    await rooms.save("# first\n" + GOOD)
    answer = await rooms.post("/save", {**form, "source": "# second\n" + GOOD})

    assert answer.status_code == 409
    assert "Somebody else saved this meanwhile" in answer.text
    assert re.search(r'class="removed">.*?# first', answer.text, re.DOTALL)
    assert re.search(r'class="added">.*?# second', answer.text, re.DOTALL)
    assert (await rooms.form(answer))["source"] == "# second\n" + GOOD
    assert await rooms.source() == "# first\n" + GOOD

    over = re.search(r'name="over" value="(\w+)"', answer.text)
    assert over is not None
    await rooms.post("/save", {**await rooms.form(answer), "over": over[1]})
    assert await rooms.source() == "# second\n" + GOOD


async def test_conflict_comes_into_the_page_that_a_script_has(rooms: Rooms) -> None:
    """Their text is in the editor already: the difference is enough."""
    form = await rooms.form()
    await rooms.save("# first\n" + GOOD)
    answer = await rooms.post("/save", {**form, "source": "# second\n" + GOOD}, headers=HTMX)

    assert answer.status_code == 409
    assert "<html" not in answer.text
    assert 'form="edit" name="over"' in answer.text


@pytest.mark.parametrize(("field", "value"), [("path", "no slash?"), ("friendly_name", ""), ("visibility", "all")])
async def test_refused_field_keeps_the_code(rooms: Rooms, field: str, value: str) -> None:
    """What is wrong stands in its field, and the code is as it was typed."""
    answer = await rooms.save("# mine\n" + GOOD, htmx=False, **{field: value})

    assert answer.status_code == 400
    assert f'id="{field}-problem"' in answer.text
    assert (await rooms.form(answer))["source"] == "# mine\n" + GOOD
    assert await rooms.source() != "# mine\n" + GOOD


async def test_name_path_and_event_are_changed_beside_the_code(rooms: Rooms) -> None:
    """One form, one save."""
    await rooms.save(GOOD, friendly_name="Rooms", path="/rooms", event="call", visibility="protected")

    file = await rooms.file()
    assert (file.name, file.path, file.event, file.visibility) == ("Rooms", "/rooms", "call", Visibility.PROTECTED)


async def test_page_without_script_loads_itself_again_while_a_deploy_is_under_way(rooms: Rooms) -> None:
    """And with one, the part asks for the next step."""
    progress = await _under_way(rooms)
    progress.begin(StepName.BUILDING)
    page = (await rooms.get(deploy=progress.id)).text

    assert '<noscript><meta http-equiv="refresh"' in page
    assert f'hx-get="{rooms.root}/deploys/{progress.id}' in page
    assert "<b>Building</b>" in page


async def test_next_step_is_told_when_it_comes(rooms: Rooms) -> None:
    """The question waits for it, and asks no more once it has ended."""
    progress = await _under_way(rooms)
    progress.begin(StepName.BUILDING)
    first = await rooms.served.browser.get(f"{rooms.root}/deploys/{progress.id}", headers=HTMX)
    again = re.search(r'hx-get="([^"]+)"', first.text)
    assert again is not None
    waiting = asyncio.create_task(rooms.served.browser.get(unescape(again[1]), headers=HTMX))
    await asyncio.sleep(0)
    progress.begin(StepName.WARMING)
    second = await waiting

    assert "<b>Built</b>" in second.text
    assert "<b>Warming</b>" in second.text


async def test_deploy_that_is_forgotten_leaves_the_page_as_it_is(rooms: Rooms) -> None:
    """So does somebody else's."""
    others = await _under_way(rooms, OTHER_SID)
    for asked in ("0" * 32, others.id):
        page = await rooms.get(deploy=asked)

        assert page.status_code == 200
        assert "Nothing is live here yet" in page.text


async def test_viewer_reads_and_saves_nothing() -> None:
    """No button, a field that takes nothing, and a refusal for who sends the form all the same."""
    async with open_rooms(role=Role.VIEWER) as rooms:
        page = (await rooms.get()).text
        answer = await rooms.post("/save", {"file": rooms.file_sid, "base": "ZN" + "0" * 32, "source": GOOD})
        deploy = await rooms.post("/deploy", {})

    assert ">Save</button>" not in page
    assert ">Deploy All</button>" not in page
    assert re.search(r"<textarea[^>]* readonly", page)
    assert answer.status_code == 403
    assert deploy.status_code == 403


async def test_service_of_a_toolkit_is_read_until_somebody_says_otherwise(rooms: Rooms) -> None:
    """The page says why, and one button changes that."""
    await rooms.served.desk.services.update(owner(), service=rooms.service.sid, ui_editable=False)
    before = (await rooms.get()).text
    await rooms.post("/editable", {})
    after = (await rooms.get()).text

    assert "deployed by a toolkit" in before
    assert ">Save</button>" not in before
    assert ">Save</button>" in after


async def test_service_of_nobody_is_not_there(rooms: Rooms) -> None:
    """Another account's is no different."""
    answer = await rooms.served.browser.get(f"/services/ZS{'0' * 32}")

    assert answer.status_code == 404


async def _under_way(rooms: Rooms, account_sid: AccountSid = ACCOUNT_SID) -> Progress:
    """A deploy that a test leads by the hand."""
    sheet = await rooms.sheet()
    assert sheet.environment is not None
    return rooms.served.desk.releases.board.open(account_sid, rooms.service.sid, sheet.environment.sid, 0)
