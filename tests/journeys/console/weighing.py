"""What a page weighs on the wire when somebody sees it for the first time. Must not know a page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page


class Scales:
    """Counts what a window loads: bytes of pages and of all that belongs to them, headers included, nothing cached."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._bytes = 0
        self.status = 0
        debugger = page.context.new_cdp_session(page)
        debugger.on("Network.loadingFinished", self._add)
        debugger.send("Network.enable")
        debugger.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def weigh(self, address: str) -> int:
        """Load a page and weigh it; `status` is what it was answered with."""
        self._bytes = 0
        # Not until the network is idle: live parts keep a request open.
        answer = self._page.goto(address, wait_until="load")
        self.status = 0 if answer is None else answer.status
        return self._bytes

    def _add(self, event: dict[str, Any]) -> None:
        self._bytes += round(event["encodedDataLength"])
