"""What a page weighs on the wire when somebody sees it for the first time. Must not know a page."""

from __future__ import annotations

from playwright.sync_api import BrowserContext


def weigh_first_load(context: BrowserContext, address: str) -> int:
    """Bytes of a page and of all that it loads, headers included, with nothing in the cache."""
    page = context.new_page()
    debugger = context.new_cdp_session(page)
    sizes: list[int] = []
    debugger.on("Network.loadingFinished", lambda event: sizes.append(round(event["encodedDataLength"])))
    debugger.send("Network.enable")
    debugger.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(address)
    # Not until the network is idle: live parts keep a request open.
    page.wait_for_load_state("load")
    page.close()
    return sum(sizes)
