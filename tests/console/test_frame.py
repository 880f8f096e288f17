"""The frame: who is let in, what stands in the dock, in which language and colours."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from gettone.console.products import DEFAULT_PINS
from gettone.model.cookies import CONSOLE_COOKIE_PLAIN
from tests.console.serving import EMAIL, NAME, Served, make_browser, open_console, sign_in

pytestmark = pytest.mark.anyio

BEYOND = ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\\\\evil", "/a\nb", ""]


async def test_page_asks_who_is_there() -> None:
    """The way to it is kept."""
    async with open_console() as served:
        answer = await served.browser.get("/products?a=1&b=2")

    target = urlsplit(answer.headers["location"])
    assert (answer.status_code, target.path) == (303, "/sign-in")
    assert parse_qs(target.query) == {"next": ["/products?a=1&b=2"]}


async def test_part_of_a_page_sends_the_whole_page_to_sign_in() -> None:
    """Nobody signs in inside a table."""
    async with open_console() as served:
        answer = await served.browser.get("/products", headers={"hx-request": "true"})

    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/sign-in?next=%2Fproducts")


async def test_wrong_session_is_none() -> None:
    """A secret that nobody was given opens nothing."""
    async with open_console() as served:
        served.browser.cookies.set(CONSOLE_COOKIE_PLAIN, "guessed")
        answer = await served.browser.get("/products")

    assert answer.headers["location"].startswith("/sign-in")


async def test_member_sees_the_account_and_the_pins() -> None:
    """Name and SID at the bottom; the products that everybody begins with."""
    async with open_console() as served:
        await sign_in(served)
        answer = await served.browser.get("/products")

    assert answer.status_code == 200
    assert NAME in answer.text
    assert EMAIL in answer.text
    assert "ACaa…aaaa" in answer.text
    assert answer.text.count("Take API keys out of the dock") == 1
    assert answer.text.index('href="/functions"') < answer.text.index('href="/logs"')


async def test_pin_stands_in_the_dock_until_it_is_taken_out() -> None:
    """Also when it was the last one."""
    async with open_console() as served:
        user = await sign_in(served)
        for name in DEFAULT_PINS:
            await served.browser.post("/products", data={"product": name, "pinned": ""})
        empty = await served.browser.get("/products")
        answer = await served.browser.post("/products", data={"product": "docs", "pinned": "on"})
        page = await served.browser.get(answer.headers["location"])
        async with served.office.store.reading() as tx:
            kept = await tx.users.find(id=user.id)

    assert 'id="dock-pinned"' not in empty.text
    assert kept is not None
    assert kept.pins == ("docs",)
    assert 'id="dock-pinned"' in page.text
    assert "It stands in the dock." in page.text


async def test_said_is_one_of_ours(shared: Served) -> None:
    """Who makes a link cannot put words on our page, nor other words of ours."""
    async with open_console() as served:
        await sign_in(served)
        for said in ("errors.fault", "<b>hello</b>", "products.said_nothing"):
            page = await served.browser.get("/products", params={"said": said})
            assert 'class="said"' not in page.text


async def test_language_is_the_browser_s_until_it_is_chosen(shared: Served) -> None:
    """Then the choice counts, signed in or not."""
    browser = make_browser(shared.app, **{"accept-language": "ja"})
    japanese = await browser.get("/patterns")
    await browser.post("/reading", data={"locale": "en"})
    english = await browser.get("/patterns")

    assert '<html lang="ja"' in japanese.text
    assert "パターン" in japanese.text
    assert '<html lang="en"' in english.text


async def test_language_goes_with_the_person() -> None:
    """Chosen here, it is spoken at the next browser, too."""
    async with open_console() as served:
        user = await sign_in(served)
        await served.browser.post("/reading", data={"locale": "ja"})
        page = await served.browser.get("/products")
        async with served.office.store.reading() as tx:
            kept = await tx.users.find(id=user.id)

    assert kept is not None
    assert kept.locale == "ja"
    assert "すべてのプロダクト" in page.text


@pytest.mark.parametrize(("theme", "attribute"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"')])
async def test_theme_is_kept(shared: Served, theme: str, attribute: str) -> None:
    """In this browser; `system` forgets it again."""
    browser = make_browser(shared.app)
    await browser.post("/reading", data={"theme": theme})
    chosen = await browser.get("/patterns")
    await browser.post("/reading", data={"theme": "system"})
    forgotten = await browser.get("/patterns")

    assert attribute in chosen.text
    assert "data-theme" not in forgotten.text


@pytest.mark.parametrize("target", BEYOND)
async def test_choice_leads_to_no_other_place(shared: Served, target: str) -> None:
    """Where a form leads is a path of ours."""
    answer = await make_browser(shared.app).post("/reading", data={"next": target})

    assert answer.headers["location"] == "/"


async def test_page_that_is_asked_wrongly_says_so(shared: Served) -> None:
    """Not there, and not in this way."""
    browser = make_browser(shared.app)

    assert (await browser.get("/nothing")).status_code == 404
    assert (await browser.get("/products/")).status_code == 404
    assert (await browser.delete("/products")).status_code == 405


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("/reading", "/"),
        ("/verify/phone/code", "/verify/phone"),
        ("/services/ZS1/save?file=ZH1", "/services/ZS1?file=ZH1"),
        ("/services/ZS1/environments/ZE1/hosts/delete", "/services/ZS1/environments"),
        ("/accounts/AC1/status", "/accounts"),
    ],
)
async def test_reading_where_forms_go_leads_to_their_page(shared: Served, asked: str, page: str) -> None:
    """A form that was told to be wrong is loaded again, or read in another language."""
    answer = await make_browser(shared.app).get(asked)

    assert answer.status_code == 303
    assert answer.headers["location"] == page
