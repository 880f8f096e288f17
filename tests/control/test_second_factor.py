"""The second factor: what it asks of whom, that no code is taken twice, and the way out for who has lost the app."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pyotp import TOTP

from gettone.control.second_factor import Enrolment
from gettone.control.signed_in import SignedIn
from tests.control.households import ADA, ENGINES, PASSWORD, Household, household, kept_in
from tests.control.refusals import refusal
from tests.control.test_links import bytes_in
from tests.stores import sqlite_file

pytestmark = pytest.mark.anyio


def code_of(home: Household, enrolment: Enrolment) -> str:
    """What the app shows now."""
    return TOTP(enrolment.secret).at(home.clock.now)


async def switch_on(home: Household) -> tuple[SignedIn, Enrolment, tuple[str, ...]]:
    """Ada, with a second factor, half a minute later."""
    await home.person()
    who = await home.enter()
    enrolment = await home.factor.enrol(who, password=PASSWORD)
    codes = await home.factor.confirm(who, code=code_of(home, enrolment))
    home.clock.move(seconds=30)
    return who, enrolment, codes


async def test_session_opens_nothing_before_the_code() -> None:
    """Then it goes on under another secret; the half one is worthless."""
    async with household() as home:
        _, enrolment, _ = await switch_on(home)
        half = await home.sign_in()
        before = (await home.sessions.find(half.secret), await home.sessions.waits_for_code(half.secret))
        made = await home.sessions.confirm_code(half.secret, code=code_of(home, enrolment), address="192.0.2.7")
        who = await home.found(made.secret)

        assert half.needs_code
        assert before == (None, True)
        assert (made.needs_code, who.session.strong, who.user.email) == (False, True, ADA)
        assert made.secret != half.secret
        assert await home.sessions.find(half.secret) is None
        assert not await home.sessions.waits_for_code(half.secret)
        assert not await home.sessions.waits_for_code(made.secret)


@ENGINES
async def test_code_is_taken_once(engine: str, tmp_path: Path) -> None:
    """Also within its half minute, at two browsers, and at once."""
    async with kept_in(engine, tmp_path) as store, household(store) as home:
        _, enrolment, _ = await switch_on(home)
        halves = [await home.sign_in() for _ in range(3)]
        code = code_of(home, enrolment)
        done = await asyncio.gather(
            *(home.sessions.confirm_code(half.secret, code=code) for half in halves), return_exceptions=True
        )

    assert sum(isinstance(each, Exception) for each in done) == 2


async def test_code_of_the_enrolment_does_not_sign_in() -> None:
    """It was taken already."""
    async with household() as home:
        await home.person()
        who = await home.enter()
        enrolment = await home.factor.enrol(who, password=PASSWORD)
        code = code_of(home, enrolment)
        await home.factor.confirm(who, code=code)
        half = await home.sign_in()
        error = await refusal(home.sessions.confirm_code(half.secret, code=code))

    assert (error.code, error.evidence["parameter"]) == ("invalid", "Code")


async def test_wrong_codes_are_slowed_down_for_the_person() -> None:
    """Over all sessions, so that signing in anew gives no new tries."""
    async with household() as home:
        _, enrolment, _ = await switch_on(home)
        for _ in range(5):
            half = await home.sign_in()
            await refusal(home.sessions.confirm_code(half.secret, code="000000"))
        error = await refusal(home.sessions.confirm_code(half.secret, code=code_of(home, enrolment)))
        home.clock.move(seconds=1)
        await home.sessions.confirm_code(half.secret, code=code_of(home, enrolment))

    assert error.evidence["retry_after_seconds"] == 1


async def test_session_waits_ten_minutes_for_the_code() -> None:
    """Then one begins again."""
    async with household() as home:
        _, enrolment, _ = await switch_on(home)
        half = await home.sign_in()
        home.clock.move(minutes=10)
        late = await refusal(home.sessions.confirm_code(half.secret, code=code_of(home, enrolment)))
        nothing = await refusal(home.sessions.confirm_code("x", code="000000"))

    assert late.code == nothing.code == "not_found"
    assert late.message == nothing.message


async def test_recovery_code_stands_in_once() -> None:
    """However it is typed; the others are still good."""
    async with household() as home:
        _, _, codes = await switch_on(home)
        await home.sessions.confirm_code((await home.sign_in()).secret, code=codes[0].upper())
        again = await refusal(home.sessions.confirm_code((await home.sign_in()).secret, code=codes[0]))
        made = await home.sessions.confirm_code((await home.sign_in()).secret, code=codes[9].replace("-", " "))
        who = await home.found(made.secret)

    assert len(codes) == 10
    assert again.code == "invalid"
    assert len(who.user.recovery_digests) == 8


async def test_turning_it_on_ends_other_sessions() -> None:
    """They never showed a code; the one where it was done goes on."""
    async with household() as home:
        await home.person()
        other = await home.sign_in()
        made = await home.sign_in()
        who = await home.found(made.secret)
        enrolment = await home.factor.enrol(who, password=PASSWORD)
        assert await home.sessions.find(other.secret) is not None
        await home.factor.confirm(who, code=code_of(home, enrolment))

        assert await home.sessions.find(other.secret) is None
        assert (await home.found(made.secret)).session.strong


async def test_it_needs_the_password_to_begin_and_a_code_to_end() -> None:
    """Whoever finds an open browser can do neither."""
    async with household() as home:
        await home.person()
        who = await home.enter()
        wrong = await refusal(home.factor.enrol(who, password="a wrong password"))
        nothing = await refusal(home.factor.confirm(who, code="000000"))
        enrolment = await home.factor.enrol(who, password=PASSWORD)
        refused = await refusal(home.factor.confirm(who, code="000000"))
        assert not (await home.sign_in()).needs_code
        await home.factor.confirm(who, code=code_of(home, enrolment))
        twice = await refusal(home.factor.enrol(who, password=PASSWORD))
        kept_on = await refusal(home.factor.disable(who, code="000000"))
        home.clock.move(seconds=30)
        user = await home.factor.disable(who, code=code_of(home, enrolment))
        made = await home.sign_in()

    assert (wrong.code, wrong.evidence["parameter"]) == ("invalid", "Password")
    assert (nothing.code, refused.code, twice.code, kept_on.code) == ("conflict", "invalid", "conflict", "invalid")
    assert (user.totp, user.totp_confirmed_at, user.recovery_digests) == (None, None, ())
    assert not made.needs_code


async def test_new_recovery_codes_end_the_earlier_ones() -> None:
    """And want a code."""
    async with household() as home:
        who, enrolment, first = await switch_on(home)
        refused = await refusal(home.factor.new_recovery_codes(who, code="000000"))
        second = await home.factor.new_recovery_codes(who, code=code_of(home, enrolment))
        old = await refusal(home.sessions.confirm_code((await home.sign_in()).secret, code=first[0]))
        await home.sessions.confirm_code((await home.sign_in()).secret, code=second[0])

    assert (refused.code, old.code) == ("invalid", "invalid")
    assert not set(first) & set(second)


async def test_password_that_is_reset_leaves_the_second_factor() -> None:
    """Whoever can read the mail still needs the app."""
    async with household() as home:
        await switch_on(home)
        await home.reset.request(email=ADA)
        await home.reset.close()
        await home.links.use(await home.link(ADA), password="another good password")
        made = await home.sign_in(password="another good password")

    assert made.needs_code


async def test_secrets_show_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not in a repr, not in a log, not in the database's bytes."""
    caplog.set_level(0)
    async with sqlite_file(tmp_path) as store, household(store) as home:
        who, enrolment, codes = await switch_on(home)
        made = await home.sessions.confirm_code((await home.sign_in()).secret, code=code_of(home, enrolment))
        shown = f"{who!r} {enrolment!r} {made!r} {caplog.text}"
    kept = bytes_in(tmp_path)

    for secret in (enrolment.secret, *codes):
        assert secret not in shown
        assert secret.encode() not in kept
