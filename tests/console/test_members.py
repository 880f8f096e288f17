"""Members, accounts, letters and the audit log, as pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gettone.model.pages import PageRequest
from gettone.model.users import Role
from tests.console.serving import EMAIL, PASSWORD, Served, open_console, sign_in
from tests.control.offices import ACCOUNT_SID, member

pytestmark = pytest.mark.anyio

BOB = "bob@example.com"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A console of one's own, with its owner signed in."""
    async with open_console() as served:
        await sign_in(served)
        yield served


async def add_bob(served: Served) -> str:
    """A developer, by id."""
    made = await served.desk.users.create(
        member(Role.OWNER), email=BOB, name="Bob", role=Role.DEVELOPER, password=PASSWORD
    )
    return made.id


async def test_invitation_waits_in_the_outbox(served: Served) -> None:
    """It is listed, its letter is read by an owner, and it can be taken back."""
    done = await served.browser.post("/members/invite", data={"email": BOB, "role": "viewer"})
    listed = await served.browser.get("/members")
    letters = await served.browser.get("/outbox")
    back = await served.browser.post("/members/uninvite", data={"email": BOB})
    emptied = await served.browser.get("/outbox")

    assert done.headers["location"].endswith("members.said_invited_outbox")
    assert "Take back the invitation of bob@example.com" in listed.text
    assert "http://localhost:8001/link#" in letters.text
    assert back.status_code == 303
    assert "/link#" not in emptied.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"email": "bob", "role": "viewer"}, "email"), ({"email": EMAIL, "role": "viewer"}, "email")],
)
async def test_invitation_that_cannot_be_keeps_its_form(served: Served, fields: dict[str, str], field: str) -> None:
    """No address, and somebody who is here already."""
    answer = await served.browser.post("/members/invite", data=fields)

    assert answer.status_code in (400, 409)
    assert f'id="{field}-problem"' in answer.text
    assert f'value="{fields["email"]}"' in answer.text


async def test_role_of_a_member_changes(served: Served) -> None:
    """An unknown role is refused; the last owner stays one."""
    bob = await add_bob(served)
    owner = next(
        each
        for each in (await served.desk.users.list(member(Role.OWNER), page=PageRequest())).items
        if each.user.email == EMAIL
    )

    done = await served.browser.post(f"/members/{bob}/role", data={"role": "viewer"})
    unknown = await served.browser.post(f"/members/{bob}/role", data={"role": "king"})
    last = await served.browser.post(f"/members/{owner.user.id}/role", data={"role": "viewer"})

    assert done.status_code == 303
    assert unknown.status_code == 400
    assert last.status_code == 409
    assert "last owner" in last.text
    assert (await served.desk.users.get(member(Role.OWNER), user_id=bob)).membership.role is Role.VIEWER


async def test_member_is_removed_after_a_question(served: Served) -> None:
    """The page before says what that means."""
    bob = await add_bob(served)

    asked = await served.browser.get(f"/members/{bob}/remove")
    done = await served.browser.post(f"/members/{bob}/remove")
    gone = await served.browser.get(f"/members/{bob}/remove")

    assert "Remove bob@example.com?" in asked.text
    assert done.status_code == 303
    assert gone.status_code == 404


async def test_subaccount_is_made_entered_suspended_and_deleted(served: Served) -> None:
    """Each from the page of accounts."""
    await served.browser.post("/accounts", data={"friendly_name": "Below"})
    listed = await served.desk.accounts.list(member(Role.OWNER), page=PageRequest())
    below = next(each.sid for each in listed.items if each.is_subaccount)
    page = await served.browser.get("/accounts")
    entered = await served.browser.post("/accounts/switch", data={"account": below})
    inside = await served.browser.get("/accounts")
    await served.browser.post("/accounts/switch", data={"account": ACCOUNT_SID})
    await served.browser.post(f"/accounts/{below}/status", data={"status": "suspended"})
    suspended = await served.browser.get("/accounts")
    refused = await served.browser.post("/accounts/switch", data={"account": below})
    asked = await served.browser.get(f"/accounts/{below}/delete")
    deleted = await served.browser.post(f"/accounts/{below}/delete")

    assert "Enter Below" in page.text
    assert entered.headers["location"] == "/?said=accounts.said_switched"
    assert "Create a subaccount" not in inside.text
    assert "Open Below again" in suspended.text
    assert refused.status_code == 404
    assert "Delete Below?" in asked.text
    assert deleted.status_code == 303


async def test_audit_tells_in_words_page_by_page(served: Served) -> None:
    """Who did what to whom; a member by address, not by number."""
    bob = await add_bob(served)
    for role in ("viewer", "developer") * 26:
        await served.browser.post(f"/members/{bob}/role", data={"role": role})

    first = await served.browser.get("/audit")
    older = await served.browser.get(
        first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    )
    japanese = await served.browser.get("/audit", headers={"accept-language": "ja"})

    assert "changed a role" in first.text
    assert f'title="{bob}">{BOB}<' in first.text
    assert "signed in" in older.text
    assert "役割を変更" in japanese.text


async def test_letter_is_thrown_away(served: Served) -> None:
    """And is not there any more."""
    await served.browser.post("/members/invite", data={"email": BOB, "role": "viewer"})
    letter = (await served.desk.outbox.list(member(Role.OWNER), page=PageRequest())).items[0].message.id

    done = await served.browser.post(f"/outbox/{letter}/delete")
    again = await served.browser.post(f"/outbox/{letter}/delete")

    assert done.status_code == 303
    assert again.status_code == 404
