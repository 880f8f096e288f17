"""Each page of the console, as it is when somebody comes to it: to read for everybody, quiet, light, narrow enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.journeys.console.axe import faults
from tests.journeys.console.chromium import HEIGHT, NARROW, WIDE
from tests.journeys.console.making import add_function, add_variable, make_app, make_key, make_service, save
from tests.journeys.console.person import Person, same_person, somebody
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
OPEN_PAGES = ["/sign-in", "/sign-up", "/reset", "/link"]
NOTHING, OVER, ENDED = "/nothing", "a link that is over", "a session that ended"
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


@dataclass(frozen=True)
class Places:
    """The path of a service's editor, and those of one key, one app, one request, one group of the reference."""

    service: str
    others: list[str]


@pytest.fixture(scope="module")
def places(owner: Person) -> Places:
    """A service with something to show on each of its pages, and one of each thing that has a page of its own."""
    key, _ = make_key(owner, "pages")
    app = make_app(owner, "pages")
    make_service(owner, "pages")
    owner.follow_section("variables")
    add_variable(owner, "GREETING", "hello")
    add_function(owner, "Pages", "/pages", language="Python")
    save(owner)
    owner.press("try.call")
    owner.reads("try.headers")
    request = owner.page.locator("a[href^='/logs/RQ']").get_attribute("href")
    service = urlsplit(owner.page.url).path
    owner.go("/docs")
    group = owner.page.locator("main h2 a[href^='/docs/']").first.get_attribute("href")
    assert request is not None
    assert group is not None
    return Places(service, [f"/keys/{key}", f"/apps/{app}", request, group])


def by_name(places: Places) -> dict[str, str]:
    """The path of every page of somebody who is signed in."""
    service = places.service
    of_service = {name: f"{service}/{name}" for name in SERVICE_PAGES}
    return {EDITOR: service, **of_service, **{path: path for path in [*PAGES, *places.others]}}


@pytest.fixture(scope="module")
def seen(owner: Person, browser: Browser, places: Places) -> Mapping[str, Seen]:
    """Every page, visited once with an empty cache. That none writes an error or asks another host is watched, too."""
    with same_person(browser, owner) as person:
        scales = Scales(person.page)
        inside = {name: look(person, scales, name, path) for name, path in by_name(places).items()}
    with somebody(browser, owner.base, owner.album) as person:
        scales = Scales(person.page)
        return inside | {path: look(person, scales, path, path) for path in OPEN_PAGES}


@pytest.fixture(scope="module")
def refusals(owner: Person, browser: Browser) -> Mapping[str, Seen]:
    """The pages that say no: nothing here, a link that is over, a session that ended while somebody typed."""
    with same_person(browser, owner) as person:
        person.watch.refusals |= {401, 404}
        nothing = look(person, Scales(person.page), NOTHING, NOTHING)
        person.page.set_viewport_size({"width": WIDE, "height": HEIGHT})
        person.go("/link")
        person.fill("link.secret", "worthless")
        person.press("link.open")
        person.heading(person.say("link.over_title"))
        over = glance(person, 404)
        person.go("/apps/new")
        person.fill("apps.name", "typed meanwhile")
        person.page.context.clear_cookies()
        person.press("element.save")
        person.heading(person.say("errors.session_gone"))
        return {NOTHING: nothing, OVER: over, ENDED: glance(person, 401)}


@pytest.fixture(scope="module")
def in_japanese(owner: Person, browser: Browser, places: Places) -> Iterator[Mapping[str, Seen]]:
    """Every page in the second language, once; whoever comes next reads English again."""
    with same_person(browser, owner) as person:
        read_in(person, "ja")
        try:
            yield {name: visit(person, path) for name, path in by_name(places).items()}
        finally:
            read_in(person, "en")


def read_in(person: Person, locale: str) -> None:
    """Choose a language, as the form in the dock does."""
    answer = person.page.request.post(
        f"{person.base}/reading", form={"locale": locale, "next": "/"}, headers={"Origin": person.base}
    )
    assert answer.ok


def visit(person: Person, path: str) -> Seen:
    """Open a page, and glance at it."""
    page = person.page
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    answer = page.goto(f"{person.base}{path}", wait_until="load")
    assert page.locator("html").get_attribute("lang") == "ja"
    return glance(person, 0 if answer is None else answer.status)


def glance(person: Person, status: int) -> Seen:
    """What there is to see of the page that is open: in light, then on a narrow screen."""
    in_light = faults(person.page)
    person.page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    return Seen(status, in_light, [], 0, person.page.evaluate(SIDEWAYS))


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


def test_refusals_say_so(refusals: Mapping[str, Seen]) -> None:
    """Each with its status; they read as well as other pages do."""
    assert {name: page.status for name, page in refusals.items()} == {NOTHING: 404, OVER: 404, ENDED: 401}
    assert {name: page.in_light + page.in_dark for name, page in refusals.items() if page.in_light + page.in_dark} == {}
    assert {name: page.sideways for name, page in refusals.items() if page.sideways > 0} == {}


def test_japanese_reads_as_well(in_japanese: Mapping[str, Seen]) -> None:
    """Nothing for axe, nothing that sticks out."""
    assert {name: page.status for name, page in in_japanese.items() if page.status != 200} == {}
    assert {name: page.in_light for name, page in in_japanese.items() if page.in_light} == {}
    assert {name: page.sideways for name, page in in_japanese.items() if page.sideways > 0} == {}


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
