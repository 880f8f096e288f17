"""Names and passwords to principals: which are accepted, and that the rest cannot be told apart."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.authentication import Authentication
from gettone.control.office import Office
from gettone.control.vault import Vault
from gettone.model.accounts import AccountStatus
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import AccountSid
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, STARTED_AT, Clock, add_account, holder, open_office
from tests.stores import sqlite_memory

pytestmark = pytest.mark.anyio

BELOW = AccountSid("AC" + "d" * 32)
ADDRESS = "192.0.2.7"


async def sign_in(office: Office, username: str, password: str) -> Principal | None:
    """Who that is."""
    return await Authentication(office).authenticate(username, password, ADDRESS)


async def test_account_and_its_token_are_the_account() -> None:
    """With everything it may."""
    async with open_office() as office:
        found = await sign_in(office, ACCOUNT_SID, AUTH_TOKEN)

    assert found == Principal(PrincipalKind.AUTH_TOKEN, ACCOUNT_SID, ACCOUNT_SID, address=ADDRESS)


async def test_key_and_its_secret_are_the_key() -> None:
    """With its type, policy and service."""
    async with open_office() as office:
        made = await ApiKeys(office).create(
            holder(), account_sid=ACCOUNT_SID, type=ApiKeyType.RESTRICTED, policy=["deploy"]
        )
        found = await sign_in(office, made.key.sid, made.secret)

    assert found == Principal(
        PrincipalKind.API_KEY,
        ACCOUNT_SID,
        made.key.sid,
        key_type=ApiKeyType.RESTRICTED,
        policy=("deploy",),
        address=ADDRESS,
    )


async def test_wrong_names_and_passwords_are_nobody() -> None:
    """Whatever they are made of."""
    async with open_office() as office:
        made = await ApiKeys(office).create(holder(), account_sid=ACCOUNT_SID)
        for username, password in [
            (ACCOUNT_SID, ""),
            (ACCOUNT_SID, AUTH_TOKEN[:-1]),
            (ACCOUNT_SID, AUTH_TOKEN + "0"),
            (ACCOUNT_SID, AUTH_TOKEN.upper()),
            (ACCOUNT_SID, made.secret),
            (ACCOUNT_SID.lower(), AUTH_TOKEN),
            (made.key.sid, AUTH_TOKEN),
            (made.key.sid, made.secret.swapcase()),
            ("SK" + "0" * 32, made.secret),
            ("AC" + "0" * 32, AUTH_TOKEN),
            ("", ""),
            ("\x00", "\x00"),
            ("AC-", AUTH_TOKEN),
            ("\ud800" * 34, "\ud800"),
            ("x" * 100_000, "x" * 100_000),
        ]:
            assert await sign_in(office, username, password) is None


async def test_decoy_is_nobodys_secret() -> None:
    """Who guesses what stands in for a secret that is not there gains nothing."""
    async with open_office() as office:
        authentication = Authentication(office)
        decoy = office.vault.open("cluster", "decoy", authentication._decoy.secret)

        assert await authentication.authenticate("AC" + "0" * 32, decoy) is None
        assert await authentication.authenticate(ACCOUNT_SID, decoy) is None


@pytest.mark.parametrize(
    "username",
    [ACCOUNT_SID, "AC" + "0" * 32, "SK" + "0" * 32, "", "ada@example.com"],
    ids=["known", "AC", "SK", "", "@"],
)
async def test_every_name_costs_the_same_work(username: str) -> None:
    """Three rows looked for, two secrets opened and compared: time tells no name."""
    async with open_office() as office:
        with patch.object(Vault, "open", autospec=True, side_effect=Vault.open) as opened:
            await sign_in(office, username, "wrong")

    assert opened.call_count == 2


async def test_both_tokens_are_accepted_until_one_is_promoted() -> None:
    """Then the first is nobody's."""
    async with open_office() as office:
        accounts = Accounts(office)
        second = await accounts.create_secondary_token(holder(), sid=ACCOUNT_SID)

        assert await sign_in(office, ACCOUNT_SID, AUTH_TOKEN) is not None
        assert await sign_in(office, ACCOUNT_SID, second) is not None

        await accounts.promote_secondary_token(holder(), sid=ACCOUNT_SID)

        assert await sign_in(office, ACCOUNT_SID, AUTH_TOKEN) is None
        assert await sign_in(office, ACCOUNT_SID, second) is not None


async def test_previous_secret_is_good_until_its_overlap_ends() -> None:
    """To the second."""
    clock = Clock()
    async with open_office(clock=clock) as office:
        keys = ApiKeys(office)
        old = await keys.create(holder(), account_sid=ACCOUNT_SID)
        new = await keys.rotate(holder(), account_sid=ACCOUNT_SID, sid=old.key.sid, overlap_seconds=60)

        assert await sign_in(office, old.key.sid, old.secret) is not None
        clock.move(seconds=59.9)
        assert await sign_in(office, old.key.sid, old.secret) is not None
        clock.move(seconds=0.1)
        assert await sign_in(office, old.key.sid, old.secret) is None
        assert await sign_in(office, old.key.sid, new.secret) is not None


async def test_rotation_without_overlap_ends_the_old_secret_at_once() -> None:
    """So does a second rotation with what was good before the first."""
    async with open_office() as office:
        keys = ApiKeys(office)
        first = await keys.create(holder(), account_sid=ACCOUNT_SID)
        sid = first.key.sid
        second = await keys.rotate(holder(), account_sid=ACCOUNT_SID, sid=sid, overlap_seconds=3600)
        third = await keys.rotate(holder(), account_sid=ACCOUNT_SID, sid=sid, overlap_seconds=3600)

        assert await sign_in(office, sid, first.secret) is None
        assert await sign_in(office, sid, second.secret) is not None

        fourth = await keys.rotate(holder(), account_sid=ACCOUNT_SID, sid=sid, overlap_seconds=0)

        assert await sign_in(office, sid, third.secret) is None
        assert await sign_in(office, sid, fourth.secret) is not None


@pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.CLOSED])
async def test_account_that_is_not_active_is_nobody(status: AccountStatus) -> None:
    """Neither its token nor its keys; the account above goes on."""
    async with open_office() as office:
        await add_account(office, BELOW, owner_sid=ACCOUNT_SID)
        made = await ApiKeys(office).create(holder(), account_sid=BELOW)
        assert await sign_in(office, BELOW, AUTH_TOKEN) is not None
        await Accounts(office).update(holder(), sid=BELOW, status=status)

        assert await sign_in(office, BELOW, AUTH_TOKEN) is None
        assert await sign_in(office, made.key.sid, made.secret) is None
        assert await sign_in(office, ACCOUNT_SID, AUTH_TOKEN) is not None


async def test_use_of_keys_is_written_in_one_batch() -> None:
    """Nothing is written while somebody signs in; a failed attempt is no use."""
    clock = Clock()
    async with open_office(clock=clock) as office:
        keys = ApiKeys(office)
        used, unused = [await keys.create(holder(), account_sid=ACCOUNT_SID) for _ in range(2)]
        authentication = Authentication(office)
        clock.move(minutes=1)
        await authentication.authenticate(used.key.sid, used.secret)
        await authentication.authenticate(unused.key.sid, "wrong")

        assert (await keys.get(holder(), account_sid=ACCOUNT_SID, sid=used.key.sid)).last_used_at is None

        await authentication.usage.flush()
        await authentication.usage.flush()

        told = [
            (await keys.get(holder(), account_sid=ACCOUNT_SID, sid=each.key.sid)).last_used_at
            for each in (used, unused)
        ]
        assert told == [STARTED_AT + timedelta(minutes=1), None]


async def test_use_of_keys_outlasts_a_store_that_is_away() -> None:
    """It is kept for the next flush; a later use is not overwritten by an earlier one."""
    clock = Clock()
    async with sqlite_memory() as store, open_office(store, clock=clock) as office:
        keys = ApiKeys(office)
        made = await keys.create(holder(), account_sid=ACCOUNT_SID)
        authentication = Authentication(office)
        await authentication.authenticate(made.key.sid, made.secret)
        with patch.object(type(store), "writing", side_effect=PlatformError("unavailable", "the disk is full")):
            await authentication.usage.flush()
        clock.move(hours=1)
        await authentication.authenticate(made.key.sid, made.secret)
        await authentication.usage.flush()

        found = await keys.get(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid)
        assert found.last_used_at == STARTED_AT + timedelta(hours=1)
