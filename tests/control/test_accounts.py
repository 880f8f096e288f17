"""Accounts: subaccounts, states, tokens, and that a deleted one leaves nothing."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.applications import Applications
from gettone.control.audit import Audit
from gettone.control.environments import Environments
from gettone.control.limits import Limits
from gettone.control.office import Office
from gettone.control.services import Services
from gettone.control.users import Users
from gettone.model.accounts import Account, AccountStatus
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.logs import Level, LogEntry, LogFilter
from gettone.model.pages import PageRequest
from gettone.model.principals import Principal
from gettone.model.sids import ACCOUNT, LOG, AccountSid
from gettone.model.users import Role
from tests.control.hashing import light
from tests.control.offices import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    OTHER_SID,
    STARTED_AT,
    Clock,
    add_account,
    holder,
    key,
    member,
    open_office,
)
from tests.control.refusals import refusal
from tests.stores import sqlite_file

pytestmark = pytest.mark.anyio

TABLES = (
    "memberships",
    "links",
    "api_keys",
    "applications",
    "services",
    "environments",
    "variables",
    "functions",
    "function_versions",
    "assets",
    "asset_versions",
    "builds",
    "deployments",
    "audit",
)


async def subaccount(office: Office, name: str = "Below") -> Account:
    """A subaccount of ACCOUNT_SID."""
    return await Accounts(office).create(holder(), friendly_name=name)


async def test_subaccount_has_a_token_of_its_own() -> None:
    """Twilio's form of SID, name and token; it is published."""
    async with open_office() as office:
        made = await Accounts(office).create(holder())
        token = await Accounts(office).auth_token(holder(), sid=made.sid)
        async with office.store.reading() as tx:
            published = await tx.snapshots.current_segments()

    assert ACCOUNT.matches(made.sid)
    assert (made.owner_account_sid, made.status, made.created_at) == (ACCOUNT_SID, AccountStatus.ACTIVE, STARTED_AT)
    assert made.friendly_name == "SubAccount Created at 2026-11-24 09:30"
    assert re.fullmatch("[0-9a-f]{32}", token)
    assert token != AUTH_TOKEN
    assert made.sid in published


async def test_subaccount_has_none_of_its_own() -> None:
    """As on Twilio."""
    async with open_office() as office:
        below = await subaccount(office)
        error = await refusal(Accounts(office).create(holder(below.sid)))

    assert error.code == "invalid"


async def test_subaccounts_are_bounded_also_when_made_at_once() -> None:
    """The account itself does not count."""
    async with open_office(limits=Limits(subaccounts_per_account=2)) as office:
        done = await asyncio.gather(*(subaccount(office) for _ in range(4)), return_exceptions=True)

    assert sum(isinstance(each, Account) for each in done) == 2


async def test_account_sees_itself_and_what_is_below() -> None:
    """A subaccount sees itself alone."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        accounts = Accounts(office)
        below = await subaccount(office)
        above_list = await accounts.list(holder(), page=PageRequest())
        below_list = await accounts.list(holder(below.sid), page=PageRequest())
        named = await accounts.list(holder(), page=PageRequest(), friendly_name="Below", status=AccountStatus.ACTIVE)
        closed = await accounts.list(holder(), page=PageRequest(), status=AccountStatus.CLOSED)

    assert [each.sid for each in above_list.items] == [below.sid, ACCOUNT_SID]
    assert [each.sid for each in below_list.items] == [below.sid]
    assert [each.sid for each in named.items] == [below.sid]
    assert closed.items == ()


async def test_another_account_is_not_there() -> None:
    """For no verb: neither a stranger's, nor the one above, nor one that never was."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        below = await subaccount(office)
        accounts = Accounts(office)
        for principal, sid in [
            (holder(), OTHER_SID),
            (holder(), "AC" + "0" * 32),
            (holder(), "\x00"),
            (holder(below.sid), ACCOUNT_SID),
        ]:
            for trying in (
                accounts.get(principal, sid=sid),
                accounts.update(principal, sid=sid, friendly_name="x"),
                accounts.delete(principal, sid=sid, confirmation=sid),
                accounts.auth_token(principal, sid=sid),
                accounts.create_secondary_token(principal, sid=sid),
                accounts.delete_secondary_token(principal, sid=sid),
                accounts.promote_secondary_token(principal, sid=sid),
                accounts.export(principal, sid=sid),
            ):
                error = await refusal(trying)
                assert error.code == "not_found"
                assert error.message == f"The requested resource /Accounts/{sid} was not found"


@pytest.mark.parametrize(
    "principal",
    [key(ApiKeyType.STANDARD), member(Role.DEVELOPER), member(Role.VIEWER), key(ApiKeyType.RESTRICTED, "deploy")],
)
async def test_others_change_no_account_and_read_no_token(principal: Principal) -> None:
    """Standard keys do not even look, as on Twilio."""
    async with open_office() as office:
        accounts = Accounts(office)
        for trying in (
            accounts.create(principal),
            accounts.update(principal, sid=ACCOUNT_SID, friendly_name="x"),
            accounts.delete(principal, sid=ACCOUNT_SID, confirmation=ACCOUNT_SID),
            accounts.auth_token(principal, sid=ACCOUNT_SID),
            accounts.create_secondary_token(principal, sid=ACCOUNT_SID),
            accounts.delete_secondary_token(principal, sid=ACCOUNT_SID),
            accounts.promote_secondary_token(principal, sid=ACCOUNT_SID),
            accounts.export(principal, sid=ACCOUNT_SID),
            *([accounts.get(principal, sid=ACCOUNT_SID)] if principal.key_type else []),
        ):
            assert (await refusal(trying)).code == "denied"


async def test_account_is_renamed() -> None:
    """With a name of its bounds; the same name is no change."""
    clock = Clock()
    async with open_office(clock=clock) as office:
        accounts = Accounts(office)
        clock.move(minutes=1)
        same = await accounts.update(holder(), sid=ACCOUNT_SID, friendly_name="Test")
        new = await accounts.update(holder(), sid=ACCOUNT_SID, friendly_name="Ours")
        for name in ("", "  ", "x" * 65, "a\nb"):
            error = await refusal(accounts.update(holder(), sid=ACCOUNT_SID, friendly_name=name))
            assert error.code == "invalid"
        found = await accounts.get(holder(), sid=ACCOUNT_SID)

    assert same.updated_at == STARTED_AT
    assert found == new
    assert (new.friendly_name, new.updated_at) == ("Ours", STARTED_AT + timedelta(minutes=1))


async def test_subaccount_is_suspended_and_opened_from_above() -> None:
    """It does neither itself; what is closed stays closed."""
    async with open_office() as office:
        accounts = Accounts(office)
        below = await subaccount(office)
        suspended = await accounts.update(holder(), sid=below.sid, status=AccountStatus.SUSPENDED)
        opened = await accounts.update(holder(), sid=below.sid, status=AccountStatus.ACTIVE)
        itself = await refusal(accounts.update(holder(below.sid), sid=below.sid, status=AccountStatus.CLOSED))
        closed = await accounts.update(holder(), sid=below.sid, status=AccountStatus.CLOSED)
        again = await accounts.update(holder(), sid=below.sid, status=AccountStatus.CLOSED)
        for status in (AccountStatus.ACTIVE, AccountStatus.SUSPENDED):
            error = await refusal(accounts.update(holder(), sid=below.sid, status=status))
            assert error.code == "conflict"

    assert [each.status for each in (suspended, opened, closed)] == ["suspended", "active", "closed"]
    assert again == closed
    assert itself.code == "denied"


async def test_account_above_is_not_suspended() -> None:
    """Nobody would be left to open it."""
    async with open_office() as office:
        error = await refusal(Accounts(office).update(holder(), sid=ACCOUNT_SID, status=AccountStatus.SUSPENDED))

    assert error.code == "invalid"


async def test_second_token_is_made_promoted_and_taken_away() -> None:
    """Each in its place."""
    async with open_office() as office:
        accounts = Accounts(office)
        nothing = [
            await refusal(accounts.promote_secondary_token(holder(), sid=ACCOUNT_SID)),
            await refusal(accounts.delete_secondary_token(holder(), sid=ACCOUNT_SID)),
        ]
        second = await accounts.create_secondary_token(holder(), sid=ACCOUNT_SID)
        another = await refusal(accounts.create_secondary_token(holder(), sid=ACCOUNT_SID))
        assert await accounts.auth_token(holder(), sid=ACCOUNT_SID) == AUTH_TOKEN
        promoted = await accounts.promote_secondary_token(holder(), sid=ACCOUNT_SID)
        assert await accounts.auth_token(holder(), sid=ACCOUNT_SID) == second
        await accounts.create_secondary_token(holder(), sid=ACCOUNT_SID)
        await accounts.delete_secondary_token(holder(), sid=ACCOUNT_SID)
        left = await accounts.get(holder(), sid=ACCOUNT_SID)
        told = (await Audit(office).list(holder(), page=PageRequest())).items

    assert [error.code for error in nothing] == ["not_found", "not_found"]
    assert another.code == "conflict"
    assert re.fullmatch("[0-9a-f]{32}", second)
    assert promoted.secondary_auth_token is left.secondary_auth_token is None
    assert [entry.action for entry in told] == [
        "account.delete-token",
        "account.create-token",
        "account.promote-token",
        "account.create-token",
    ]


async def test_tokens_show_nowhere(tmp_path: Path) -> None:
    """Not in a repr, not in the audit log, not in an export, not in the database's bytes."""
    async with sqlite_file(tmp_path) as store, open_office(store) as office:
        accounts = Accounts(office)
        second = await accounts.create_secondary_token(holder(), sid=ACCOUNT_SID)
        account = await accounts.get(holder(), sid=ACCOUNT_SID)
        told = await Audit(office).list(holder(), page=PageRequest())
        exported = b"".join([line async for line in await accounts.export(holder(), sid=ACCOUNT_SID)])
        shown = f"{account!r} {told!r} {exported.decode()}"
    kept = bytes_in(tmp_path)

    assert ACCOUNT_SID.encode() in kept
    for secret in (second, AUTH_TOKEN):
        assert secret not in shown
        assert secret.encode() not in kept


def bytes_in(folder: Path) -> bytes:
    """All that files hold."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def fill(office: Office, sid: AccountSid) -> None:
    """Something of every sort, and a line in the log."""
    principal = holder(sid)
    service = await Services(office).create(principal, unique_name=f"rooms{sid[-1]}", friendly_name="Rooms")
    environment = await Environments(office).create(principal, service=service.sid, unique_name="production")
    await ApiKeys(office).create(principal, account_sid=sid, service=service.sid)
    await Applications(office).create(principal, account_sid=sid)
    await Users(office, light()).create(principal, email=f"{sid[-1]}@example.com", name="", role=Role.OWNER)
    line = LogEntry(
        LOG.make(office.randomness), sid, service.sid, environment.sid, None, None, None, None, Level.INFO, "x", False,
        office.clock(),
    )  # fmt: skip
    await office.logs.add([line])


async def held(office: Office, sid: AccountSid) -> int:
    """How many rows and lines there are of an account."""
    async with office.store.reading() as tx:
        rows = await tx.accounts.count(sid=sid)
        for table in TABLES:
            rows += await getattr(tx, table).count(account_sid=sid)
        rows += sid in await tx.snapshots.current_segments()
    return rows + len((await office.logs.page(sid, LogFilter(), PageRequest())).items)


async def test_deleted_subaccount_leaves_nothing() -> None:
    """Rows, people, published segments, log lines; the account above keeps its own, and the word of it."""
    async with open_office() as office:
        below = await subaccount(office)
        for sid in (ACCOUNT_SID, below.sid):
            await fill(office, sid)
        own = await held(office, ACCOUNT_SID)
        assert await held(office, below.sid) > 8
        await Accounts(office).delete(holder(), sid=below.sid)
        [entry, *_] = (await Audit(office).list(holder(), page=PageRequest())).items
        async with office.store.reading() as tx:
            people = [each.email for each in await tx.users.all()]

        assert await held(office, below.sid) == 0
        assert await held(office, ACCOUNT_SID) == own + 1
    assert (entry.action, entry.target, entry.detail) == ("account.delete", below.sid, {"friendly_name": "Below"})
    assert people == ["a@example.com"]


async def test_person_of_another_account_outlives_this_one() -> None:
    """It still belongs there."""
    async with open_office() as office:
        below = await subaccount(office)
        for sid in (ACCOUNT_SID, below.sid):
            await Users(office, light()).create(holder(sid), email="ada@example.com", name="", role=Role.OWNER)
        await Accounts(office).delete(holder(), sid=below.sid)
        async with office.store.reading() as tx:
            assert await tx.users.count() == await tx.memberships.count() == 1


@pytest.mark.parametrize("principal", [holder(), member(Role.OWNER)])
async def test_whole_account_goes_at_its_owners_word(principal: Principal) -> None:
    """With its subaccounts; another account stays."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        below = await subaccount(office)
        for sid in (ACCOUNT_SID, below.sid, OTHER_SID):
            await fill(office, sid)
        other = await held(office, OTHER_SID)
        await Accounts(office).delete(principal, sid=ACCOUNT_SID, confirmation=ACCOUNT_SID)

        assert [await held(office, sid) for sid in (ACCOUNT_SID, below.sid)] == [0, 0]
        assert await held(office, OTHER_SID) == other


@pytest.mark.parametrize(
    ("principal", "confirmation", "code"),
    [
        (holder(), None, "invalid"),
        (holder(), OTHER_SID, "invalid"),
        (holder(), "yes", "invalid"),
        (key(ApiKeyType.MAIN), ACCOUNT_SID, "denied"),
        (key(ApiKeyType.RESTRICTED, "accounts:write"), ACCOUNT_SID, "denied"),
    ],
)
async def test_whole_account_does_not_go_by_mistake(principal: Principal, confirmation: str, code: str) -> None:
    """Nor by a key."""
    async with open_office() as office:
        error = await refusal(Accounts(office).delete(principal, sid=ACCOUNT_SID, confirmation=confirmation))
        assert await held(office, ACCOUNT_SID) == 2

    assert error.code == code


async def test_subaccount_deletes_itself_only_with_its_name() -> None:
    """As any account that is one's own."""
    async with open_office() as office:
        below = await subaccount(office)
        error = await refusal(Accounts(office).delete(holder(below.sid), sid=below.sid))
        await Accounts(office).delete(holder(below.sid), sid=below.sid, confirmation=below.sid)
        assert await held(office, below.sid) == 0

    assert error.code == "invalid"


async def test_account_stays_when_its_log_lines_cannot_go() -> None:
    """It can be deleted again, and then all of it."""
    async with open_office() as office:
        below = await subaccount(office)
        before = await held(office, below.sid)
        await office.logs.close()
        with pytest.raises(PlatformError):
            await Accounts(office).delete(holder(), sid=below.sid)
        async with office.store.reading() as tx:
            assert await tx.accounts.count(sid=below.sid) == 1

    assert before == 2
