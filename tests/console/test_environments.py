"""Environments on their page: made, promoted to, named, deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gettone.model.environments import EnvironmentResource
from gettone.model.users import Role
from tests.console.rooms import GOOD, Rooms, open_rooms

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """A service with the environments ui and dev."""
    async with open_rooms() as rooms:
        await rooms.post("/environments", {"unique_name": "dev", "domain_suffix": "dev"})
        yield rooms


async def named(rooms: Rooms, name: str) -> EnvironmentResource:
    """The environment of this name."""
    return next(each for each in (await rooms.sheet()).environments if each.unique_name == name)


async def test_environment_has_its_address(rooms: Rooms) -> None:
    """With the suffix in it; the pages can show either."""
    page = (await rooms.get("/environments")).text

    assert f"{rooms.service.domain_base}-dev.localhost" in page
    assert '<select id="environment" name="environment" data-submit>' in page


async def test_taken_name_keeps_what_was_typed(rooms: Rooms) -> None:
    """And says so."""
    answer = await rooms.post("/environments", {"unique_name": "dev", "domain_suffix": "other"})

    assert answer.status_code == 409
    assert 'value="dev"' in answer.text
    assert 'value="other"' in answer.text
    assert 'id="unique_name-problem"' in answer.text


async def test_taken_suffix_is_told_in_its_field(rooms: Rooms) -> None:
    """Where the name is free."""
    answer = await rooms.post("/environments", {"unique_name": "other", "domain_suffix": "dev"})

    assert answer.status_code == 409
    assert 'id="domain_suffix-problem"' in answer.text


async def test_wrong_suffix_is_told_in_its_field(rooms: Rooms) -> None:
    """It becomes a part of a host name."""
    answer = await rooms.post("/environments", {"unique_name": "next", "domain_suffix": "-x-"})

    assert answer.status_code == 400
    assert 'id="domain_suffix-problem"' in answer.text
    assert 'value="next"' in answer.text


async def test_build_is_promoted(rooms: Rooms) -> None:
    """What is live in one is live in the other; the page that follows shows that one."""
    await rooms.save(GOOD)
    ui, dev = await named(rooms, "ui"), await named(rooms, "dev")
    answer = await rooms.post(f"/environments/{ui.sid}/promote", {"to": dev.sid})

    assert f"environment={dev.sid}" in answer.headers["location"]
    assert "Revision" in (await rooms.follow(answer)).text
    assert (await named(rooms, "dev")).build_sid == (await named(rooms, "ui")).build_sid is not None


async def test_nothing_cannot_be_promoted(rooms: Rooms) -> None:
    """It says what to do first."""
    ui, dev = await named(rooms, "ui"), await named(rooms, "dev")
    answer = await rooms.post(f"/environments/{dev.sid}/promote", {"to": ui.sid})

    assert answer.status_code == 409
    assert "deploy there first" in answer.text


async def test_own_host_name_comes_and_goes(rooms: Rooms) -> None:
    """As it was typed, in lower case."""
    ui = await named(rooms, "ui")
    await rooms.post(f"/environments/{ui.sid}/hosts", {"host": "API.example.com"})
    listed = (await rooms.get("/environments")).text
    await rooms.post(f"/environments/{ui.sid}/hosts/delete", {"host": "api.example.com"})

    assert 'aria-label="Remove api.example.com"' in listed
    assert 'aria-label="Remove api.example.com"' not in (await rooms.get("/environments")).text


async def test_wrong_host_name_is_told_where_it_was_typed(rooms: Rooms) -> None:
    """At its environment, and with the text."""
    ui = await named(rooms, "ui")
    answer = await rooms.post(f"/environments/{ui.sid}/hosts", {"host": "10.0.0.1"})

    assert answer.status_code == 400
    assert f'id="host-{ui.sid}-problem"' in answer.text
    assert 'value="10.0.0.1"' in answer.text


async def test_deletion_names_what_goes(rooms: Rooms) -> None:
    """The address, what is live, the variables; then it is gone, and the page shows another."""
    dev = await named(rooms, "dev")
    await rooms.save(GOOD)
    await rooms.post(f"/environments/{(await named(rooms, 'ui')).sid}/promote", {"to": dev.sid})
    await rooms.post("/variables", {"key": "A", "value": "1"}, environment=dev.sid)
    asked = await rooms.get(f"/environments/{dev.sid}/delete", environment=dev.sid)
    answer = await rooms.post(f"/environments/{dev.sid}/delete", {}, environment=dev.sid)

    assert "Delete the environment dev?" in asked.text
    assert f"{dev.domain_name}.localhost" in asked.text
    assert "1 variable" in asked.text
    assert "It is live now in dev" in asked.text
    assert (await rooms.follow(answer)).status_code == 200
    assert [each.unique_name for each in (await rooms.sheet()).environments] == ["ui"]


async def test_viewer_changes_nothing() -> None:
    """No form is on the page, and none gets through."""
    async with open_rooms(role=Role.VIEWER) as rooms:
        page = (await rooms.get("/environments")).text
        answer = await rooms.post("/environments", {"unique_name": "dev", "domain_suffix": "dev"})

    assert "Add environment" not in page
    assert "Add host name" not in page
    assert answer.status_code == 403
