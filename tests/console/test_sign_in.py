"""Signing up, in and out: the cookie, the second factor, where one lands, and what a form keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pyotp
import pytest

from gettone.model.cookies import CONSOLE_COOKIE_PLAIN
from tests.console.letters import newest_code, newest_link
from tests.console.serving import EMAIL, NAME, PASSWORD, Served, open_console, sign_in

pytestmark = pytest.mark.anyio

BOB = "bob@example.com"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A console of one's own."""
    async with open_console() as served:
        yield served


async def enter(served: Served, **fields: str) -> httpx2.Response:
    """Send the form of the sign-in page."""
    return await served.browser.post("/sign-in", data={"email": EMAIL, "password": PASSWORD, **fields})


async def member_signed_out(served: Served) -> None:
    """Have a member, and nobody signed in."""
    await sign_in(served)
    served.browser.cookies.clear()


async def test_password_opens_the_page_that_was_asked_for(served: Served) -> None:
    """Whoever is sent to the sign-in page comes back."""
    await member_signed_out(served)

    sent = await served.browser.get("/products")
    done = await enter(served, next="/products")
    page = await served.browser.get("/products")

    assert sent.headers["location"] == "/sign-in?next=%2Fproducts"
    assert (done.status_code, done.headers["location"]) == (303, "/products")
    assert "httponly" in done.headers["set-cookie"].lower()
    assert page.status_code == 200


@pytest.mark.parametrize("page", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"])
async def test_nobody_is_sent_elsewhere(served: Served, page: str) -> None:
    """What is no path of the console is its start page."""
    await member_signed_out(served)

    assert (await enter(served, next=page)).headers["location"] == "/"


async def test_wrong_password_keeps_the_address(served: Served) -> None:
    """The form says no, and no secret comes back."""
    await member_signed_out(served)

    answer = await enter(served, password="wrong horse battery")

    assert answer.status_code == 403
    assert f'value="{EMAIL}"' in answer.text
    assert "wrong horse" not in answer.text
    assert 'role="alert"' in answer.text
    assert CONSOLE_COOKIE_PLAIN not in served.browser.cookies


async def test_second_factor_stands_between(served: Served) -> None:
    """After the password nothing opens before the code; the code gives another secret."""
    await sign_in(served)
    who = await served.desk.sessions.find(served.browser.cookies[CONSOLE_COOKIE_PLAIN])
    assert who is not None
    enrolled = await served.desk.second_factor.enrol(who, password=PASSWORD)
    app = pyotp.TOTP(enrolled.secret)
    codes = await served.desk.second_factor.confirm(who, code=app.at(served.office.clock()))
    served.browser.cookies.clear()

    first = await enter(served, next="/products")
    half = served.browser.cookies[CONSOLE_COOKIE_PLAIN]
    shut = await served.browser.get("/products")
    asked = await served.browser.get("/sign-in/code?next=/products")
    wrong = await served.browser.post("/sign-in/code", data={"code": "abc", "next": "/products"})
    done = await served.browser.post("/sign-in/code", data={"code": codes[0], "next": "/products"})

    assert first.headers["location"] == "/sign-in/code?next=%2Fproducts"
    assert shut.status_code == 303
    assert asked.status_code == 200
    assert wrong.status_code == 400
    assert 'id="code-problem"' in wrong.text
    assert (done.status_code, done.headers["location"]) == (303, "/products")
    assert served.browser.cookies[CONSOLE_COOKIE_PLAIN] != half


async def test_code_page_without_a_sign_in_begins_again(served: Served) -> None:
    """There is nothing to confirm."""
    answer = await served.browser.get("/sign-in/code")
    sent = await served.browser.post("/sign-in/code", data={"code": "123456"})

    assert answer.status_code == 303
    assert sent.status_code == 404
    assert 'name="password"' in sent.text


async def test_sign_out_ends_the_session(served: Served) -> None:
    """In the store, not in the browser alone."""
    await sign_in(served)
    secret = served.browser.cookies[CONSOLE_COOKIE_PLAIN]

    done = await served.browser.post("/sign-out")

    assert done.headers["location"] == "/sign-in?said=sign_in.said_out"
    assert "max-age=0" in done.headers["set-cookie"].lower()
    assert await served.desk.sessions.find(secret) is None


async def test_sign_up_to_the_first_page(served: Served) -> None:
    """Form, letter, link, phone code, questions, and there."""
    browser = served.browser
    fields = {"name": "Bob", "email": BOB, "password": PASSWORD, "terms": "on", "zone": "Europe/Rome"}

    sent = await browser.post("/sign-up", data=fields)
    joined = await browser.post("/link/use", data={"secret": await newest_link(served)})
    asked = await browser.post("/verify/phone", data={"phone": "+39 06 12345678"})
    wrong = await browser.post("/verify/phone/code", data={"code": "nothing"})
    told = await browser.post("/verify/phone/code", data={"code": await newest_code(served)})
    questions = await browser.get(told.headers["location"])
    answered = await browser.post("/questions", data={"writes_code": "yes", "language": "javascript"})

    assert "operator for your link" in sent.text
    assert joined.headers["location"] == "/verify/phone"
    assert asked.headers["location"] == "/verify/phone"
    assert wrong.status_code == 400
    assert "4 tries are left" in wrong.text
    assert questions.status_code == 200
    assert answered.headers["location"] == "/"
    who = await served.desk.sessions.find(browser.cookies[CONSOLE_COOKIE_PLAIN])
    assert who is not None
    assert (who.user.phone, who.user.language, who.user.zone) == ("+390612345678", "javascript", "Europe/Rome")


async def test_sign_up_keeps_what_was_typed(served: Served) -> None:
    """The terms were not accepted: it says so at the box."""
    answer = await served.browser.post("/sign-up", data={"name": "Bob", "email": BOB, "password": PASSWORD})

    assert answer.status_code == 400
    assert 'id="terms-problem"' in answer.text
    assert 'value="Bob"' in answer.text
    assert PASSWORD not in answer.text


async def test_number_of_no_country_is_refused_in_its_field(served: Served) -> None:
    """And it may be skipped."""
    await sign_in(served)

    answer = await served.browser.post("/verify/phone", data={"phone": "12"})

    assert answer.status_code == 400
    assert 'id="phone-problem"' in answer.text
    assert 'value="12"' in answer.text
    assert 'href="/questions"' in answer.text


async def test_terms_are_read_by_all_and_written_by_the_operator(served: Served) -> None:
    """In either language."""
    before = await served.browser.get("/terms", headers={"accept-language": "ja"})
    await sign_in(served)
    form = await served.browser.get("/terms/edit?locale=ja")
    done = await served.browser.post("/terms/edit", data={"locale": "en", "text": "Be kind.\n\nPay <later>."})
    after = await served.browser.get("/terms")

    assert "運用者" in before.text
    assert "運用者" in form.text
    assert done.status_code == 303
    assert "<p>Pay &lt;later&gt;.</p>" in after.text
    assert NAME in after.text
