"""The console by keyboard alone: from signing in to a token, and the mouse stays where it is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.journeys.console.album import Album
from tests.journeys.console.arriving import OWNER, PASSWORD
from tests.journeys.console.making import code_editor, live_after
from tests.journeys.console.person import Person, somebody

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("console walks")]

STOPS_MAX = 80
IS_FOCUSED = "element => element === document.activeElement"


def reach(person: Person, target: Locator) -> None:
    """Go from stop to stop until something is focused, and can be seen to be."""
    expect(target).to_be_visible()
    for _ in range(STOPS_MAX):
        if target.evaluate(IS_FOCUSED):
            return
        person.page.keyboard.press("Tab")
    raise AssertionError(f"{STOPS_MAX} stops did not lead to {target}")


def press(person: Person, target: Locator, key: str = "Enter") -> None:
    """Go to something, and press a key there."""
    reach(person, target)
    person.page.keyboard.press(key)


def type_into(person: Person, target: Locator, text: str) -> None:
    """Go to a field, and type over what is in it."""
    reach(person, target)
    person.page.keyboard.press("ControlOrMeta+a")
    person.page.keyboard.type(text)


def dock(person: Person, product: str) -> Locator:
    """A product's link in the dock."""
    found = person.page.get_by_role("navigation", name=person.say("frame.products"))
    return found.get_by_role("link", name=person.say(f"products.{product}"), exact=True)


def test_a_token_by_keyboard_alone(owner: Person, browser: Browser, base: str, album: Album) -> None:
    """Sign in, service, credentials, key put into its variables, function from a template, save, call."""
    with somebody(browser, base, album) as person:
        keyboard = person.page.keyboard
        person.go("/sign-in")
        type_into(person, person.field("people.email"), OWNER[1])
        type_into(person, person.field("people.password"), PASSWORD)
        keyboard.press("Enter")
        person.page.wait_for_url(f"{base}/")

        press(person, dock(person, "functions"))
        type_into(person, person.field("functions.service_name"), "keyboard")
        keyboard.press("Enter")
        person.sees(person.say("functions.said_created"))
        files = person.page.get_by_role("navigation", name=person.say("editor.files"))
        press(person, files.get_by_role("link", name=re.compile(f"^{person.say('section.variables')}")))
        reach(person, person.field("variables.include"))
        if not person.field("variables.include").is_checked():
            keyboard.press("Space")
        press(person, person.button("element.save"))
        person.sees(person.say("variables.said_credentials"))

        press(person, dock(person, "keys"))
        press(person, person.link("keys.create"))
        type_into(person, person.field("keys.name"), "keyboard")
        keyboard.press("Enter")
        person.heading(person.say("keys.secret_title"))
        reach(person, person.field("keys.add_to"))
        keyboard.type("keyboard")
        press(person, person.field("keys.got_it"), "Space")
        press(person, person.button("element.done"))
        person.sees(person.say("keys.said_added"))

        press(person, person.link("editor.add_function"))
        templates = person.page.get_by_role("navigation", name=person.say("new.template"))
        press(person, templates.get_by_role("link", name=re.compile(f"^{person.say('templates.room_token')}")))
        press(person, person.button("new.create"))
        person.heading("/create-room-token")
        reach(person, code_editor(person, "/create-room-token"))
        keyboard.press("ControlOrMeta+End")
        keyboard.type("// typed")
        with live_after(person):
            keyboard.press("ControlOrMeta+s")
        keyboard.press("Escape")
        type_into(person, person.page.get_by_label("identity", exact=True), "ada")
        keyboard.press("Enter")
        expect(person.page.get_by_text(person.say("token.verified"), exact=True)).to_be_visible()
