"""The first tutorial, from sign-up to a token that a page on another origin fetched, as somebody sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from gettone import TrustedKey, verify
from tests.journeys.console.album import Album
from tests.journeys.console.arriving import join
from tests.journeys.console.elsewhere import serve_app
from tests.journeys.console.handlers import ROOM_TOKEN
from tests.journeys.console.making import (
    add_credentials,
    add_function,
    add_variable,
    copy_url,
    make_key,
    make_service,
    read_account_sid,
    save,
    try_it,
    write_code,
)
from tests.journeys.console.person import Person, somebody

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("console walks")]

PEOPLE = {"en": ("Ada Rossi", "ada@example.com"), "ja": ("山田 花子", "hanako@example.com")}
PATH = "/create-room-token"


@pytest.fixture(scope="module")
def app_origin() -> Iterator[str]:
    """An app that is not the console."""
    with serve_app() as origin:
        yield origin


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_first_tutorial(locale: str, browser: Browser, base: str, album: Album, owner: Person, app_origin: str) -> None:
    """Sign up, verify, API key, configure, function, save, live, fetch: each step with its words on the screen."""
    name, email = PEOPLE[locale]
    with somebody(browser, base, album, locale=locale, tells=locale == "en") as person:
        join(person, owner, name, email)
        person.picture("dashboard-empty")
        account_sid = read_account_sid(person)

        key = make_key(person, "egghead")
        make_service(person, "default")
        add_credentials(person)
        add_variable(person, "API_KEY", key[0])
        add_variable(person, "API_SECRET", key[1])
        person.picture("variables")
        add_function(person, "Create Room Token", PATH)
        write_code(person, PATH, ROOM_TOKEN)
        save(person)
        person.picture("editor-live")
        try_it(person, "ada")
        person.picture("editor-try")
        address = copy_url(person)
        token = fetched_token(person, app_origin, address, "alice")

    claims = verify(token, {key[0]: TrustedKey(key[1], account_sid)}).claims
    assert claims["iss"] == key[0]
    assert claims["grants"] == {"identity": "alice", "video": {}}


def fetched_token(person: Person, origin: str, address: str, identity: str) -> str:
    """What an app on another origin is given by the function."""
    page = person.page.context.new_page()
    page.goto(origin)
    page.get_by_label("Function").fill(address)
    page.get_by_label("Who are you").fill(identity)
    page.get_by_role("button", name="Join").click()
    output = page.get_by_role("status")
    expect(output).to_contain_text("200 ")
    token = output.inner_text().removeprefix("200 ")
    page.close()
    return token
