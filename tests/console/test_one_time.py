"""One-time links: the owner is made, a password is chosen, an address is confirmed, an invitation is accepted."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from gettone.model.cookies import CONSOLE_COOKIE_PLAIN
from gettone.model.pages import PageRequest
from gettone.model.users import Role
from tests.console.letters import newest_link
from tests.console.serving import EMAIL, NAME, PASSWORD, Served, make_browser, open_console, sign_in
from tests.control.offices import ACCOUNT_SID, member

pytestmark = pytest.mark.anyio

BOB = "bob@example.com"
OTHER_PASSWORD = "another good password"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A console of one's own."""
    async with open_console() as served:
        yield served


async def owner_link(served: Served) -> str:
    """The link of the first start."""
    return (await served.desk.links.make_owner_link(ACCOUNT_SID)).secret


async def use(served: Served, secret: str, **fields: str) -> httpx2.Response:
    """Send the form of a link's page."""
    return await served.browser.post("/link/use", data={"secret": secret, **fields})


async def test_set_up_makes_the_owner_and_lets_it_in(served: Served) -> None:
    """The link's page asks for name, address and password; then somebody is signed in."""
    secret = await owner_link(served)

    shown = await served.browser.get("/set-up")
    offered = await served.browser.post("/link", data={"secret": f"http://localhost:8001/set-up#{secret}"})
    done = await use(served, secret, name=NAME, email=EMAIL, password=PASSWORD, zone="Asia/Tokyo")
    next_page = await served.browser.get(done.headers["location"])

    assert 'data-hash-field="secret"' in shown.text
    assert 'name="email"' in offered.text
    assert 'name="password"' in offered.text
    assert (done.status_code, done.headers["location"]) == (303, "/verify/phone")
    assert next_page.status_code == 200
    made = await served.desk.sessions.sign_in(email=EMAIL, password=PASSWORD)
    who = await served.desk.sessions.find(made.secret)
    assert who is not None
    assert (who.user.name, who.user.zone, who.user.locale) == (NAME, "Asia/Tokyo", "en")
    assert who.principal.role is Role.OWNER


async def test_what_was_typed_stays_and_the_password_does_not(served: Served) -> None:
    """The field says what is wrong, and the link is still good."""
    secret = await owner_link(served)

    answer = await use(served, secret, name=NAME, email=EMAIL, password="shorty1")

    assert answer.status_code == 400
    assert 'id="password-problem"' in answer.text
    assert f'value="{EMAIL}"' in answer.text
    assert "shorty1" not in answer.text
    assert (await use(served, secret, name=NAME, email=EMAIL, password=PASSWORD)).status_code == 303


async def test_used_link_has_a_page_of_its_own(served: Served) -> None:
    """It says so, whatever is sent along, and how to get another one."""
    secret = await owner_link(served)
    await use(served, secret, name=NAME, email=EMAIL, password=PASSWORD)

    again = await use(served, secret, name=NAME, email=EMAIL, password=PASSWORD)
    looked = await served.browser.post("/link", data={"secret": secret})
    nothing = await served.browser.post("/link", data={"secret": ""})

    assert [each.status_code for each in (again, looked, nothing)] == [404, 404, 404]
    assert "This link is good no more" in again.text


async def test_forgotten_password_is_chosen_anew(served: Served) -> None:
    """The answer is the same for everybody; the letter's link sets the password and signs in."""
    await sign_in(served)
    stranger = make_browser(served.app)
    asked = await stranger.post("/reset", data={"email": EMAIL})
    unknown = await stranger.post("/reset", data={"email": "nobody@example.com"})
    await served.desk.password_reset.close()
    secret = await newest_link(served)

    done = await stranger.post("/link/use", data={"secret": secret, "password": OTHER_PASSWORD})
    await stranger.aclose()

    assert _told(asked) == _told(unknown)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert (await served.desk.sessions.sign_in(email=EMAIL, password=OTHER_PASSWORD)).secret


def _told(answer: httpx2.Response) -> str:
    """A page without what differs in every answer, and without the address."""
    return re.sub(r'nonce="[^"]*"|[a-z]+@example\.com', "", answer.text)


async def test_invited_stranger_becomes_a_member(served: Served) -> None:
    """With a name, a password and the terms accepted."""
    await served.desk.invitations.create(member(Role.OWNER), email=BOB, role=Role.DEVELOPER)
    secret = await newest_link(served)

    offered = await served.browser.post("/link", data={"secret": secret})
    refused = await use(served, secret, name="Bob", password=PASSWORD)
    done = await use(served, secret, name="Bob", password=PASSWORD, terms="on")

    assert BOB in offered.text
    assert refused.status_code == 400
    assert 'id="terms-problem"' in refused.text
    assert done.status_code == 303
    assert CONSOLE_COOKIE_PLAIN in served.browser.cookies


async def test_invited_user_accepts_signed_in(served: Served) -> None:
    """Nobody accepts for another one: the page says as whom to sign in."""
    await sign_in(served)
    await served.desk.accounts.create(member(Role.OWNER), friendly_name="Below")
    below = (await served.desk.accounts.list(member(Role.OWNER), page=PageRequest())).items[0]
    acting = replace(member(Role.OWNER), account_sid=below.sid)
    await served.desk.users.create(acting, email=BOB, name="Bob", role=Role.VIEWER, password=PASSWORD)
    await served.desk.invitations.create(member(Role.OWNER), email=BOB, role=Role.VIEWER)
    secret = await newest_link(served)

    wrong = await served.browser.post("/link", data={"secret": secret})
    forced = await use(served, secret)
    made = await served.desk.sessions.sign_in(email=BOB, password=PASSWORD)
    served.browser.cookies.set(CONSOLE_COOKIE_PLAIN, made.secret)
    done = await use(served, secret)

    assert f"{BOB} has a user here already" in wrong.text
    assert forced.status_code == 403
    assert (done.status_code, done.headers["location"]) == (303, "/?said=link.said_joined")
