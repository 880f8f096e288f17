"""Work on functions, as somebody sees it: mistakes, rolling back while others call, two at one function."""

from __future__ import annotations

from itertools import groupby

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.console.handlers import MENDED, MISTAKEN, answering
from tests.journeys.console.load import under_load
from tests.journeys.console.making import add_function, copy_url, live_after, make_service, save, write_code
from tests.journeys.console.person import Person, same_person

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("console walks")]

NAMES = '{"names":["alice","bob"]}'


def test_bad_deploy_is_shown_in_its_line(owner: Person) -> None:
    """What was live goes on; the line is marked, and said in words; mended, it is live."""
    make_service(owner, "mistakes")
    add_function(owner, "Names", "/names", language="Python")
    write_code(owner, "/names", MISTAKEN)
    owner.press("editor.save")
    owner.reads("deploy.refused_about")
    marked = owner.page.locator(".cm-problem-line")

    expect(marked).to_have_text('    names = ["alice", "bob"')
    expect(owner.page.get_by_text("line 2").first).to_be_visible()
    expect(owner.page.get_by_text("'[' was never closed").first).to_be_visible()
    owner.picture("editor-mistake")

    write_code(owner, "/names", MENDED)
    save(owner)
    expect(marked).to_have_count(0)
    owner.press("try.call")
    expect(owner.page.get_by_role("group", name=owner.say("try.answer_body"), exact=True)).to_have_text(NAMES)


def test_rolling_back_loses_no_call(owner: Person) -> None:
    """While others call, one press brings the last build back; each of them hears the new one, then the old one."""
    make_service(owner, "releases")
    add_function(owner, "Which", "/which", language="Python")
    for text in ("one", "two"):
        write_code(owner, "/which", answering(text))
        save(owner)
    with under_load(copy_url(owner)) as load:
        load.wait_until_all_hear("two")
        owner.follow_section("history")
        owner.picture("history")
        owner.page.get_by_role("button", name=owner.pattern("history.rollback_what")).first.click()
        load.wait_until_all_hear("one")

    assert load.failures == []
    for heard in load.answers:
        assert [answer for answer, _ in groupby(heard)] == [(200, "two"), (200, "one")]


def test_second_of_two_sees_what_the_first_saved(owner: Person, browser: Browser) -> None:
    """Nothing is overwritten unseen: the difference is shown, the text is kept, and can be saved over it knowingly."""
    make_service(owner, "together")
    add_function(owner, "Greeting", "/greeting", language="Python")
    save(owner)
    with same_person(browser, owner) as second:
        second.page.goto(owner.page.url)
        write_code(owner, "/greeting", answering("from the first"))
        save(owner)
        write_code(second, "/greeting", answering("from the second"))
        second.watch.refusals.add(409)
        second.press("editor.save")
        expect(second.page.get_by_role("heading", name=second.say("conflict.title"))).to_be_visible()
        difference = second.page.get_by_role("table", name=second.say("conflict.caption"))

        expect(difference).to_contain_text("from the first")
        expect(difference).to_contain_text("from the second")
        second.picture("editor-conflict")
        with live_after(second):
            second.press("conflict.mine")
    owner.page.reload()
    expect(owner.page.locator(".cm-content")).to_contain_text("from the second")
