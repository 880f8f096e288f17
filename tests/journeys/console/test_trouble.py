"""What goes wrong while somebody edits, as they see it: the line is cut, the session ends. Their text is kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.console.arriving import OWNER, PASSWORD
from tests.journeys.console.handlers import answering
from tests.journeys.console.making import add_function, code_editor, make_service, save, write_code
from tests.journeys.console.person import Person, same_person

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("console walks")]

PATH = "/kept"
UNSAVED = "document.querySelector('#edit').dataset.touched !== undefined"


def test_no_answer_is_told_and_the_text_stays(owner: Person) -> None:
    """A save that nobody answers says so beside the code, which counts as unsaved; the next one saves it."""
    make_service(owner, "cut-off")
    add_function(owner, "Kept", PATH, language="Python")
    write_code(owner, PATH, answering("typed meanwhile"))
    owner.watch.is_cut = True
    owner.page.context.set_offline(True)
    owner.press("editor.save")
    told = owner.page.get_by_role("alert").filter(has_text=owner.say("element.away"))

    expect(told).to_be_visible()
    expect(code_editor(owner, PATH)).to_contain_text("typed meanwhile")
    assert owner.page.evaluate(UNSAVED)

    owner.page.context.set_offline(False)
    owner.watch.is_cut = False
    save(owner)
    expect(told).to_have_count(0)
    assert not owner.page.evaluate(UNSAVED)


def test_form_stays_where_nobody_would_take_it(owner: Person) -> None:
    """The page is not left; what was typed is sent when somebody is there again, once."""
    owner.go("/apps/new")
    owner.fill("apps.name", "typed meanwhile")
    owner.watch.is_cut = True
    owner.page.context.set_offline(True)
    owner.press("element.save")
    expect(owner.page.get_by_role("alert").filter(has_text=owner.say("element.away"))).to_be_visible()
    expect(owner.field("apps.name")).to_have_value("typed meanwhile")

    owner.page.context.set_offline(False)
    owner.watch.is_cut = False
    owner.press("element.save")
    owner.sees(owner.say("apps.said_created"))
    owner.visit("apps")
    expect(owner.page.get_by_role("link", name="typed meanwhile", exact=True)).to_have_count(1)


def test_session_that_ended_keeps_the_text(owner: Person, browser: Browser) -> None:
    """It stands on the page that says so, to be copied; signing in leads back to the editor."""
    make_service(owner, "signed-out")
    add_function(owner, "Kept", PATH, language="Python")
    with same_person(browser, owner) as person:
        person.page.goto(owner.page.url)
        write_code(person, PATH, answering("typed meanwhile"))
        person.page.context.clear_cookies()
        person.watch.refusals.add(401)
        person.press("editor.save")
        person.heading(person.say("errors.session_gone"))
        expect(person.page.get_by_role("main")).to_contain_text("typed meanwhile")
        person.follow("errors.session_gone_next")
        person.fill("people.email", OWNER[1])
        person.fill("people.password", PASSWORD)
        person.press("sign_in.go")
        person.heading(PATH)
