"""The console in a real browser: served on loopback, watched for what a page must not do. Must not know a page."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from starlette.types import ASGIApp

from tests.conftest import find_tool
from tests.journeys.test_quickstart import CHROMIUM_ARGUMENTS

Theme = Literal["light", "dark"]


@dataclass
class Watched:
    """A page, and what it did that it must not: errors in its console, and requests to other hosts."""

    page: Page
    base: str
    problems: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        """Open a path, and wait until everything it loads is there."""
        await self.page.goto(self.base + path, wait_until="networkidle")

    async def overflow(self) -> int:
        """How far the page scrolls sideways."""
        width: int = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return max(width, 0)

    async def weight(self) -> int:
        """Bytes that came over the wire for the page and all that it loads."""
        sizes: int = await self.page.evaluate(
            "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
            ".reduce((sum, each) => sum + each.transferSize, 0)"
        )
        return sizes


@asynccontextmanager
async def serve(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on a port of loopback; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(app, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://localhost:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    chromium = find_tool("chromium")
    assert chromium is not None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium), args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def watch(
    browser: Browser,
    base: str,
    *,
    theme: Theme = "light",
    width: int = 1280,
    scripts: bool = True,
    permissions: Sequence[str] = (),
) -> AsyncIterator[Watched]:
    """A new page in a context of its own."""
    context: BrowserContext = await browser.new_context(
        color_scheme=theme,
        viewport={"width": width, "height": 860},
        java_script_enabled=scripts,
        locale="en-GB",
        permissions=list(permissions),
    )
    page = await context.new_page()
    watched = Watched(page, base)
    page.on(
        "console",
        lambda message: watched.problems.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: watched.problems.append(str(error)))
    page.on("request", lambda asked: watched.problems.append(asked.url) if not asked.url.startswith(base) else None)
    yield watched
    await context.close()
