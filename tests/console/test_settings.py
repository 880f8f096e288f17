"""One's own settings and the account's: profile, password, sessions, second factor, tokens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pyotp
import pytest

from gettone.model.users import Role
from tests.console.letters import newest_link
from tests.console.serving import EMAIL, NAME, PASSWORD, Served, open_console, sign_in
from tests.control.offices import ACCOUNT_SID, member

pytestmark = pytest.mark.anyio

NEW_PASSWORD = "another good password"
PAGES = [
    "/settings/profile",
    "/settings/profile/delete",
    "/settings/sessions",
    "/settings/two-factor",
    "/settings/account",
    "/settings/account/delete",
    "/members",
    "/members/invite",
    "/accounts",
    "/outbox",
    "/audit",
    "/verify/phone",
    "/questions",
    "/terms",
    "/terms/edit",
]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A console of one's own, with its owner signed in."""
    async with open_console() as served:
        await sign_in(served)
        yield served


async def test_every_page_shows_in_both_languages(served: Served) -> None:
    """And for who may look only, each shows or says why not."""
    for locale in ("en", "ja"):
        for page in PAGES:
            shown = await served.browser.get(page, headers={"accept-language": locale})

            assert (page, shown.status_code) == (page, 200)
            assert f'<html lang="{locale}"' in shown.text
    await sign_in(served, role=Role.VIEWER, email="viewer@example.com")
    statuses = {page: (await served.browser.get(page)).status_code for page in PAGES}
    shut = {page for page, status in statuses.items() if status == 403}

    assert set(statuses.values()) == {200, 403}
    assert {"/settings/account/delete", "/members", "/members/invite", "/outbox"} <= shut
    assert "/settings/account" not in shut


async def test_profile_is_kept(served: Served) -> None:
    """Name, language and zone; the page answers in the new language at once."""
    data = {"name": "Aya", "locale": "ja", "zone": "Asia/Tokyo"}

    done = await served.browser.post("/settings/profile", data=data)
    page = await served.browser.get(done.headers["location"])

    assert '<html lang="ja"' in page.text
    assert 'value="Aya"' in page.text
    assert "<option selected>Asia/Tokyo</option>" in page.text
    assert "プロフィールを保存しました。" in page.text


async def test_wrong_profile_keeps_what_was_typed(served: Served) -> None:
    """The zone is none; the field says so."""
    answer = await served.browser.post("/settings/profile", data={"name": "Aya", "locale": "", "zone": "Moon/Base"})

    assert answer.status_code == 400
    assert 'id="zone-problem"' in answer.text
    assert 'value="Aya"' in answer.text


async def test_password_needs_the_current_one(served: Served) -> None:
    """A wrong one is told in its field; the right one changes it."""
    fields = {"new_password": NEW_PASSWORD}
    wrong = await served.browser.post("/settings/password", data={**fields, "current_password": "not it at all"})
    done = await served.browser.post("/settings/password", data={**fields, "current_password": PASSWORD})

    assert wrong.status_code == 400
    assert 'id="current_password-problem"' in wrong.text
    assert NEW_PASSWORD not in wrong.text
    assert done.headers["location"].endswith("profile.said_password")
    assert (await served.desk.sessions.sign_in(email=EMAIL, password=NEW_PASSWORD)).secret


async def test_own_address_is_confirmed_by_a_link(served: Served) -> None:
    """The letter's link ends at the profile, which says so."""
    await served.browser.post("/settings/email")
    done = await served.browser.post("/link/use", data={"secret": await newest_link(served)})
    page = await served.browser.get(done.headers["location"])

    assert "Your e-mail address is confirmed." in page.text


async def test_other_sessions_are_listed_and_ended(served: Served) -> None:
    """This one has no button; another one is gone after it was pressed."""
    other = await served.desk.sessions.sign_in(email=EMAIL, password=PASSWORD, user_agent="Firefox/140.0 (Linux)")

    page = await served.browser.get("/settings/sessions")
    done = await served.browser.post(f"/settings/sessions/{other.session.id}")

    assert page.text.count('action="/settings/sessions/') == 2  # this one's, and all others
    assert "Firefox on Linux" in page.text
    assert done.status_code == 303
    assert await served.desk.sessions.find(other.secret) is None


async def test_second_factor_on_and_off(served: Served) -> None:
    """Secret and recovery codes are on one page each, once."""
    enrolled = await served.browser.post("/settings/two-factor/enrol", data={"password": PASSWORD})
    secret = re.search(r'id="totp-secret-value">([A-Z2-7]+)<', enrolled.text)
    assert secret is not None
    wrong = await served.browser.post("/settings/two-factor/confirm", data={"code": "000"})
    code = pyotp.TOTP(secret[1]).at(served.office.clock())
    confirmed = await served.browser.post("/settings/two-factor/confirm", data={"code": code})
    recovery = re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", confirmed.text)
    page = await served.browser.get("/settings/two-factor")
    off = await served.browser.post("/settings/two-factor/disable", data={"code": recovery[0]})

    assert "otpauth://totp/Gettone:" in enrolled.text
    assert wrong.status_code == 400
    assert secret[1] not in wrong.text
    assert len(recovery) == 10
    assert "10 recovery codes are left" in page.text
    assert recovery[1] not in page.text
    assert off.headers["location"].endswith("two_factor.said_off")


async def test_auth_token_is_hidden_until_asked(served: Served) -> None:
    """The page has no token; Show has it, as a page and as a part."""
    token = await served.desk.accounts.auth_token(member(Role.OWNER), sid=ACCOUNT_SID)

    page = await served.browser.get("/settings/account")
    shown = await served.browser.post("/settings/account/token")
    part = await served.browser.post("/settings/account/token", headers={"hx-request": "true"})

    assert token not in page.text
    assert token in shown.text
    assert token in part.text
    assert "<html" not in part.text


async def test_second_token_is_made_promoted_and_deleted(served: Served) -> None:
    """Shown once; a second one beside it is refused; promoted after a question."""
    made = await served.browser.post("/settings/account/second-token")
    found = re.search(r'id="second-token-value">([0-9a-f]{32})<', made.text)
    assert found is not None
    again = await served.browser.post("/settings/account/second-token")
    page = await served.browser.get("/settings/account")
    asked = await served.browser.get("/settings/account/second-token/promote")
    await served.browser.post("/settings/account/second-token/promote")
    token = await served.desk.accounts.auth_token(member(Role.OWNER), sid=ACCOUNT_SID)

    assert again.status_code == 409
    assert found[1] not in page.text
    assert asked.status_code == 200
    assert token == found[1]
    await served.browser.post("/settings/account/second-token")
    assert (await served.browser.get("/settings/account/second-token/delete")).status_code == 200
    assert (await served.browser.post("/settings/account/second-token/delete")).status_code == 303


async def test_account_is_deleted_at_its_sid_alone(served: Served) -> None:
    """A slip is told in the field; then nobody is signed in any more."""
    wrong = await served.browser.post("/settings/account/delete", data={"confirmation": "AC"})
    done = await served.browser.post("/settings/account/delete", data={"confirmation": ACCOUNT_SID})

    assert wrong.status_code == 400
    assert 'id="confirmation-problem"' in wrong.text
    assert done.headers["location"].startswith("/sign-in")
    assert (await served.browser.get("/settings/account")).status_code == 303


async def test_account_is_renamed(served: Served) -> None:
    """An empty name is told in the field."""
    done = await served.browser.post("/settings/account", data={"friendly_name": "Rooms & Co"})
    page = await served.browser.get("/settings/account")
    wrong = await served.browser.post("/settings/account", data={"friendly_name": "x" * 65})

    assert done.status_code == 303
    assert 'value="Rooms &amp; Co"' in page.text
    assert NAME in page.text
    assert wrong.status_code == 400
    assert 'id="friendly_name-problem"' in wrong.text


async def test_what_is_held_is_taken_along(served: Served) -> None:
    """Of the person and of the account, as a file, without secrets."""
    token = await served.desk.accounts.auth_token(member(Role.OWNER), sid=ACCOUNT_SID)

    person = await served.browser.get("/settings/export")
    account = await served.browser.get("/settings/account/export")

    assert EMAIL in person.text
    assert person.headers["content-disposition"] == 'attachment; filename="me.jsonl"'
    assert ACCOUNT_SID in account.text
    assert token not in account.text


async def test_last_owner_is_not_deleted_and_another_one_is(served: Served) -> None:
    """The page says why, and what to do first."""
    asked = await served.browser.get("/settings/profile/delete")
    refused = await served.browser.post("/settings/profile/delete")
    await served.desk.users.create(member(Role.OWNER), email="second@example.com", name="", role=Role.OWNER)
    done = await served.browser.post("/settings/profile/delete")

    assert EMAIL in asked.text
    assert refused.status_code == 409
    assert "last owner" in refused.text
    assert done.headers["location"].startswith("/sign-in")
    assert (await served.browser.get("/settings/profile")).status_code == 303
