"""Who reads letters that nobody carries, and until when."""

from __future__ import annotations

import pytest

from gettone.control.housekeeping import tidy
from gettone.control.sign_up import SignUpMode
from gettone.model.api_keys import ApiKeyType
from gettone.model.outbox import Channel
from gettone.model.pages import PageRequest
from gettone.model.users import Role
from tests.control.households import ADA, BOB, household
from tests.control.offices import ACCOUNT_SID, OTHER_SID, add_account, holder, key, member
from tests.control.refusals import refusal
from tests.control.test_sign_up import sign_up

pytestmark = pytest.mark.anyio


async def test_operators_owners_read_what_nobody_carries() -> None:
    """Until it is over; whatever was sent, or used, is empty."""
    async with household() as home:
        await sign_up(home)
        await sign_up(home, BOB)
        page = await home.outbox.list(member(Role.OWNER), page=PageRequest())
        await home.sign_up.join(await home.link(ADA))
        used = await home.outbox.list(holder(), page=PageRequest())
        home.clock.move(hours=24)
        over = await home.outbox.list(holder(), page=PageRequest())
        await tidy(home.office)
        gone = await home.outbox.list(holder(), page=PageRequest())

    assert [each.message.recipient for each in page.items] == [BOB, ADA]
    assert all(each.text is not None and "/link#" in each.text for each in page.items)
    assert [each.text is not None for each in used.items] == [True, False]
    assert [each.text for each in over.items] == [None, None]
    assert gone.items == ()


async def test_what_somebody_carries_is_shown_to_nobody() -> None:
    """Before it was sent, and after: it goes to whom it is for."""
    async with household(carried=(Channel.EMAIL,)) as home:
        await sign_up(home)
        before = await home.outbox.list(holder(), page=PageRequest())
        await home.delivery.send_due()
        after = await home.outbox.list(holder(), page=PageRequest())

    assert (home.outbox.carries(Channel.EMAIL), home.outbox.carries(Channel.SMS)) == (True, False)
    assert [each.text for each in (*before.items, *after.items)] == [None, None]


async def test_only_invitations_are_read_by_other_accounts() -> None:
    """What opens a person's own door is for the operator alone."""
    async with household(mode=SignUpMode.INVITATION) as home:
        await add_account(home.office, OTHER_SID)
        await home.person(ADA, account_sid=OTHER_SID)
        await home.reset.request(email=ADA)
        await home.reset.close()
        await home.invitations.create(holder(OTHER_SID), email=BOB, role=Role.VIEWER)
        own = await home.outbox.list(holder(OTHER_SID), page=PageRequest())
        operators = await home.outbox.list(holder(ACCOUNT_SID), page=PageRequest())

    assert [each.message.recipient for each in own.items] == [BOB]
    assert [each.message.recipient for each in operators.items] == [ADA]


async def test_others_read_nothing() -> None:
    """Developers, viewers, and keys of any type, which lie in programs."""
    async with household() as home:
        await sign_up(home)
        letter = (await home.letters())[0]
        refused = [
            await refusal(trying)
            for who in (member(Role.DEVELOPER), member(Role.VIEWER), key(), key(ApiKeyType.MAIN))
            for trying in (home.outbox.list(who, page=PageRequest()), home.outbox.delete(who, id=letter.id))
        ]
        elsewhere = await refusal(home.outbox.delete(holder(OTHER_SID), id=letter.id))
        await home.outbox.delete(holder(), id=letter.id)

        assert await home.letters() == []
    assert {error.code for error in refused} == {"denied"}
    assert elsewhere.code == "not_found"
