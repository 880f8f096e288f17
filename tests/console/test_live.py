"""What is watched, in a real browser: log lines as they come, pausing them, plots; and the pages that hold most."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from gettone.model.cookies import CONSOLE_COOKIE_PLAIN
from gettone.model.logs import LogEntry
from gettone.model.request_counts import LATENCY_BUCKETS, MinuteCount, Tally
from gettone.model.sids import EnvironmentSid, FunctionSid, ServiceSid
from tests.console.browsing import Theme, Watched, open_chromium, serve, watch
from tests.console.rooms import Rooms, open_rooms
from tests.console.test_patterns import faults
from tests.control.log_lines import make_line
from tests.control.offices import ACCOUNT_SID, STARTED_AT

pytestmark = [pytest.mark.anyio, pytest.mark.needs("chromium"), pytest.mark.xdist_group("console in a browser")]

LINE = "#lines > .line"
STATE = "#tail-state"


@dataclass
class Site:
    """A service with figures and lines, served."""

    rooms: Rooms
    environment_sid: EnvironmentSid
    base: str

    async def say(self, message: str) -> None:
        """Let the function print a line now."""
        line = self.line(message)
        self.rooms.served.desk.logs._tails.hand_on([line])
        await self.rooms.served.office.logs.add([line])

    def line(self, message: str) -> LogEntry:
        """A line of the function's."""
        return make_line(
            message,
            service_sid=ServiceSid(self.rooms.service.sid),
            environment_sid=self.environment_sid,
            function_sid=FunctionSid(self.rooms.file_sid),
        )


@pytest.fixture(scope="module")
async def chromium(anyio_backend: str) -> AsyncIterator[Browser]:
    """One browser for all of these tests."""
    async with open_chromium() as browser:
        yield browser


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """One line was printed, and a hundred requests were answered three minutes ago."""
    async with open_rooms() as rooms, serve(rooms.served.app) as base:
        environment = (await rooms.sheet()).environment
        assert environment is not None
        site = Site(rooms, environment.sid, base)
        logs = rooms.served.office.logs
        await logs.add([site.line("before")])
        latency = (0,) * 6 + (100,) + (0,) * (LATENCY_BUCKETS - 7)
        place = (ServiceSid(rooms.service.sid), environment.sid, FunctionSid(rooms.file_sid))
        at = STARTED_AT - timedelta(minutes=3)
        await logs.add_counts([MinuteCount("g1", ACCOUNT_SID, *place, at, Tally(latency=latency))])
        yield site


@asynccontextmanager
async def look(
    chromium: Browser, site: Site, path: str, *, theme: Theme = "light", width: int = 1280, scripts: bool = True
) -> AsyncIterator[Watched]:
    """A page of somebody who is signed in."""
    secret = site.rooms.served.browser.cookies[CONSOLE_COOKIE_PLAIN]
    async with watch(chromium, site.base, theme=theme, width=width, scripts=scripts) as watched:
        await watched.page.context.add_cookies([{"name": CONSOLE_COOKIE_PLAIN, "value": secret, "url": site.base}])
        # A page with a stream is never idle.
        await watched.page.goto(site.base + path, wait_until="load")
        yield watched


async def test_lines_stand_as_they_come(chromium: Browser, site: Site) -> None:
    """Newest first, above what was there, without a reload and without a fault under the policy."""
    async with look(chromium, site, "/logs") as watched:
        await site.say("one")
        await site.say("two <b>")
        lines = watched.page.locator(LINE)

        await expect(lines).to_have_count(3)
        assert [text.strip() for text in await watched.page.locator(f"{LINE} .text").all_inner_texts()] == [
            "two <b>",
            "one",
            "before",
        ]
        await expect(watched.page.locator(STATE)).to_have_text("Live")
        assert watched.problems == []


async def test_paused_lines_wait(chromium: Browser, site: Site) -> None:
    """While it is paused nothing moves; when it goes on, what came meanwhile stands there."""
    async with look(chromium, site, "/logs") as watched:
        await watched.page.get_by_role("button", name="Pause").click()
        await expect(watched.page.locator(STATE)).to_have_text("Paused")
        await site.say("meanwhile")
        await site.say("and again")
        # A second page shows both: they are out, and this one holds them back.
        async with look(chromium, site, "/logs") as other:
            await expect(other.page.locator(LINE)).to_have_count(3)
        held = await watched.page.locator(LINE).count()
        await watched.page.get_by_role("button", name="Go on").click()

        assert held == 1
        await expect(watched.page.locator(LINE)).to_have_count(3)
        await expect(watched.page.locator(STATE)).to_have_text("Live")
        assert watched.problems == []


async def test_signing_out_elsewhere_ends_the_stream(chromium: Browser, site: Site) -> None:
    """A browser that comes back to its stream is asked to sign in, and does not ask for ever."""
    async with look(chromium, site, "/logs") as watched:
        await site.say("after")
        await expect(watched.page.locator(LINE)).to_have_count(2)
        await site.rooms.served.desk.sessions.sign_out(site.rooms.served.browser.cookies[CONSOLE_COOKIE_PLAIN])
        site.rooms.served.desk.logs._tails.close()

        await watched.page.wait_for_url(f"{site.base}/sign-in*")


async def test_logs_are_a_page_without_scripts(chromium: Browser, site: Site) -> None:
    """Lines, filters, and a link that loads them again; nothing that does nothing."""
    async with look(chromium, site, "/logs", scripts=False) as watched:
        await site.say("later")
        await watched.page.get_by_role("link", name="Load again").click()

        await expect(watched.page.locator(LINE)).to_have_count(2)
        await expect(watched.page.get_by_role("button", name="Pause")).to_have_count(0)
        await watched.page.get_by_label("Text").fill("later")
        await watched.page.get_by_role("button", name="Show").click()
        await expect(watched.page.locator(LINE)).to_have_count(1)


async def test_figures_are_plots_and_tables(chromium: Browser, site: Site) -> None:
    """Two plots; the table behind each unfolds."""
    async with look(chromium, site, "/?span=week") as watched:
        await expect(watched.page.locator(".u-wrap canvas")).to_have_count(2)
        await watched.page.get_by_text("The same as a table").first.click()

        await expect(watched.page.get_by_role("table", name="Requests and errors, each hour")).to_be_visible()
        assert watched.problems == []


async def test_auth_token_is_shown_in_its_place(chromium: Browser, site: Site) -> None:
    """Show puts it where the dots were; the rest of the page stays."""
    async with look(chromium, site, "/") as watched:
        await watched.page.get_by_role("button", name="Show Auth token").click()

        await expect(watched.page.locator("#auth-token-value")).to_be_visible()
        assert watched.page.url == f"{site.base}/"
        assert watched.problems == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
@pytest.mark.parametrize("path", ["/", "/logs", "/tokens?mint=voice", "/keys/new", "/apps/new"])
async def test_pages_are_right_with_something_on_them(
    chromium: Browser, site: Site, theme: Theme, width: int, path: str
) -> None:
    """Nothing that axe finds, nothing wider than the screen, no fault under the policy."""
    if path.startswith("/tokens"):
        await site.rooms.served.browser.post("/keys/new", data={"friendly_name": "web", "type": "standard"})
    async with look(chromium, site, path, theme=theme, width=width) as watched:
        assert await faults(watched) == []
        assert await watched.overflow() == 0
        assert watched.problems == []
