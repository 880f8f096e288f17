"""The second tutorial, from environment variables to the decoded voice token, also in its reader's language."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from gettone import TrustedKey, verify
from tests.journeys.console.album import Album
from tests.journeys.console.arriving import join
from tests.journeys.console.handlers import VOICE_TOKEN
from tests.journeys.console.making import (
    add_credentials,
    add_function,
    add_variable,
    copy_token,
    live_after,
    make_app,
    make_key,
    make_service,
    read_account_sid,
    try_it,
    write_code,
)
from tests.journeys.console.person import Person, somebody

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("console walks")]


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_second_tutorial(locale: str, owner: Person, browser: Browser, base: str, album: Album) -> None:
    """Variables, a TwiML app, Save that keeps, Deploy All that brings live, and a token that opens no incoming call."""
    with somebody(browser, base, album, locale=locale) as person:
        join(person, owner, "Ken Sato", f"ken-{locale}@example.com")
        account_sid = read_account_sid(person)
        app_sid = make_app(person, "softphone")
        key_sid, secret = make_key(person, "softphone")
        make_service(person, "phone", deploys_on_save=False)
        add_credentials(person)
        for name, value in {"TWIML_APP_SID": app_sid, "API_KEY": key_sid, "API_SECRET": secret}.items():
            add_variable(person, name, value)
        add_function(person, "token", "/token")
        write_code(person, "/token", VOICE_TOKEN)
        person.press("editor.save")
        person.reads("deploy.has_changes")
        with live_after(person):
            person.press("editor.deploy_all")
        try_it(person, "user")
        person.sees(person.say("token.verified"))
        token = copy_token(person)

        person.visit("tokens")
        person.fill("tokens.token", token)
        person.field("tokens.check").check()
        person.press("tokens.read_it")
        claims = person.page.get_by_role("group", name=person.say("tokens.claims"), exact=True)
        expect(claims).to_contain_text(f'"application_sid": "{app_sid}"')
        expect(claims).not_to_contain_text("incoming")
        person.picture("token")

    grants = verify(token, {key_sid: TrustedKey(secret, account_sid)}).claims["grants"]
    assert grants == {"identity": "user", "voice": {"outgoing": {"application_sid": app_sid}}}
