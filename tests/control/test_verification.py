"""Showing that an address and a number are one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from gettone.control.link_desk import Errand
from gettone.model.outbox import Channel
from tests.control.households import ADA, BOB, household
from tests.control.refusals import refusal
from tests.control.test_links import bytes_in
from tests.stores import sqlite_file

pytestmark = pytest.mark.anyio

NUMBER = "+390612345678"
OTHER_NUMBER = "+81312345678"


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06}"


async def test_link_confirms_the_address_once() -> None:
    """Wherever it is opened; then there is nothing to confirm any more."""
    async with household() as home:
        await home.person()
        who = await home.enter()
        await home.verification.send_email_link(who)
        secret = await home.link(ADA)
        offer = await home.desk.look(secret)
        user = await home.verification.use_email_link(secret, address="192.0.2.9")
        again = await refusal(home.verification.use_email_link(secret))
        done = await refusal(home.verification.send_email_link(who))

        assert (await home.letters(ADA))[-1].text is None
    assert (offer.errand, offer.email, offer.is_known) == (Errand.VERIFY, ADA, True)
    assert user.email_verified_at == home.clock.now
    assert (again.code, done.code) == ("not_found", "conflict")


async def test_newer_link_ends_the_earlier_one_and_each_lasts_a_day() -> None:
    """Five an hour are enough."""
    async with household() as home:
        await home.person()
        who = await home.enter()
        await home.verification.send_email_link(who)
        first = await home.link(ADA)
        await home.verification.send_email_link(who)
        second = await home.link(ADA)
        earlier = await refusal(home.verification.use_email_link(first))
        for _ in range(3):
            await home.verification.send_email_link(who)
        often = await refusal(home.verification.send_email_link(who))
        home.clock.move(hours=24)
        late = await refusal(home.verification.use_email_link(second))

    assert earlier.code == late.code == "not_found"
    assert "retry_after_seconds" in often.evidence


async def test_code_confirms_the_number_it_was_sent_to() -> None:
    """As it is typed, in either language; the letter is emptied."""
    async with household() as home:
        await home.person()
        who = await home.enter()
        number = await home.verification.send_phone_code(who, phone="+39 06 1234 5678")
        waiting = await home.verification.phone_waiting(who)
        code = await home.code(NUMBER)
        before = (await home.found((await home.sign_in()).secret)).user.phone
        user = await home.verification.confirm_phone(who, code=f" {code[:3]} {code[3:]}")
        letters = await home.letters(NUMBER)

        assert await home.verification.phone_waiting(who) is None
        assert (await home.verification.remove_phone(who)).phone is None
    assert (number, waiting, before) == (NUMBER, NUMBER, None)
    assert (user.phone, user.phone_verified_at) == (NUMBER, home.clock.now)
    assert [(each.channel, each.text) for each in letters] == [(Channel.SMS, None)]


async def test_five_wrong_codes_and_the_right_one_is_worthless() -> None:
    """Each says how many are left, in the field; another code is good again."""
    async with household() as home:
        await home.person()
        who = await home.enter()
        await home.verification.send_phone_code(who, phone=NUMBER)
        code = await home.code(NUMBER)
        errors = [await refusal(home.verification.confirm_phone(who, code=wrong(code))) for _ in range(5)]
        late = await refusal(home.verification.confirm_phone(who, code=code))
        home.clock.move(seconds=30)
        await home.verification.resend_phone_code(who)
        user = await home.verification.confirm_phone(who, code=await home.code(NUMBER))

    assert [error.evidence.get("left") for error in errors] == [4, 3, 2, 1, None]
    assert {error.evidence["parameter"] for error in (*errors, late)} == {"Code"}
    assert errors[4].message == late.message
    assert user.phone == NUMBER


async def test_code_lasts_ten_minutes() -> None:
    """To the second."""
    async with household() as home:
        await home.person()
        who = await home.enter()
        await home.verification.send_phone_code(who, phone=NUMBER)
        code = await home.code(NUMBER)
        home.clock.move(minutes=10)
        late = await refusal(home.verification.confirm_phone(who, code=code))
        home.clock.move(seconds=-1)
        await home.verification.confirm_phone(who, code=code)

    assert late.code == "invalid"


async def test_newer_code_ends_the_earlier_one() -> None:
    """Also to another number, which is the one that is confirmed; nobody else's code counts."""
    async with household() as home:
        await home.person()
        await home.person(BOB)
        who, other = await home.enter(), await home.enter(BOB)
        await home.verification.send_phone_code(who, phone=NUMBER)
        first = await home.code(NUMBER)
        home.clock.move(seconds=30)
        await home.verification.send_phone_code(who, phone=OTHER_NUMBER)
        second = await home.code(OTHER_NUMBER)
        if first != second:
            assert (await refusal(home.verification.confirm_phone(who, code=first))).code == "invalid"
        assert (await refusal(home.verification.confirm_phone(other, code=second))).code == "invalid"
        user = await home.verification.confirm_phone(who, code=second)

        assert (await home.letters(NUMBER))[0].text is None
    assert user.phone == OTHER_NUMBER


async def test_codes_are_sent_with_a_pause_and_so_many_an_hour() -> None:
    """They cost money: by person, and by number."""
    async with household() as home:
        await home.person()
        await home.person(BOB)
        who, other = await home.enter(), await home.enter(BOB)
        nothing = await refusal(home.verification.resend_phone_code(who))
        await home.verification.send_phone_code(who, phone=NUMBER)
        soon = await refusal(home.verification.resend_phone_code(who))
        for _ in range(4):
            home.clock.move(seconds=30)
            await home.verification.resend_phone_code(who)
        home.clock.move(seconds=30)
        often = await refusal(home.verification.send_phone_code(who, phone=OTHER_NUMBER))
        same_number = await refusal(home.verification.send_phone_code(other, phone=NUMBER))
        await home.verification.send_phone_code(other, phone=OTHER_NUMBER)

    assert nothing.code == "not_found"
    assert soon.evidence["retry_after_seconds"] == 30
    assert "retry_after_seconds" in often.evidence
    assert "retry_after_seconds" in same_number.evidence


async def test_codes_and_links_show_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not in a repr, not in a log, not in the database's bytes: a digest of six digits would be no secret."""
    caplog.set_level(0)
    async with sqlite_file(tmp_path) as store, household(store) as home:
        await home.person()
        who = await home.enter()
        await home.verification.send_phone_code(who, phone=NUMBER)
        await home.verification.send_email_link(who)
        code, secret = await home.code(NUMBER), await home.link(ADA)
        async with store.reading() as tx:
            shown = f"{await tx.codes.all()!r} {await tx.outbox.all()!r} {caplog.text}"
    kept = bytes_in(tmp_path)

    assert NUMBER.encode() in kept
    for text in (f"{code} is your", secret):
        assert text not in shown
        assert text.encode() not in kept
