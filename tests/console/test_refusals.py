"""Refusals as people meet them: nothing typed is lost, nothing inside is told."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime

import pytest

from gettone.console.app import make_console
from gettone.console.forms import filled
from gettone.console.refusals import next_page, refused, sentence
from gettone.model.errors import PlatformError
from tests.console.serving import BASE, HOSTS, Served, make_browser, open_console, sign_in

pytestmark = pytest.mark.anyio

SID = "ZH" + "0123456789abcdef" * 2
CODE = 'def handler(context, event):\n    return "<b>" + event.name\n'


async def test_session_that_ended_keeps_what_was_typed(shared: Served) -> None:
    """Shown to be copied, with the way back to the page; secrets are not shown, nor what a page names its things by."""
    form = {"code": CODE, "path": "/greet", "password": "secret words", "auth_token": "0123", "empty": " ", "file": SID}

    answer = await make_browser(shared.app).post(
        "/products", data=form, headers={"referer": f"{BASE}/services/ZS1?file=ZH1"}
    )

    assert answer.status_code == 401
    assert "&lt;b&gt;" in answer.text
    assert "/greet" in answer.text
    assert "secret words" not in answer.text
    assert SID not in answer.text
    assert "0123" not in answer.text
    assert 'href="/sign-in?next=%2Fservices%2FZS1%3Ffile%3DZH1"' in answer.text


async def test_what_took_longest_to_type_stands_open(shared: Served) -> None:
    """The rest is folded away."""
    form = {"a": "one", "b": "three", "c": CODE, "d": "no", "e": "four"}
    answer = await make_browser(shared.app).post("/products", data=form)
    shown, _, folded = answer.text.partition("<details><summary>All other fields")

    assert shown.index("def handler") < shown.index(">\nthree<") < shown.index(">\nfour<")
    assert ">\none<" in folded
    assert ">\nno<" in folded


@pytest.mark.parametrize("referer", ["https://evil.example/x", "http://localhost:8000/x", "", "nonsense"])
async def test_way_back_is_to_a_page_of_ours(shared: Served, referer: str) -> None:
    """Else to the start."""
    answer = await make_browser(shared.app).post("/products", data={"a": "1"}, headers={"referer": referer})

    assert 'href="/sign-in?next=%2F"' in answer.text


async def test_what_nobody_foresaw_is_an_id() -> None:
    """The log has it whole; the page has a number, and the other pages go on."""

    def broken() -> datetime:
        raise RuntimeError("the inside of things")

    async with open_console() as served:
        app = make_console(replace(served.desk, clock=broken), randomness=os.urandom, hosts=HOSTS)
        browser = make_browser(app)
        answer = await browser.get("/patterns")
        other = await browser.get("/nothing")

    assert answer.status_code == 500
    assert "the inside of things" not in answer.text
    assert "RQ" in answer.text
    assert other.status_code == 404


async def test_store_that_is_away_has_its_page() -> None:
    """Tokens go on, it says; nobody is signed out by it."""

    def away() -> datetime:
        raise PlatformError("unavailable", "the database does not answer: try again")

    async with open_console() as served:
        await sign_in(served)
        app = make_console(replace(served.desk, clock=away), randomness=os.urandom, hosts=HOSTS)
        answer = await make_browser(app).get("/patterns")

    assert answer.status_code == 503
    assert "The database does not answer: try again." in answer.text
    assert "tokens are issued" in answer.text
    assert "set-cookie" not in answer.headers


async def test_part_of_a_page_is_refused_in_part(shared: Served) -> None:
    """Where htmx asked, it gets what it can put in place."""
    answer = await make_browser(shared.app).get("/nothing", headers={"hx-request": "true"})

    assert answer.status_code == 404
    assert "<html" not in answer.text
    assert 'role="alert"' in answer.text


async def test_form_says_it_in_the_field() -> None:
    """At the top where the form has no such field; a fault of ours is no matter of the form."""
    form = filled(friendly_name="x")

    told = refused(form, PlatformError("invalid", "a name is too short: make it longer", parameter="FriendlyName"))
    other = refused(form, PlatformError("conflict", "it is taken", parameter="Email"))

    assert told.problem("friendly_name") == "A name is too short: make it longer."
    assert other.problem() == "It is taken."
    for code in ("internal", "unavailable"):
        with pytest.raises(PlatformError):
            refused(form, PlatformError(code, "away"))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("", ""),
        ("what?", "What?"),
        ("é is none", "É is none."),
        ("ada@example.com is a member already", "ada@example.com is a member already."),
        ("a.localhost cannot be taken", "a.localhost cannot be taken."),
    ],
)
def test_sentence_begins_and_ends_as_one(message: str, text: str) -> None:
    """Control's messages go on in lower case where a program prints them."""
    assert sentence(message) == text


@pytest.mark.parametrize("asked", ["/", "/services/ZS1?file=a%20b", "/logs?level=error#x"])
def test_own_path_is_the_next_page(asked: str) -> None:
    """With all that belongs to it."""
    assert next_page(asked) == asked
