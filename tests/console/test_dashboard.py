"""The start page: credentials for who may see them, and how an empty account begins."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gettone.control import access
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.users import Role
from tests.console.rooms import HTMX, let_in, owner
from tests.console.serving import Served, open_console
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A console of one's own, with nobody signed in."""
    async with open_console() as served:
        yield served


async def deploy(served: Served, principal: Principal, service: Service, path: str) -> None:
    """Make a function, and put it live."""
    await served.desk.editing.add_function(
        principal, service=service.sid, name=path, path=path, language="python", template="blank"
    )
    progress = await served.desk.releases.deploy_all(principal, service=service.sid, environment_sid=None)
    await progress.finished()


async def test_auth_token_is_hidden_until_asked(served: Served) -> None:
    """The page has the SID alone; Show has the token, as a part and as a page, and the next look has it no more."""
    await let_in(served)
    before = await served.browser.get("/")
    part = await served.browser.post("/credentials", headers=HTMX)
    page = await served.browser.post("/credentials")
    after = await served.browser.get("/")

    assert ACCOUNT_SID in before.text
    assert AUTH_TOKEN not in before.text + after.text
    assert AUTH_TOKEN in part.text
    assert "<html" not in part.text
    assert AUTH_TOKEN in page.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
async def test_only_owners_see_the_auth_token(served: Served, role: Role) -> None:
    """Others see no button, and the address is shut."""
    await let_in(served, role)
    page = await served.browser.get("/")
    shown = await served.browser.post("/credentials")

    assert ACCOUNT_SID in page.text
    assert 'action="/credentials"' not in page.text
    assert shown.status_code == 403
    assert AUTH_TOKEN not in page.text + shown.text


async def test_example_is_shown_until_somebody_deploys(served: Served) -> None:
    """What the operator deployed can be opened, and the steps to something of one's own stand below it."""
    await let_in(served)
    service = await served.desk.editing.make_service(access.operator(ACCOUNT_SID), unique_name="example")
    await deploy(served, access.operator(ACCOUNT_SID), service, "/one")
    first = await served.browser.get("/")
    await deploy(served, owner(), service, "/two")
    second = await served.browser.get("/")

    assert f'href="/services/{service.sid}?environment=' in first.text
    assert "Open the example" in first.text
    assert '<li class="now" aria-current="step"><b>Make an API key' in first.text
    assert "Open the example" not in second.text
    assert "Make an API key" not in second.text


async def test_new_account_begins_with_a_key(served: Served) -> None:
    """The step to take is the key; once there is one, it is the function."""
    await let_in(served)
    first = await served.browser.get("/")
    await served.browser.post("/keys/new", data={"friendly_name": "mine", "type": "standard"})
    second = await served.browser.get("/")

    assert '<li class="now" aria-current="step"><b>Make an API key' in first.text
    assert '<li class="done"><b>Make an API key' in second.text
    assert '<li class="now" aria-current="step"><b>Write a function' in second.text
