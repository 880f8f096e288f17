"""Each page of the console, as it is when somebody comes to it: to read for everybody, quiet, light, narrow enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.journeys.console.axe import faults
from tests.journeys.console.chromium import HEIGHT, NARROW, WIDE
from tests.journeys.console.making import add_function, add_variable, make_key, make_service, save
from tests.journeys.console.person import Person, same_person
from tests.journeys.console.weighing import Scales

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
EDITOR = "the editor"


@dataclass(frozen=True)
class Seen:
    """What there was to see of a page: its status, what axe objects to, what it weighs, what sticks out of 390 px."""

    status: int
    in_light: list[str]
    in_dark: list[str]
    weight: int
    sideways: int


@pytest.fixture(scope="module")
def service(owner: Person) -> str:
    """The path of a service's editor, with something to show on each of its pages."""
    make_key(owner, "pages")
    make_service(owner, "pages")
    owner.follow_section("variables")
    add_variable(owner, "GREETING", "hello")
    add_function(owner, "Pages", "/pages", language="Python")
    save(owner)
    owner.press("try.call")
    owner.reads("try.headers")
    return urlsplit(owner.page.url).path


@pytest.fixture(scope="module")
def seen(owner: Person, browser: Browser, service: str) -> Mapping[str, Seen]:
    """Every page, visited once with an empty cache. That none writes an error or asks another host is watched, too."""
    paths = {EDITOR: service, **{name: f"{service}/{name}" for name in SERVICE_PAGES}, **{path: path for path in PAGES}}
    with same_person(browser, owner) as person:
        scales = Scales(person.page)
        return {name: look(person, scales, name, path) for name, path in paths.items()}


def look(person: Person, scales: Scales, name: str, path: str) -> Seen:
    """Visit a page: first in light, then in dark, then on a narrow screen."""
    page, picture = person.page, {EDITOR: "editor", "/": "dashboard"}.get(name)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    weight = scales.weigh(f"{person.base}{path}")
    in_light = faults(page)
    page.emulate_media(color_scheme="dark")
    in_dark = faults(page)
    if picture:
        person.picture(f"{picture}-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    sideways: int = page.evaluate(SIDEWAYS)
    if picture:
        person.picture(f"{picture}-narrow")
    return Seen(scales.status, in_light, in_dark, weight, sideways)


def test_every_page_is_there(seen: Mapping[str, Seen]) -> None:
    """None is refused."""
    assert {name: page.status for name, page in seen.items() if page.status != 200} == {}


def test_axe_finds_nothing(seen: Mapping[str, Seen]) -> None:
    """Neither in light nor in dark."""
    assert {name: page.in_light for name, page in seen.items() if page.in_light} == {}
    assert {name: page.in_dark for name, page in seen.items() if page.in_dark} == {}


def test_first_load_is_light(seen: Mapping[str, Seen]) -> None:
    """Of all that comes over the wire."""
    limits = {EDITOR: EDITOR_BYTES_MAX, PATTERNS: EDITOR_BYTES_MAX}

    assert all(page.weight > 0 for page in seen.values())
    assert {name: page.weight for name, page in seen.items() if page.weight >= limits.get(name, BYTES_MAX)} == {}


def test_nothing_scrolls_sideways_on_a_narrow_screen(seen: Mapping[str, Seen]) -> None:
    """What is wide scrolls in its own frame."""
    assert {name: page.sideways for name, page in seen.items() if page.sideways > 0} == {}
