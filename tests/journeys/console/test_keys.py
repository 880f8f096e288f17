"""A key gets another secret while functions and programs go on with the old one, as somebody sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.journeys.console.handlers import VOICE_TOKEN
from tests.journeys.console.making import (
    add_credentials,
    add_function,
    make_key,
    make_service,
    read_key,
    save,
    take_key,
    try_it,
    write_code,
)
from tests.journeys.console.person import Person
from tests.start_server import StartServer

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("console walks")]


def test_rotation_with_overlap_breaks_nothing(owner: Person, server: StartServer) -> None:
    """Tokens of the old secret stay good, and say so; the new one is put in place from the page that shows it."""
    make_service(owner, "rotating")
    add_credentials(owner)
    add_function(owner, "token", "/token")
    function_page = owner.page.url
    sid, old = make_key(owner, "rotating", place="rotating · ui")
    owner.page.goto(function_page)
    write_code(owner, "/token", VOICE_TOKEN)
    save(owner)
    try_it(owner, "user")
    owner.sees(owner.say("token.verified"))

    owner.visit("keys")
    owner.follow("keys.rotate_name", name="rotating")
    owner.field("keys.overlap").select_option(owner.say("keys.overlap_28800"))
    owner.press("keys.rotate")
    owner.heading(owner.say("keys.secret_title"))
    owner.reads("keys.old_until")
    owner.picture("key-rotated")
    again, new = read_key(owner)
    assert (again, new != old) == (sid, True)
    take_key(owner)
    statuses = [replace(server, credentials=(sid, each)).api("/v1/Services").status for each in (old, new, "wrong")]
    assert statuses == [200, 200, 401]

    owner.page.goto(function_page)
    try_it(owner, "user")
    owner.sees(owner.say("token.previous"))
    owner.follow_section("variables")
    owner.page.get_by_label(owner.say("variables.update_what", name="API_SECRET")).click()
    owner.page.get_by_label(owner.say("variables.new_value", name="API_SECRET")).fill(new)
    owner.page.get_by_role("row", name="API_SECRET").get_by_role("button", name=owner.say("element.save")).click()
    owner.sees(owner.say("variables.said_updated"))
    owner.page.goto(function_page)
    try_it(owner, "user")
    expect(owner.page.get_by_text(owner.say("token.verified"), exact=True)).to_be_visible()
