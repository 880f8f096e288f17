"""What the next build installs, on its page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx2
import pytest

from gettone.model.builds import Dependency
from gettone.model.users import Role
from tests.console.rooms import GOOD, Rooms, open_rooms

pytestmark = pytest.mark.anyio

LODASH = [("name", "lodash"), ("version", "4.17.21"), ("name", ""), ("version", "")]


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """A service of which nothing is live."""
    async with open_rooms() as rooms:
        yield rooms


async def save(rooms: Rooms, *fields: tuple[str, str]) -> httpx2.Response:
    """The form, with rows that have the same names."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await rooms.served.browser.post(
        f"{rooms.root}/dependencies", content=urlencode(fields).encode(), headers=headers
    )


async def test_rows_and_lines_are_kept_for_the_next_build(rooms: Rooms) -> None:
    """Empty rows are none; a module without a version is any."""
    answer = await save(rooms, *LODASH, ("name", "left-pad"), ("version", ""), ("requirements", "phonenumbers\r\n\r\n"))
    page = (await rooms.get("/dependencies")).text

    packages = (await rooms.sheet()).packages
    assert answer.headers["location"].endswith("said=dependencies.said_saved")
    assert packages.dependencies == (Dependency("lodash", "4.17.21"), Dependency("left-pad", "*"))
    assert packages.requirements == ("phonenumbers",)
    assert 'value="lodash"' in page
    assert "phonenumbers" in page


async def test_install_that_fails_is_told_and_what_is_live_stays(rooms: Rooms) -> None:
    """Saving deploys where something is live; here no registry answers."""
    await rooms.save(GOOD)
    answer = await save(rooms, *LODASH)
    page = await rooms.follow(answer)

    assert "deploy=" in answer.headers["location"]
    assert "no registry answers" in page.text
    assert (await rooms.file()).is_live


@pytest.mark.parametrize(
    "fields",
    [
        [("name", "not a module!"), ("version", "1.0.0"), ("requirements", "")],
        [("name", "lodash"), ("version", "git+ssh://somewhere"), ("requirements", "")],
        [("name", "lodash"), ("version", "4.17.21"), ("requirements", "-r /etc/passwd")],
    ],
)
async def test_wrong_package_keeps_what_was_typed(rooms: Rooms, fields: list[tuple[str, str]]) -> None:
    """All of it, and a reason."""
    answer = await save(rooms, *fields)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    for _, text in fields:
        assert text in answer.text


async def test_viewer_changes_nothing() -> None:
    """Fields that take nothing, no button, a refusal."""
    async with open_rooms(role=Role.VIEWER) as rooms:
        page = (await rooms.get("/dependencies")).text
        answer = await save(rooms, *LODASH)

    assert "Save dependencies" not in page
    assert re.search(r'name="name"[^>]* readonly', page)
    assert answer.status_code == 403
