"""Letters out of the outbox: once if possible, never without end, and empty afterwards."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from gettone.control.delivery import TRIES_MAX, Delivery
from gettone.control.office import Office
from gettone.control.post import emptied
from gettone.control.senders import Parcel, SendingFailed
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel
from tests.control.households import ADA, BOB, Household, household
from tests.control.test_sign_up import sign_up

pytestmark = pytest.mark.anyio

BOTH = (Channel.EMAIL, Channel.SMS)


async def test_letter_is_sent_once_and_emptied() -> None:
    """What it said is in the database no more."""
    async with household(carried=BOTH) as home:
        await sign_up(home)
        before = (await home.letters())[0]
        secret = await home.link(ADA)
        sent = [await home.delivery.send_due() for _ in range(2)]
        after = (await home.letters())[0]

    assert sent == [1, 0]
    assert [parcel.recipient for parcel in home.carrier.carried] == [ADA]
    assert secret in home.carrier.carried[0].text
    assert before.sent_at is None
    assert (after.sent_at, after.text, after.due_at, after.failure) == (home.clock.now, None, None, None)


async def test_letter_that_is_not_taken_is_tried_again_more_and_more_rarely() -> None:
    """Until it is of no use; then it is emptied, and says why."""
    async with household(carried=BOTH) as home:
        await sign_up(home)
        home.carrier.refusals = [SendingFailed("the mail server refused it (450)") for _ in range(99)]
        pauses = []
        while (letter := (await home.letters())[0]).due_at is not None:
            pauses.append((letter.due_at - home.clock.now).total_seconds())
            home.clock.now = letter.due_at
            await home.delivery.send_due()

    assert pauses == [0, 15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert (letter.tries, letter.text, letter.sent_at) == (TRIES_MAX, None, None)
    assert letter.failure == "the mail server refused it (450)"


async def test_refusal_for_good_ends_it_at_once() -> None:
    """And keeps no other letter back; neither does what nobody foresaw."""
    async with household(carried=BOTH) as home:
        for email in (ADA, BOB, "eve@example.com"):
            await sign_up(home, email)
        home.carrier.refusals = [SendingFailed("no such user", is_final=True), ArithmeticError()]  # type: ignore[list-item]
        await home.delivery.send_due()
        letters = await home.letters()

    assert [each.failure for each in letters] == ["no such user", "it cannot be sent (ArithmeticError)", None]
    assert [each.text for each in letters] == [None, None, None]
    assert [parcel.recipient for parcel in home.carrier.carried] == ["eve@example.com"]


async def test_letter_that_is_over_is_not_sent() -> None:
    """Its link is worthless by then."""
    async with household(carried=BOTH) as home:
        await sign_up(home)
        home.clock.move(hours=24)
        await home.delivery.send_due()
        letter = (await home.letters())[0]

    assert home.carrier.carried == []
    assert (letter.text, letter.failure) == (None, "it came too late")


async def test_letter_that_is_withdrawn_meanwhile_stays_empty() -> None:
    """Even when it was just refused, and would be tried again."""
    async with household(carried=BOTH) as home:
        await sign_up(home)

        class Slow:
            async def send(self, parcel: Parcel) -> None:
                async with home.office.store.writing() as tx:
                    for each in await tx.outbox.all():
                        await tx.outbox.update(emptied(each))
                raise SendingFailed("later")

        await Delivery(home.office, home.post, dict.fromkeys(BOTH, Slow())).send_due()
        letter = (await home.letters())[0]

    assert (letter.text, letter.due_at) == (None, None)


async def test_letter_that_nobody_carries_any_more_waits_to_be_read() -> None:
    """The operator took the mail server away."""
    async with household(carried=BOTH) as home:
        await sign_up(home)
        await Delivery(home.office, home.post, {}).send_due()
        letter = (await home.letters())[0]

    assert letter.due_at is None
    assert home.post.read(letter) is not None


async def test_letters_go_as_soon_as_they_are_announced() -> None:
    """While the task runs, which outlives a database that is away."""
    async with household(carried=BOTH) as home:
        came = asyncio.Event()

        class Telling:
            async def send(self, parcel: Parcel) -> None:
                came.set()

        home.delivery = Delivery(away_first(home), home.post, dict.fromkeys(BOTH, Telling()))
        running = asyncio.create_task(home.delivery.run())
        await sign_up(home)
        async with asyncio.timeout(10):
            await came.wait()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def away_first(home: Household) -> Office:
    """The office, whose database is away when it is asked first."""
    store = home.office.store
    asked = []

    class Away:
        def reading(self) -> object:
            asked.append(1)
            if len(asked) == 1:
                raise PlatformError("unavailable", "the database is away")
            return store.reading()

        def writing(self) -> object:
            return store.writing()

    return replace(home.office, store=Away())  # type: ignore[arg-type]


async def test_task_sends_many_letters() -> None:
    """More than are tried at once."""
    async with household(carried=BOTH) as home:
        for n in range(20):
            await sign_up(home, f"person{n}@example.com", address=f"192.0.2.{n}")
        while await home.delivery.send_due():
            pass

    assert {parcel.recipient for parcel in home.carrier.carried} == {f"person{n}@example.com" for n in range(20)}
    assert len(home.carrier.carried) == 20
    assert timedelta(0) == home.clock.now - home.carrier.carried[0].created_at
