"""Signing in: who gets in, for how long, into which account, and what others learn from it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gettone.control.accounts import Accounts
from gettone.control.audit import Audit
from gettone.control.opaque import digest_of
from gettone.control.sessions import SESSIONS_MAX
from gettone.model.accounts import AccountStatus
from gettone.model.pages import PageRequest
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.users import Role
from tests.control.households import ADA, BOB, BROWSER, ENGINES, OTHER_PASSWORD, PASSWORD, household, kept_in
from tests.control.offices import ACCOUNT_SID, OTHER_SID, add_account, holder
from tests.control.refusals import refusal
from tests.control.test_links import bytes_in
from tests.stores import sqlite_file

pytestmark = pytest.mark.anyio

WRONG = "this e-mail address and this password do not belong together: try again"


async def test_session_stands_for_a_person_in_an_account() -> None:
    """With the role there, and where it came from."""
    async with household() as home:
        await home.person(role=Role.DEVELOPER)
        made = await home.sessions.sign_in(
            email=" Ada@Example.com ", password=PASSWORD, address="192.0.2.7", user_agent=BROWSER
        )
        who = await home.sessions.find(made.secret, "192.0.2.8")

    assert who is not None
    assert not made.needs_code
    assert who.principal == Principal(PrincipalKind.USER, ACCOUNT_SID, ADA, role=Role.DEVELOPER, address="192.0.2.8")
    assert (who.session.address, who.session.user_agent, who.user.email) == ("192.0.2.7", BROWSER, ADA)


async def test_each_sign_in_has_a_secret_of_its_own() -> None:
    """Of 256 bits: what was in a browser before is never gone on with."""
    async with household() as home:
        await home.person()
        secrets = {(await home.sign_in()).secret for _ in range(3)}

    assert len(secrets) == 3
    assert {len(secret) for secret in secrets} == {43}


async def test_whoever_is_not_let_in_hears_the_same() -> None:
    """A wrong password, an unknown address, one without a password, what is no address: one sentence, one hash."""
    async with household() as home:
        await home.person()
        await home.users.create(holder(), email=BOB, name="", role=Role.VIEWER)
        errors, hashes = [], []
        for email, password in ((ADA, "wrong"), ("eve@example.com", PASSWORD), (BOB, PASSWORD), ("\x00\ud800", "")):
            before = home.passwords.hashed
            errors.append(await refusal(home.sign_in(email, password)))
            hashes.append(home.passwords.hashed - before)

    assert {(error.code, error.message) for error in errors} == {("denied", WRONG)}
    assert hashes == [1, 1, 1, 1]


async def test_sign_in_is_slowed_down_by_address_known_or_not() -> None:
    """Without hashing; in time it goes on, and a success forgets the failures."""
    async with household() as home:
        await home.person()
        for email in (ADA, "eve@example.com"):
            for _ in range(5):
                await refusal(home.sign_in(email, "wrong password"))
            before = home.passwords.hashed
            error = await refusal(home.sign_in(email, PASSWORD))
            assert error.evidence["retry_after_seconds"] == 1
            assert home.passwords.hashed == before
        home.clock.move(seconds=1)
        await home.sign_in()

        assert (await refusal(home.sign_in(ADA, "wrong password"))).message == WRONG


async def test_sign_in_is_slowed_down_by_caller() -> None:
    """Who tries one password at many addresses; a success of its own does not clear that."""
    async with household() as home:
        await home.person()
        for n in range(19):
            await refusal(home.sign_in(f"person{n}@example.com", "password"))
        await home.sign_in()
        await refusal(home.sign_in("last@example.com", "password"))

        assert "retry_after_seconds" in (await refusal(home.sign_in())).evidence
        await home.sessions.sign_in(email=ADA, password=PASSWORD, address="192.0.2.99")


async def test_many_tries_at_once_count_before_they_are_answered() -> None:
    """So nobody gets around the pause."""
    async with household() as home:
        await home.person()
        tried = await asyncio.gather(*(home.sign_in(ADA, f"wrong {n}") for n in range(20)), return_exceptions=True)

    assert sum(str(each) == WRONG for each in tried) == 5


async def test_session_ends_when_it_is_idle_or_old() -> None:
    """A day without use, a week in all; what was seen counts before it is written down, and after."""
    async with household() as home:
        await home.person()
        idle, used = await home.sign_in(), await home.sign_in()
        home.clock.move(hours=23)
        await home.found(used.secret)
        home.clock.move(hours=1)
        assert await home.sessions.find(idle.secret) is None
        await home.sessions.flush()
        home.clock.move(hours=22.9)
        for _ in range(5):
            await home.found(used.secret)
            await home.sessions.flush()
            home.clock.move(hours=23.9)
        await home.found(used.secret)
        home.clock.now = used.session.expires_at
        ended = await home.sessions.find(used.secret)
        home.clock.move(seconds=-1)

        assert ended is None
        assert await home.sessions.list(await home.found(used.secret))


async def test_flush_that_fails_is_made_up_for() -> None:
    """And writing nothing when nobody was seen."""
    async with household() as home:
        await home.person()
        made = await home.sign_in()
        home.clock.move(hours=1)
        await home.found(made.secret)
        await home.sessions.flush()
        async with home.office.store.reading() as tx:
            kept = await tx.sessions.find(id=made.session.id)
        await home.sessions.flush()

    assert kept is not None
    assert kept.seen_at == home.clock.now


@pytest.mark.parametrize("secret", ["", "x", "\x00", "\ud800", "x" * 100_000])
async def test_what_is_no_session_is_nobodys(secret: str) -> None:
    """Whatever a cookie brings; and the digest, which is what is kept, opens nothing."""
    async with household() as home:
        await home.person()
        made = await home.sign_in()

        assert await home.sessions.find(secret) is None
        assert await home.sessions.find(made.session.secret_digest) is None
        await home.sessions.sign_out(secret)


async def test_sessions_are_listed_and_revoked() -> None:
    """One's own, newest first; somebody else's is not found."""
    async with household() as home:
        await home.person()
        await home.person(BOB)
        secrets = [(await home.sign_in()).secret for _ in range(3)]
        others = await home.enter(BOB)
        who = await home.found(secrets[0])
        listed = await home.sessions.list(who)
        await home.sessions.revoke(who, id=listed[0].id)
        refused = await refusal(home.sessions.revoke(who, id=others.session.id))
        left = [await home.sessions.find(each) is not None for each in secrets]
        gone = await home.sessions.revoke_others(who)
        await home.sessions.sign_out(secrets[0])

        assert [each.secret_digest for each in listed] == [digest_of(each) for each in reversed(secrets)]
        assert (refused.code, left, gone) == ("not_found", [True, True, False], 1)
        assert await home.sessions.find(secrets[0]) is None
        assert await home.sessions.find(secrets[1]) is None
        assert await home.sessions.list(others)


async def test_a_person_has_a_bounded_number_of_sessions() -> None:
    """The one that was made first goes."""
    async with household() as home:
        await home.person()
        made = [await home.sign_in() for _ in range(SESSIONS_MAX + 1)]
        who = await home.found(made[-1].secret)

        assert len(await home.sessions.list(who)) == SESSIONS_MAX
        assert await home.sessions.find(made[0].secret) is None


async def test_sign_in_is_in_the_audit_log() -> None:
    """With the address, and never with the secret."""
    async with household() as home:
        user = await home.person()
        made = await home.sign_in()
        told = (await Audit(home.office).list(holder(), page=PageRequest())).items

    assert (told[0].actor, told[0].action, told[0].target, told[0].address) == (
        f"user {ADA}",
        "session.create",
        user.id,
        "192.0.2.7",
    )
    assert made.secret not in repr(told)


async def test_accounts_are_those_one_belongs_to_and_what_is_below() -> None:
    """With the role there; switching goes on under the same secret."""
    async with household() as home:
        await home.person()
        await add_account(home.office, OTHER_SID)
        await home.person(BOB, account_sid=OTHER_SID)
        below = await Accounts(home.office).create(holder(), friendly_name="Below")
        await home.users.create(holder(OTHER_SID), email=ADA, name="", role=Role.VIEWER)
        made = await home.sign_in()
        who = await home.found(made.secret)
        choices = await home.sessions.accounts(who)
        roles = []
        for choice in choices:
            await home.sessions.switch(who, account_sid=choice.account.sid)
            there = await home.found(made.secret)
            roles.append((there.principal.account_sid, there.principal.role))

    assert [(each.account.sid, each.role, each.is_current) for each in choices] == [
        (ACCOUNT_SID, Role.OWNER, True),
        (below.sid, Role.OWNER, False),
        (OTHER_SID, Role.VIEWER, False),
    ]
    assert roles == [(each.account.sid, each.role) for each in choices]


async def test_nobody_switches_into_an_account_of_others() -> None:
    """Nor into what does not exist: the same words."""
    async with household() as home:
        await home.person()
        await add_account(home.office, OTHER_SID)
        who = await home.enter()
        errors = [await refusal(home.sessions.switch(who, account_sid=sid)) for sid in (OTHER_SID, "AC", "\x00")]

    assert {error.code for error in errors} == {"not_found"}


async def test_a_role_that_changes_counts_at_once_and_so_does_its_end() -> None:
    """A session is no more than its membership; elsewhere it goes on."""
    async with household() as home:
        ada = await home.person()
        bob = await home.person(BOB, role=Role.DEVELOPER)
        made = await home.sign_in(BOB)
        await home.users.set_role(holder(), user_id=bob.id, role=Role.VIEWER)
        assert (await home.found(made.secret)).principal.role is Role.VIEWER
        await home.users.remove(holder(), user_id=bob.id)
        assert await home.sessions.find(made.secret) is None
        nowhere = await refusal(home.sign_in(BOB))

        await add_account(home.office, OTHER_SID)
        await home.users.create(holder(OTHER_SID), email=BOB, name="", role=Role.OWNER)
        assert (await home.found(made.secret)).principal.account_sid == OTHER_SID
    assert nowhere.code == "denied"
    assert "no account that you can enter" in nowhere.message
    assert ada.id != bob.id


@pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.CLOSED])
async def test_account_that_is_not_active_is_not_entered(status: AccountStatus) -> None:
    """A subaccount of its own, by its owner; a session in it goes on in another account, where there is one."""
    async with household() as home:
        await home.person()
        accounts = Accounts(home.office)
        below = await accounts.create(holder())
        await home.users.create(holder(below.sid), email=BOB, name="", role=Role.OWNER, password=PASSWORD)
        made, only = await home.sign_in(), await home.sign_in(BOB)
        who = await home.found(made.secret)
        await home.sessions.switch(who, account_sid=below.sid)
        await accounts.update(holder(), sid=below.sid, status=status)

        assert (await home.found(made.secret)).principal.account_sid == ACCOUNT_SID
        assert await home.sessions.find(only.secret) is None
        assert (await refusal(home.sessions.switch(who, account_sid=below.sid))).code == "not_found"
        assert [each.account.sid for each in await home.sessions.accounts(who)] == [ACCOUNT_SID]


async def test_the_higher_of_two_roles_counts_in_a_subaccount() -> None:
    """Its own membership, and the one in the account above it."""
    async with household() as home:
        below = await Accounts(home.office).create(holder())
        await home.person(role=Role.VIEWER)
        await home.users.create(holder(below.sid), email=ADA, name="", role=Role.DEVELOPER)
        choices = await home.sessions.accounts(await home.enter())

    assert [(each.account.sid, each.role) for each in choices] == [
        (ACCOUNT_SID, Role.VIEWER),
        (below.sid, Role.DEVELOPER),
    ]


async def test_password_that_changes_during_sign_in_lets_nobody_in() -> None:
    """The old one was right when it was compared, and is not any more."""
    async with household() as home:
        user = await home.person()
        link = await home.links.make_owner_link(ACCOUNT_SID)
        compare = home.passwords.verify

        async def slowly(hashed: str | None, password: str) -> bool:
            held = await compare(hashed, password)
            await home.links.use(link.secret, password=OTHER_PASSWORD)
            return held

        home.passwords.verify = slowly  # type: ignore[method-assign]
        error = await refusal(home.sign_in())
        async with home.office.store.reading() as tx:
            sessions = await tx.sessions.count(user_id=user.id)

    assert (error.code, sessions) == ("denied", 0)


async def test_secrets_show_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not in a repr, not in a log, not in the database's bytes."""
    caplog.set_level(0)
    async with sqlite_file(tmp_path) as store, household(store) as home:
        await home.person()
        made = await home.sign_in()
        who = await home.found(made.secret)
        await refusal(home.sign_in(ADA, "a wrong password"))
        shown = f"{made!r} {who!r} {caplog.text}"
    kept = bytes_in(tmp_path)

    assert ADA.encode() in kept
    for secret in (made.secret, PASSWORD, "a wrong password"):
        assert secret not in shown
        assert secret.encode() not in kept


@ENGINES
async def test_sign_ins_at_once_keep_to_the_bound(engine: str, tmp_path: Path) -> None:
    """On both databases."""
    async with kept_in(engine, tmp_path) as store, household(store) as home:
        user = await home.person()
        made = await asyncio.gather(*(home.sessions.open_for(user) for _ in range(SESSIONS_MAX + 5)))
        live = [await home.sessions.find(each.secret) is not None for each in made]

    assert sum(live) == SESSIONS_MAX
