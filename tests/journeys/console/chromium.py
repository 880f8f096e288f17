"""Debian's Chromium, and what a page in it must never do: errors, broken policies, requests to another host.

Must not know a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request, expect, sync_playwright

from tests.conftest import find_tool
from tests.journeys.test_quickstart import CHROMIUM_ARGUMENTS

Theme = Literal["light", "dark"]
# Letters with grey edges, each the same wherever it stands: pictures pack better.
ARGUMENTS = [*CHROMIUM_ARGUMENTS, "--disable-lcd-text", "--disable-font-subpixel-positioning"]
WIDE, NARROW = 1280, 390
HEIGHT = 860
PATIENCE_MS = 15_000
LOCALES = {"en": "en-GB", "ja": "ja-JP"}


@dataclass
class Watch:
    """What went wrong in a browser's window. `refusals` are the answers that a walk provokes, by their status.

    `is_cut` while its line is cut.
    """

    problems: list[str] = field(default_factory=list)
    refusals: set[int] = field(default_factory=set)
    is_cut: bool = False

    def hear(self, message: ConsoleMessage) -> None:
        """Take what a page wrote; a policy that is broken is written as an error, too."""
        if message.type in ("error", "warning") and not self._is_provoked(message.text):
            self.problems.append(f"{message.type}: {message.text} ({message.location})")

    def see(self, request: Request) -> None:
        """Take where a page goes."""
        address = urlsplit(request.url)
        host = address.hostname or ""
        is_here = host in ("localhost", "127.0.0.1") or host.endswith(".localhost")
        if not is_here and address.scheme not in ("data", "blob"):
            self.problems.append(f"request to {request.url}")

    def _is_provoked(self, text: str) -> bool:
        if self.is_cut and ("net::ERR_INTERNET_DISCONNECTED" in text or "Failed to fetch" in text):
            return True
        return any(f"responded with a status of {status} " in text for status in self.refusals)


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Start the browser; names that are not this machine's lead nowhere."""
    chromium = find_tool("chromium")
    assert chromium is not None
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def open_window(
    browser: Browser,
    watch: Watch,
    *,
    locale: str = "en",
    theme: Theme = "light",
    width: int = WIDE,
    scripts: bool = True,
    permissions: Sequence[str] = ("clipboard-read", "clipboard-write"),
) -> Iterator[BrowserContext]:
    """A window of somebody's own: cookies, language, colours; watched until it is closed."""
    context = browser.new_context(
        locale=LOCALES[locale],
        color_scheme=theme,
        viewport={"width": width, "height": HEIGHT},
        java_script_enabled=scripts,
        permissions=list(permissions),
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    context.on("console", watch.hear)
    context.on("weberror", lambda error: watch.problems.append(str(error.error)))
    context.on("request", watch.see)
    yield context
    context.close()
