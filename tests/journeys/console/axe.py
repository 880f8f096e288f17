"""What axe finds on a page: WCAG 2.2 AA and its best practices. Must not know a page."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python  # type: ignore[import-untyped]
from playwright.sync_api import Page

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_RUN = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.flatMap(
  each => each.nodes.map(node => `${each.id}: ${node.html} (${node.any.map(check => check.message).join('; ')})`)))"""


def faults(page: Page) -> list[str]:
    """Everything that axe objects to. The debugger puts it there: the page's own policy would not load it."""
    page.evaluate(_AXE)
    found: list[str] = page.evaluate(_RUN)
    return found
