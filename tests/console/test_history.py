"""The history of an environment on its page: what changed, and the way back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest

from gettone.model.users import Role
from tests.console.rooms import GOOD, PATH, Rooms, let_in, open_rooms

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """A service that was deployed twice."""
    async with open_rooms() as rooms:
        await rooms.save(GOOD)
        await rooms.save(GOOD + "# second\n")
        yield rooms


async def test_releases_stand_newest_first(rooms: Rooms) -> None:
    """Who, what changed, which is live, and one button back."""
    page = (await rooms.get("/history")).text

    assert page.count("/history/rollback") == 1
    assert page.count(">live<") == 1
    assert "owner@example.com" in page
    assert PATH in page


async def test_side_list_counts_the_deployments(rooms: Rooms) -> None:
    """On every page of the service."""
    page = (await rooms.get()).text

    assert re.search(r">History<em>2</em>", page)


async def test_difference_is_told_line_by_line(rooms: Rooms) -> None:
    """Between the build before and this one; the first has nothing before it."""
    page = (await rooms.get("/history")).text
    links = [unescape(each) for each in re.findall(r'href="([^"]+/history/difference[^"]*)"', page)]
    newest, first = [(await rooms.served.browser.get(each)).text for each in links]

    assert re.search(r'class="added">.*?# second', newest, re.DOTALL)
    assert "nothing →" in first
    assert "added" in first


async def test_older_build_goes_live_again(rooms: Rooms) -> None:
    """With one button; the editor keeps the newest text."""
    build = re.search(r'name="build" value="(\w+)"', (await rooms.get("/history")).text)
    assert build is not None
    answer = await rooms.post("/history/rollback", {"build": build[1]})
    page = (await rooms.follow(answer)).text

    live = (await rooms.sheet()).live
    assert live is not None
    assert live.sid == build[1]
    assert "in all" in page
    assert await rooms.source() == GOOD + "# second\n"


async def test_live_build_cannot_be_rolled_back_to(rooms: Rooms) -> None:
    """The page says so."""
    live = (await rooms.sheet()).live
    assert live is not None
    answer = await rooms.post("/history/rollback", {"build": live.sid})

    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


async def test_build_of_nobody_has_no_difference(rooms: Rooms) -> None:
    """Nor does an address that was made up."""
    assert (await rooms.get("/history/difference", new="ZB" + "0" * 32)).status_code == 404
    assert (await rooms.get("/history/difference")).status_code == 404


async def test_viewer_reads_and_rolls_nothing_back(rooms: Rooms) -> None:
    """The button is not there."""
    await let_in(rooms.served, Role.VIEWER)
    page = await rooms.get("/history")
    answer = await rooms.post("/history/rollback", {"build": "ZB" + "0" * 32})

    assert page.status_code == 200
    assert "rollback" not in page.text
    assert answer.status_code == 403
