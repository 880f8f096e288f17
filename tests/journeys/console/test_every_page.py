"""Each page of the console, as it is when somebody comes to it: to read for everybody, quiet, light, narrow enough."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.console.axe import faults
from tests.journeys.console.chromium import NARROW, Theme, Watch, open_window
from tests.journeys.console.making import add_function, add_variable, make_key, make_service, save
from tests.journeys.console.person import Person, same_person
from tests.journeys.console.weighing import weigh_first_load

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("console walks")]

BYTES_MAX = 250_000
EDITOR_BYTES_MAX = 400_000
PATTERNS = "/patterns"  # it shows an editor, too
PAGES = [
    "/",
    "/functions",
    "/functions/new",
    "/keys",
    "/keys/new",
    "/apps",
    "/apps/new",
    "/tokens",
    "/logs",
    "/audit",
    "/members",
    "/members/invite",
    "/settings/profile",
    "/settings/sessions",
    "/settings/two-factor",
    "/settings/account",
    "/settings/profile/delete",
    "/outbox",
    "/accounts",
    "/products",
    PATTERNS,
    "/docs",
    "/terms",
    "/terms/edit",
]
SERVICE_PAGES = ["variables", "dependencies", "environments", "history", "settings", "assets/new", "delete"]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def service(owner: Person) -> str:
    """The path of a service's editor, with something to show on each of its pages."""
    make_key(owner, "pages")
    make_service(owner, "pages")
    owner.follow_section("variables")
    add_variable(owner, "GREETING", "hello")
    add_function(owner, "Pages", "/pages", language="Python")
    save(owner)
    return urlsplit(owner.page.url).path


def addresses(service: str) -> list[str]:
    """The editor, its pages, and all others."""
    return [service, *(f"{service}/{name}" for name in SERVICE_PAGES), *PAGES]


def open_page(page: Page, address: str) -> str | None:
    """Open a page; what is wrong if it is none."""
    answer = page.goto(address)
    page.wait_for_load_state("load")
    if answer is None or answer.status != 200:
        return f"status {answer and answer.status}"
    return None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(theme: Theme, owner: Person, browser: Browser, service: str) -> None:
    """In light and dark, and no page writes an error or asks another host: that is watched in each window."""
    found: dict[str, list[str]] = {}
    with same_person(browser, owner, theme=theme) as person:
        for path in addresses(service):
            refused = open_page(person.page, f"{owner.base}{path}")
            found[path] = [refused] if refused else faults(person.page)
    assert {path: each for path, each in found.items() if each} == {}


def test_first_load_is_light(owner: Person, browser: Browser, service: str) -> None:
    """Each page in a window that never saw another."""
    heavy: dict[str, int] = {}
    for path in addresses(service):
        with open_window(browser, Watch()) as context:
            context.add_cookies(owner.page.context.cookies())  # type: ignore[arg-type]
            weight = weigh_first_load(context, f"{owner.base}{path}")
        assert weight > 0
        if weight >= (EDITOR_BYTES_MAX if path in (service, PATTERNS) else BYTES_MAX):
            heavy[path] = weight
    assert heavy == {}


def test_nothing_scrolls_sideways_on_a_narrow_screen(owner: Person, browser: Browser, service: str) -> None:
    """What is wide scrolls in its own frame."""
    wide: dict[str, int] = {}
    with same_person(browser, owner, width=NARROW) as person:
        for path in addresses(service):
            open_page(person.page, f"{owner.base}{path}")
            if over := person.page.evaluate(SIDEWAYS):
                wide[path] = over
    assert wide == {}
