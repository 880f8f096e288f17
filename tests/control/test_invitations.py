"""Invitations: into which account, as what, by whom, and that nobody else can accept them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gettone.control.accounts import Accounts
from gettone.control.invitations import Invitations
from gettone.control.limits import Limits
from gettone.control.link_desk import Errand
from gettone.control.sign_up import SignUpMode
from gettone.control.signed_in import NewSession
from gettone.model.outbox import Channel
from gettone.model.pages import PageRequest
from gettone.model.users import Role
from tests.control.households import ADA, BOB, ENGINES, PASSWORD, Household, household, kept_in
from tests.control.offices import ACCOUNT_SID, OTHER_SID, add_account, holder, member
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio


async def accept(home: Household, secret: str, **changes: object) -> NewSession:
    """Fill in the form."""
    form: dict[str, object] = {"name": "Bob", "password": PASSWORD, "accepts_terms": True}
    return await home.invitations.accept(secret, **form | changes)  # type: ignore[arg-type]


async def test_invited_person_joins_with_the_role() -> None:
    """As a new user, who is signed in; nothing is good twice."""
    async with household(mode=SignUpMode.INVITATION) as home:
        await home.person()
        link = await home.invitations.create(member(Role.OWNER), email=" Bob@Example.com", role=Role.DEVELOPER)
        secret = await home.link(BOB)
        text, offer = await home.text(BOB), await home.desk.look(secret)
        made = await accept(home, secret, locale="ja", zone="Asia/Tokyo")
        who = await home.found(made.secret)
        again = [await refusal(accept(home, secret)), await refusal(home.desk.look(secret))]

        assert (await home.letters(BOB))[-1].text is None
        assert (await home.invitations.list(holder(), page=PageRequest())).items == ()
    assert (link.email, link.role) == (BOB, Role.DEVELOPER)
    assert (offer.errand, offer.email, offer.account_name, offer.role, offer.is_known) == (
        Errand.INVITE,
        BOB,
        "Test",
        Role.DEVELOPER,
        False,
    )
    assert ADA in text
    assert (who.principal.account_sid, who.principal.role) == (ACCOUNT_SID, Role.DEVELOPER)
    assert (who.user.name, who.user.locale, who.user.terms_accepted_at) == ("Bob", "ja", home.clock.now)
    assert {error.code for error in again} == {"not_found"}


@pytest.mark.parametrize("carried", [(), (Channel.EMAIL,)])
async def test_only_a_letter_that_travelled_confirms_an_address(carried: tuple[Channel, ...]) -> None:
    """An owner who reads it here could be anybody."""
    async with household(mode=SignUpMode.INVITATION, carried=carried) as home:
        await home.invitations.create(holder(), email=BOB, role=Role.VIEWER)
        user = (await home.found((await accept(home, await home.link(BOB))).secret)).user

    assert (user.email_verified_at is not None) == bool(carried)


async def test_known_person_accepts_signed_in() -> None:
    """Keeps name and password, and goes on in that account; in any mode."""
    async with household(mode=SignUpMode.CLOSED) as home:
        await add_account(home.office, OTHER_SID)
        await home.person()
        await home.person(BOB, account_sid=OTHER_SID)
        made = await home.sign_in(BOB)
        who = await home.found(made.secret)
        await home.invitations.create(holder(), email=BOB, role=Role.VIEWER)
        secret = await home.link(BOB)
        offer = await home.desk.look(secret)
        other = await refusal(home.invitations.accept_as(await home.enter(), secret=secret))
        form = await refusal(accept(home, secret))
        await home.invitations.accept_as(who, secret=secret)
        there = await home.found(made.secret)

    assert offer.is_known
    assert (other.code, form.code) == ("denied", "not_found")
    assert (there.principal.account_sid, there.principal.role) == (ACCOUNT_SID, Role.VIEWER)


async def test_closed_door_is_told_when_inviting() -> None:
    """With what the operator can set."""
    async with household(mode=SignUpMode.CLOSED) as home:
        error = await refusal(home.invitations.create(holder(), email=BOB, role=Role.VIEWER))

    assert (error.code, error.evidence["parameter"]) == ("invalid", "Email")
    assert "GETTONE_SIGN_UP=invitation" in error.message


async def test_members_are_not_invited_and_earlier_invitations_end() -> None:
    """The newest role counts; what is taken back is worthless."""
    async with household() as home:
        await home.person()
        conflict = await refusal(home.invitations.create(holder(), email=ADA, role=Role.VIEWER))
        await home.invitations.create(holder(), email=BOB, role=Role.OWNER)
        first = await home.link(BOB)
        await home.invitations.create(holder(), email=BOB, role=Role.VIEWER)
        second = await home.link(BOB)
        listed = (await home.invitations.list(holder(), page=PageRequest())).items
        ended = await refusal(accept(home, first))
        await home.invitations.revoke(holder(), email="Bob@example.com")
        taken_back = await refusal(accept(home, second))
        nothing = await refusal(home.invitations.revoke(holder(), email=BOB))

        assert {each.text for each in await home.letters(BOB)} == {None}
    assert conflict.code == "conflict"
    assert [(each.email, each.role) for each in listed] == [(BOB, Role.VIEWER)]
    assert {each.code for each in (ended, taken_back, nothing)} == {"not_found"}


async def test_only_owners_invite_and_only_into_their_account() -> None:
    """Others neither list nor revoke across accounts."""
    async with household() as home:
        await add_account(home.office, OTHER_SID)
        await home.invitations.create(holder(), email=BOB, role=Role.VIEWER)
        denied = [
            await refusal(home.invitations.create(member(role), email=ADA, role=Role.VIEWER))
            for role in (Role.DEVELOPER, Role.VIEWER)
        ]
        elsewhere = await home.invitations.list(holder(OTHER_SID), page=PageRequest())
        refused = await refusal(home.invitations.revoke(holder(OTHER_SID), email=BOB))

    assert {error.code for error in denied} == {"denied"}
    assert (elsewhere.items, refused.code) == ((), "not_found")


async def test_invitation_lasts_seven_days() -> None:
    """And ends with its account."""
    async with household() as home:
        await home.invitations.create(holder(), email=BOB, role=Role.VIEWER)
        secret = await home.link(BOB)
        home.clock.move(hours=7 * 24)
        late = await refusal(accept(home, secret))
        below = await Accounts(home.office).create(holder())
        await home.invitations.create(holder(below.sid), email=BOB, role=Role.VIEWER)
        gone = await home.link(BOB)
        await Accounts(home.office).delete(holder(), sid=below.sid)

        assert (await refusal(accept(home, gone))).code == late.code == "not_found"


async def test_mistake_in_the_form_uses_nothing_up() -> None:
    """Each names its field."""
    async with household() as home:
        await home.invitations.create(holder(), email=BOB, role=Role.VIEWER)
        secret = await home.link(BOB)
        errors = [
            await refusal(accept(home, secret, **changes))
            for changes in ({"name": ""}, {"password": "short"}, {"accepts_terms": False}, {"zone": "Mars"})
        ]
        await accept(home, secret)

    assert [error.evidence["parameter"] for error in errors] == ["Name", "Password", "Terms", "Zone"]


@ENGINES
async def test_accepted_twice_at_once_makes_one_member(engine: str, tmp_path: Path) -> None:
    """Whoever comes second is refused."""
    async with kept_in(engine, tmp_path) as store, household(store) as home:
        await home.invitations.create(holder(), email=BOB, role=Role.VIEWER)
        secret = await home.link(BOB)
        done = await asyncio.gather(*(accept(home, secret) for _ in range(3)), return_exceptions=True)
        async with home.office.store.reading() as tx:
            counts = (await tx.users.count(), await tx.memberships.count())

    assert sum(isinstance(each, Exception) for each in done) == 2
    assert counts == (1, 1)


async def test_invited_people_count_as_members() -> None:
    """An account has no more than it may."""
    async with household() as home:
        office = replace(home.office, limits=replace(Limits(), members_per_account=2))
        few = Invitations(office, home.passwords, home.post, home.sessions, home.brakes, SignUpMode.OPEN)
        await home.person()
        await few.create(holder(), email=BOB, role=Role.VIEWER)
        await few.create(holder(), email=BOB, role=Role.DEVELOPER)
        error = await refusal(few.create(holder(), email="eve@example.com", role=Role.VIEWER))

    assert error.code == "invalid"
