"""Every element in a real browser, under the strict policy: both themes, both widths, with and without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import axe_playwright_python  # type: ignore[import-untyped]
import pytest
from playwright.async_api import Browser

from tests.console.browsing import Theme, Watched, open_chromium, serve, watch
from tests.console.serving import Served

pytestmark = [pytest.mark.anyio, pytest.mark.needs("chromium"), pytest.mark.xdist_group("console in a browser")]

# The bound for the editor's page; this page loads every bundle.
PAGE_BYTES = 400_000
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RUN_AXE = "axe.run().then(found => found.violations.map(each => each.id + ': ' + each.nodes.map(node => node.html)))"
COPIES = ["clipboard-read", "clipboard-write"]


@pytest.fixture(scope="module")
async def chromium(anyio_backend: str) -> AsyncIterator[Browser]:
    """One browser for all of these tests."""
    async with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
async def base(shared: Served) -> AsyncIterator[str]:
    """The console's address."""
    async with serve(shared.app) as address:
        yield address


async def faults(watched: Watched) -> list[str]:
    """What axe finds. The debugger puts it there: the page's policy would not load it."""
    await watched.page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = await watched.page.evaluate(RUN_AXE)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_every_element_is_right(chromium: Browser, base: str, theme: Theme, width: int) -> None:
    """No error under the policy, nothing from elsewhere, nothing that axe finds, nothing wider than the screen."""
    async with watch(chromium, base, theme=theme, width=width) as watched:
        await watched.go("/patterns")

        assert await watched.page.locator(".cm-editor").count() == 2
        assert await watched.page.locator(".u-wrap canvas").count() == 1
        assert await faults(watched) == []
        assert await watched.overflow() == 0
        assert await watched.weight() < PAGE_BYTES
        assert watched.problems == []


async def test_page_works_without_scripts(chromium: Browser, base: str) -> None:
    """Code in a field, figures in a table, and no button that does nothing."""
    async with watch(chromium, base, scripts=False) as watched:
        await watched.go("/patterns")

        assert await watched.page.locator("textarea[name=code]").is_visible()
        assert await watched.page.locator(".cm-editor").count() == 0
        assert await watched.page.locator("[data-copy], [data-copy-from]").locator("visible=true").count() == 0
        await watched.page.get_by_text("The same as a table").click()
        assert await watched.page.get_by_role("cell", name="1 min", exact=True).is_visible()
        assert await watched.page.get_by_text("Line 6: '(' was never closed").is_visible()


async def test_keyboard_goes_past_the_dock_at_once(chromium: Browser, base: str) -> None:
    """The first stop leads to the content."""
    async with watch(chromium, base) as watched:
        await watched.go("/patterns")
        await watched.page.evaluate("document.activeElement.blur()")
        skip = watched.page.locator(".skip")
        await skip.focus()

        assert await skip.is_visible()
        await watched.page.keyboard.press("Enter")
        assert await watched.page.evaluate("document.activeElement.id") == "content"


async def test_copied_is_said(chromium: Browser, base: str) -> None:
    """On the button, and to those who do not see it."""
    async with watch(chromium, base, permissions=COPIES) as watched:
        await watched.go("/patterns")
        await watched.page.get_by_role("button", name="Copy Account SID").click()
        await watched.page.wait_for_function("document.getElementById('live').textContent === 'Copied'")

        copied = await watched.page.evaluate("navigator.clipboard.readText()")
        assert copied == "AC4f6d0e8a51b24c0f8e2d7a6b3c5591c0"
        await watched.page.get_by_role("button", name="Copy Secret").click()
        # A machine that is busy may not have given the page the focus yet, without which nothing can be read.
        await watched.page.wait_for_function(
            "navigator.clipboard.readText().then(text => text === 'not-a-secret-but-long-enough', () => false)"
        )


async def test_editor_is_the_form_s_field(chromium: Browser, base: str) -> None:
    """What is typed is sent, by the keyboard alone; leaving before that asks first; the problem's line is marked."""
    async with watch(chromium, base) as watched:
        await watched.go("/patterns")
        editor = watched.page.get_by_role("textbox", name="Code", exact=True)
        assert await watched.page.locator(".cm-problem-line").inner_text() == (
            "    token = AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET"
        )
        await editor.click()
        await watched.page.keyboard.press("Control+End")
        await watched.page.keyboard.type("# typed")
        assert (await watched.page.input_value("textarea[name=code]", timeout=1000)).endswith("# typed")
        assert await watched.page.locator("form[data-touched]").count() == 1

        async with watched.page.expect_request("**/reading") as sent:
            await watched.page.keyboard.press("Control+s")

        assert "%23+typed" in (await (await sent.value).response()).request.post_data  # type: ignore[union-attr,operator]
        await watched.page.wait_for_url("**/patterns?saved=1")
        assert watched.problems == []


async def test_keyboard_leaves_the_editor(chromium: Browser, base: str) -> None:
    """Tab indents; Escape, then Tab, goes on (WCAG 2.1.2)."""
    async with watch(chromium, base) as watched:
        await watched.go("/patterns")
        await watched.page.get_by_role("textbox", name="Script").click()
        await watched.page.keyboard.press("Escape")
        await watched.page.keyboard.press("Tab")

        await watched.page.wait_for_function("!document.activeElement.closest('.cm-editor')")


async def test_times_stay_true(chromium: Browser, base: str) -> None:
    """A page that stays open tells how long ago it is now; the exact time is on hover."""
    async with watch(chromium, base) as watched:
        await watched.page.clock.install(time="2026-11-24T09:30:00Z")
        await watched.go("/patterns")
        time = watched.page.locator("time").first
        assert await time.inner_text() == "3 minutes ago"
        await watched.page.clock.fast_forward(120_000)

        assert await time.inner_text() == "5 minutes ago"
        assert await time.get_attribute("title") == "24 Nov 2026, 09:27"


async def test_theme_that_is_chosen_wins(chromium: Browser, base: str) -> None:
    """Over what the system says."""
    async with watch(chromium, base, theme="dark") as watched:
        await watched.go("/patterns")
        before = await watched.page.evaluate("getComputedStyle(document.body).backgroundColor")
        await watched.page.get_by_text("Language and colours").click()
        await watched.page.get_by_label("Colours").select_option("light")
        await watched.page.get_by_role("button", name="Apply").click()
        await watched.page.wait_for_selector("html[data-theme=light]")

        assert before == "rgb(19, 18, 17)"
        assert await watched.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(250, 248, 245)"


@pytest.mark.parametrize("width", [390])
async def test_fingers_find_what_they_touch(chromium: Browser, base: str, width: int) -> None:
    """40 px or more on narrow screens, for buttons, fields and menus."""
    async with watch(chromium, base, width=width) as watched:
        await watched.go("/patterns")
        small = await watched.page.evaluate(
            "[...document.querySelectorAll('.button, summary, select, input:not([type=hidden])')]"
            ".map(each => each.matches('[type=checkbox],[type=radio]') ? each.closest('label') : each)"
            ".filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 40)"
            ".map(each => each.outerHTML)"
        )

    assert small == []


async def test_session_that_ended_takes_the_whole_page(chromium: Browser, base: str) -> None:
    """Also where a part of it was asked for; what was typed stands there."""
    async with watch(chromium, base) as watched:
        await watched.go("/patterns")
        await watched.page.evaluate(
            "htmx.ajax('POST', '/products', {target: '#plot', values: {note: 'typed and not saved'}})"
        )
        await watched.page.get_by_role("heading", name="Your session has ended").wait_for()

        assert await watched.page.locator("main").count() == 1
        assert await watched.page.get_by_role("textbox", name="note").input_value() == "typed and not saved"
