"""A new password for who has forgotten theirs."""

from __future__ import annotations

import pytest

from gettone.control.link_desk import Errand
from tests.control.households import ADA, BOB, OTHER_PASSWORD, household
from tests.control.offices import ACCOUNT_SID, holder
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio


async def test_link_sets_the_password_and_ends_all_sessions() -> None:
    """Once, and within an hour."""
    async with household() as home:
        await home.person()
        sessions = [await home.sign_in() for _ in range(2)]
        await home.reset.request(email=" Ada@example.com", address="192.0.2.7")
        await home.reset.close()
        secret = await home.link(ADA)
        offer = await home.desk.look(secret)
        await home.links.use(secret, password=OTHER_PASSWORD)
        again = await refusal(home.links.use(secret, password=OTHER_PASSWORD))
        found = [await home.sessions.find(each.secret) for each in sessions]
        old = await refusal(home.sign_in())
        await home.sign_in(password=OTHER_PASSWORD)

        assert (await home.letters(ADA))[-1].text is None
    assert (offer.errand, offer.email) == (Errand.RESET, ADA)
    assert found == [None, None]
    assert (again.code, old.code) == ("not_found", "denied")


async def test_nobody_learns_who_is_here() -> None:
    """The answer comes before anything is looked up, and costs no hash; an unknown address gets no letter."""
    async with household() as home:
        await home.person()
        for email in (ADA, BOB):
            before = home.passwords.hashed
            async with home.office.store.writing():  # nobody else can write meanwhile, and the answer is there
                await home.reset.request(email=email)
            assert home.passwords.hashed == before
        await home.reset.close()

        assert [each.recipient for each in await home.letters()] == [ADA]


async def test_requests_are_bounded_by_address_and_by_caller() -> None:
    """Known or not."""
    async with household() as home:
        await home.person()
        for email in (ADA, BOB):
            for _ in range(5):
                await home.reset.request(email=email, address="192.0.2.7")
            assert "retry_after_seconds" in (await refusal(home.reset.request(email=email))).evidence
        for n in range(10):
            await home.reset.request(email=f"person{n}@example.com", address="192.0.2.7")
        often = await refusal(home.reset.request(email="last@example.com", address="192.0.2.7"))
        invalid = await refusal(home.reset.request(email="ada"))
        await home.reset.close()

    assert "retry_after_seconds" in often.evidence
    assert invalid.evidence["parameter"] == "Email"


async def test_newer_link_ends_the_earlier_one() -> None:
    """Also one that the operator made; its letter is emptied."""
    async with household() as home:
        user = await home.person()
        made = await home.links.make_owner_link(ACCOUNT_SID)
        await home.reset.request(email=ADA)
        await home.reset.close()
        first = await home.link(ADA)
        assert (await refusal(home.links.use(made.secret, password=OTHER_PASSWORD))).code == "not_found"
        await home.reset.request(email=ADA)
        await home.reset.close()

        assert (await refusal(home.links.use(first, password=OTHER_PASSWORD))).code == "not_found"
        assert (await home.links.use(await home.link(ADA), password=OTHER_PASSWORD)).id == user.id


async def test_who_can_enter_nothing_gets_no_link() -> None:
    """A member no more."""
    async with household() as home:
        await home.person()
        bob = await home.person(BOB)
        await home.users.remove(holder(), user_id=bob.id)
        await home.reset.request(email=BOB)
        await home.reset.close()

        assert await home.letters() == []
