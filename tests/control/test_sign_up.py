"""Signing up: what it makes, when, and that it tells nobody who is here already."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gettone.control.audit import Audit
from gettone.control.link_desk import Errand
from gettone.control.sign_up import SignUpMode
from gettone.model.pages import PageRequest
from gettone.model.users import Role
from tests.control.households import ADA, BOB, ENGINES, OTHER_PASSWORD, PASSWORD, Household, household, kept_in
from tests.control.offices import ACCOUNT_SID, holder
from tests.control.refusals import refusal
from tests.control.test_links import bytes_in
from tests.stores import sqlite_file

pytestmark = pytest.mark.anyio


async def sign_up(home: Household, email: str = ADA, password: str = PASSWORD, **changes: object) -> None:
    """Fill in the form."""
    form: dict[str, object] = {"name": "Ada", "accepts_terms": True, "locale": "ja", "zone": "Asia/Tokyo"}
    await home.sign_up.sign_up(email=email, password=password, **form | changes)  # type: ignore[arg-type]


async def test_link_makes_a_user_and_an_account_of_its_own() -> None:
    """Before it there is neither; after it one is signed in, as the owner, with a confirmed address."""
    async with household() as home:
        await sign_up(home, " Ada@Example.com ")
        async with home.office.store.reading() as tx:
            assert (await tx.users.count(), await tx.accounts.count()) == (0, 1)
        secret = await home.link(ADA)
        offer = await home.desk.look(secret)
        made = await home.sign_up.join(secret, address="192.0.2.7", user_agent="curl/8")
        who = await home.found(made.secret)
        told = (await Audit(home.office).list(who.principal, page=PageRequest())).items
        segments = await published(home)

    assert (offer.errand, offer.email, offer.is_known) == (Errand.JOIN, ADA, False)
    assert (who.user.email, who.user.locale, who.user.zone) == (ADA, "ja", "Asia/Tokyo")
    assert who.user.email_verified_at == who.user.terms_accepted_at == home.clock.now
    assert who.principal.role is Role.OWNER
    assert who.principal.account_sid != ACCOUNT_SID
    assert [(entry.action, entry.address) for entry in told] == [
        ("session.create", "192.0.2.7"),
        ("account.create", "192.0.2.7"),
    ]
    assert who.principal.account_sid in segments


async def published(home: Household) -> set[str]:
    """Whose segments are published."""
    async with home.office.store.reading() as tx:
        return set(await tx.snapshots.current_segments())


async def test_link_is_good_once_and_for_a_day() -> None:
    """What is over is not found, whatever was wrong with it."""
    async with household() as home:
        await sign_up(home)
        await sign_up(home, BOB)
        adas, bobs = await home.link(ADA), await home.link(BOB)
        await home.sign_up.join(adas)
        errors = [await refusal(home.sign_up.join(each)) for each in (adas, "x", "\ud800")]
        home.clock.move(hours=24)
        errors.append(await refusal(home.sign_up.join(bobs)))
        errors.append(await refusal(home.desk.look(bobs)))

    assert {(error.code, error.message) for error in errors} == {("not_found", errors[0].message)}


@ENGINES
async def test_link_used_twice_at_once_makes_one_account(engine: str, tmp_path: Path) -> None:
    """Whoever comes second is refused."""
    async with kept_in(engine, tmp_path) as store, household(store) as home:
        await sign_up(home)
        secret = await home.link(ADA)
        done = await asyncio.gather(*(home.sign_up.join(secret) for _ in range(3)), return_exceptions=True)
        async with home.office.store.reading() as tx:
            accounts = await tx.accounts.count()

    assert sum(isinstance(each, Exception) for each in done) == 2
    assert accounts == 2


async def test_known_address_is_told_by_letter_alone() -> None:
    """The page says the same, after as many hashes; the password that was typed is not taken."""
    async with household() as home:
        await home.person()
        before = home.passwords.hashed
        await sign_up(home, BOB)
        unknown = home.passwords.hashed - before
        await sign_up(home, ADA, OTHER_PASSWORD)
        known = home.passwords.hashed - before - unknown
        text = await home.text(ADA)
        async with home.office.store.reading() as tx:
            waiting = [each.email for each in await tx.registrations.all()]
        await home.sign_in(ADA, PASSWORD)

    assert (known, unknown) == (1, 1)
    assert "/sign-in" in text
    assert "/link#" not in text
    assert waiting == [BOB]


async def test_signing_up_again_ends_the_earlier_link() -> None:
    """And empties its letter; the newest password counts."""
    async with household() as home:
        await sign_up(home)
        first = await home.link(ADA)
        await sign_up(home, password=OTHER_PASSWORD)
        assert (await home.letters(ADA))[0].text is None
        assert (await refusal(home.sign_up.join(first))).code == "not_found"
        await home.sign_up.join(await home.link(ADA))

        await home.sign_in(ADA, OTHER_PASSWORD)


async def test_link_is_worthless_once_the_address_has_a_user() -> None:
    """Made a member meanwhile, say: nobody takes that over."""
    async with household() as home:
        await sign_up(home)
        secret = await home.link(ADA)
        await home.users.create(holder(), email=ADA, name="", role=Role.VIEWER)

        assert (await refusal(home.sign_up.join(secret))).code == "not_found"


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"name": " "}, "Name"),
        ({"name": "x" * 256}, "Name"),
        ({"name": "a\nb"}, "Name"),
        ({"email": "ada"}, "Email"),
        ({"password": "short"}, "Password"),
        ({"accepts_terms": False}, "Terms"),
        ({"locale": "de"}, "Locale"),
        ({"zone": "Mars"}, "Zone"),
    ],
)
async def test_mistake_in_the_form_names_its_field(changes: dict[str, object], parameter: str) -> None:
    """And counts against nobody."""
    async with household() as home:
        for _ in range(30):
            error = await refusal(sign_up(home, **{"email": ADA, "password": PASSWORD} | changes))  # type: ignore[arg-type]
        await sign_up(home)

    assert (error.code, error.evidence["parameter"]) == ("invalid", parameter)


@pytest.mark.parametrize("mode", [SignUpMode.CLOSED, SignUpMode.INVITATION])
async def test_door_that_is_not_open_lets_nobody_in(mode: SignUpMode) -> None:
    """Nor whoever has a link from when it was."""
    async with household() as home:
        await sign_up(home)
        secret = await home.link(ADA)
        home.sign_up.mode = mode
        error = await refusal(sign_up(home, BOB))

        assert (await refusal(home.sign_up.join(secret))).code == "not_found"
    assert error.code == "denied"


async def test_letters_to_one_address_and_from_one_caller_are_bounded() -> None:
    """Known or not: the count tells nothing."""
    async with household() as home:
        await home.person()
        for email in (ADA, BOB):
            for _ in range(5):
                await sign_up(home, email)
            assert "retry_after_seconds" in (await refusal(sign_up(home, email))).evidence
        for n in range(10):
            await sign_up(home, f"person{n}@example.com")
        error = await refusal(sign_up(home, "last@example.com"))

    assert "retry_after_seconds" in error.evidence


async def test_nothing_that_was_typed_stands_in_the_letter() -> None:
    """Otherwise anybody could write anything to anybody."""
    async with household() as home:
        await sign_up(home, name="Buy at https://evil.example")
        text, message = await home.text(ADA), (await home.letters(ADA))[-1]

    assert "evil" not in text + message.subject


async def test_secrets_show_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not in a log, not in the database's bytes: the letter is sealed."""
    caplog.set_level(0)
    async with sqlite_file(tmp_path) as store, household(store) as home:
        await sign_up(home)
        secret = await home.link(ADA)
        shown = repr(await home.letters()) + caplog.text
    kept = bytes_in(tmp_path)

    for text in (secret, PASSWORD):
        assert text not in shown
        assert text.encode() not in kept
