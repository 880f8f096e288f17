"""The console without JavaScript: nothing that has to be done needs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.console.album import Album
from tests.journeys.console.arriving import answer_questions, become_owner, set_up_link
from tests.journeys.console.handlers import ROOM_TOKEN
from tests.journeys.console.making import (
    add_credentials,
    add_function,
    add_variable,
    make_key,
    make_service,
    save,
    try_it,
)
from tests.journeys.console.person import somebody
from tests.start_server import start_server

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("console walks")]


def test_a_token_without_scripts(tmp_path: Path, browser: Browser, album: Album) -> None:
    """Set-up by pasting the link, key, configure, function, save, try: the same walk, on a Gettone of its own."""
    with (
        start_server(tmp_path, environ={}) as server,
        somebody(browser, f"http://localhost:{server.console_port}", album, scripts=False) as person,
    ):
        link = set_up_link(server)
        person.page.goto(link)
        person.fill("link.secret", link)
        person.press("link.open")
        become_owner(person)
        answer_questions(person, "JavaScript")
        sid, secret = make_key(person, "plain")
        make_service(person, "plain")
        add_credentials(person)
        add_variable(person, "API_KEY", sid)
        add_variable(person, "API_SECRET", secret)
        add_function(person, "Create Room Token", "/create-room-token")
        person.page.get_by_label(person.say("editor.code", path="/create-room-token"), exact=True).fill(ROOM_TOKEN)
        save(person)
        try_it(person, "ada")
        expect(person.page.get_by_text(person.say("token.verified"), exact=True)).to_be_visible()
        person.picture("without-scripts")
