"""Keys: made, brought, rotated, deleted; what is told of them, and what is published."""

import asyncio
import hashlib
import string
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gettone.control.api_keys import OVERLAP_SECONDS_MAX, ApiKeys
from gettone.control.audit import Audit
from gettone.control.key_making import make_secret
from gettone.control.limits import Limits
from gettone.control.office import Office
from gettone.control.services import Services
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.model.principals import Principal
from gettone.model.sids import API_KEY, AccountSid
from gettone.model.users import Role
from gettone.routes.codec import decode_segment
from gettone.routes.sealing import open_segment
from gettone.routes.segment import AccountSegment
from tests.control.offices import (
    ACCOUNT_SID,
    OTHER_SID,
    STARTED_AT,
    Clock,
    add_account,
    holder,
    key,
    member,
    open_office,
    seeded,
)
from tests.control.refusals import refusal
from tests.stores import sqlite_file

pytestmark = pytest.mark.anyio

BROUGHT_SID = "SK" + "e" * 32
BROUGHT_SECRET = "WHATTWILIOSHOWEDONCE" + "0123456789ab"
BELOW = AccountSid("AC" + "d" * 32)


async def published(office: Office, account_sid: AccountSid = ACCOUNT_SID) -> AccountSegment:
    """What gateways are told of an account."""
    async with office.store.reading() as tx:
        cluster = await tx.cluster()
        digest = (await tx.snapshots.current_segments())[account_sid]
        segment = await tx.snapshots.find_segment(digest)
    assert cluster is not None
    assert segment is not None
    plain = open_segment(office.vault.snapshot_key, cluster.id, account_sid, digest, segment.content)
    found = decode_segment(plain)
    assert isinstance(found, AccountSegment)
    return found


def bytes_in(folder: Path) -> bytes:
    """All that files hold, the database's log of changes too."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_new_key_is_standard_unless_told_otherwise() -> None:
    """Twilio's default; its secret is told, and published."""
    async with open_office() as office:
        made = await ApiKeys(office).create(holder(), account_sid=ACCOUNT_SID, friendly_name="app")
        segment = await published(office)

    assert (made.key.type, made.key.friendly_name, made.key.policy) == (ApiKeyType.STANDARD, "app", None)
    assert API_KEY.matches(made.key.sid)
    assert (made.key.created_at, made.key.updated_at, made.key.last_used_at) == (STARTED_AT, STARTED_AT, None)
    assert [(each.sid, each.secret, each.previous_secret) for each in segment.keys] == [
        (made.key.sid, made.secret, None)
    ]


def test_secret_has_32_letters_and_digits_each_as_likely() -> None:
    """No byte is folded: the first letters are no likelier than the last."""
    randomness = seeded(7)
    secrets = [make_secret(randomness) for _ in range(3000)]

    counted = Counter("".join(secrets))
    assert {len(secret) for secret in secrets} == {32}
    assert set(counted) == set(string.ascii_letters + string.digits)
    expected = 3000 * 32 / 62
    # Six times the standard deviation of a fair draw; folding would make the first eight a quarter likelier.
    assert max(abs(count - expected) for count in counted.values()) < 6 * expected**0.5


async def test_secret_shows_nowhere_but_in_the_answer(tmp_path: Path) -> None:
    """Not in a repr, not in the audit log, not in the database's bytes: neither the new one nor the previous one."""
    async with sqlite_file(tmp_path) as store, open_office(store) as office:
        keys = ApiKeys(office)
        made = await keys.create(holder(), account_sid=ACCOUNT_SID)
        turned = await keys.rotate(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid, overlap_seconds=60)
        await keys.bring(holder(), account_sid=ACCOUNT_SID, sid=BROUGHT_SID, secret=BROUGHT_SECRET)
        told = await Audit(office).list(holder(), page=PageRequest())
        shown = f"{made!r} {turned!r} {told!r} {await published(office)!r}"
    kept = bytes_in(tmp_path)

    assert len(kept) > 10_000
    for secret in (made.secret, turned.secret, BROUGHT_SECRET):
        assert secret not in shown
        assert secret.encode() not in kept
        assert hashlib.sha256(secret.encode()).digest() not in kept


async def test_restricted_key_keeps_its_policy() -> None:
    """Ours and Twilio's names, each once."""
    policy = ["deploy", "logs:read", "/twilio/messaging/messages/read", "deploy"]
    async with open_office() as office:
        made = await ApiKeys(office).create(
            holder(), account_sid=ACCOUNT_SID, type=ApiKeyType.RESTRICTED, policy=policy
        )

    assert made.key.policy == ("deploy", "logs:read", "/twilio/messaging/messages/read")


@pytest.mark.parametrize(
    ("key_type", "policy", "said"),
    [
        (ApiKeyType.STANDARD, ["deploy"], "a policy is for restricted keys, this one is standard"),
        (ApiKeyType.MAIN, [], "a policy is for restricted keys, this one is main"),
        (
            ApiKeyType.RESTRICTED,
            None,
            "a restricted key needs a policy with one permission or more. There are services:",
        ),
        (ApiKeyType.RESTRICTED, [], "a restricted key needs a policy"),
        (
            ApiKeyType.RESTRICTED,
            ["deploy", "fly"],
            "the policy lists 'fly', which is no permission. There are services:",
        ),
        (ApiKeyType.RESTRICTED, ["x" * 999], "the policy lists 'xxx"),
        (ApiKeyType.RESTRICTED, ["/twilio/" + "x" * 999], "which is no permission"),
        (ApiKeyType.RESTRICTED, ["\ud800\n"], r"the policy lists '\ud800\n', which"),
        (
            ApiKeyType.RESTRICTED,
            [f"/twilio/{n}" for n in range(101)],
            "the policy has 101 permissions, 100 are allowed",
        ),
        (ApiKeyType.RESTRICTED, ["invoke", "deploy"], "a key that may invoke functions may do nothing else"),
    ],
)
async def test_wrong_policy_is_refused(key_type: ApiKeyType, policy: list[str] | None, said: str) -> None:
    """It says what is wrong, and what there is."""
    async with open_office() as office:
        error = await refusal(ApiKeys(office).create(holder(), account_sid=ACCOUNT_SID, type=key_type, policy=policy))

    assert error.code == "invalid"
    assert said in error.message
    assert len(error.message) < 900


@pytest.mark.parametrize("name", ["x" * 65, "a\nb", "\x00", "\ud800"])
async def test_wrong_name_is_refused(name: str) -> None:
    """When a key is made, brought and renamed."""
    async with open_office() as office:
        keys = ApiKeys(office)
        made = await keys.create(holder(), account_sid=ACCOUNT_SID, friendly_name="x" * 64)
        for trying in (
            keys.create(holder(), account_sid=ACCOUNT_SID, friendly_name=name),
            keys.bring(holder(), account_sid=ACCOUNT_SID, sid=BROUGHT_SID, secret=BROUGHT_SECRET, friendly_name=name),
            keys.update(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid, friendly_name=name),
        ):
            error = await refusal(trying)
            assert (error.code, error.evidence["parameter"]) == ("invalid", "FriendlyName")


async def test_key_can_be_limited_to_a_service() -> None:
    """By SID or by unique name; to nobody else's."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        service = await Services(office).create(holder(), unique_name="rooms", friendly_name="Rooms")
        other = await Services(office).create(holder(OTHER_SID), unique_name="theirs", friendly_name="Theirs")
        keys = ApiKeys(office)
        for name in (service.sid, "rooms"):
            made = await keys.create(holder(), account_sid=ACCOUNT_SID, service=name)
            assert made.key.service_sid == service.sid
        for name in (other.sid, "theirs", "none"):
            error = await refusal(keys.create(holder(), account_sid=ACCOUNT_SID, service=name))
            assert error.code == "not_found"


async def test_nobody_makes_or_changes_a_key_that_may_more_than_they() -> None:
    """To manage keys would be to have everything."""
    manager = key(ApiKeyType.RESTRICTED, "keys:write", "deploy")
    async with open_office() as office:
        keys = ApiKeys(office)
        main = await keys.create(holder(), account_sid=ACCOUNT_SID, type=ApiKeyType.MAIN)
        less = await keys.create(
            manager, account_sid=ACCOUNT_SID, type=ApiKeyType.RESTRICTED, policy=["functions:read"]
        )
        await keys.create(manager, account_sid=ACCOUNT_SID, type=ApiKeyType.RESTRICTED, policy=["invoke"])
        sid = less.key.sid
        await keys.update(manager, account_sid=ACCOUNT_SID, sid=sid, policy=["builds:read"])
        for trying in (
            keys.create(manager, account_sid=ACCOUNT_SID),
            keys.create(manager, account_sid=ACCOUNT_SID, type=ApiKeyType.MAIN),
            keys.create(manager, account_sid=ACCOUNT_SID, type=ApiKeyType.RESTRICTED, policy=["logs:read"]),
            keys.bring(manager, account_sid=ACCOUNT_SID, sid=BROUGHT_SID, secret=BROUGHT_SECRET),
            keys.update(manager, account_sid=ACCOUNT_SID, sid=sid, policy=["members:write"]),
            keys.update(manager, account_sid=ACCOUNT_SID, sid=main.key.sid, friendly_name="mine"),
            keys.rotate(manager, account_sid=ACCOUNT_SID, sid=main.key.sid, overlap_seconds=0),
            keys.delete(manager, account_sid=ACCOUNT_SID, sid=main.key.sid),
        ):
            error = await refusal(trying)
            assert (error.code, error.evidence["twilio_code"]) == ("denied", 70051)


@pytest.mark.parametrize(
    "principal",
    [key(ApiKeyType.STANDARD), member(Role.DEVELOPER), member(Role.VIEWER), key(ApiKeyType.RESTRICTED, "deploy")],
)
async def test_others_manage_no_keys(principal: Principal) -> None:
    """Every verb is refused, before anything is looked up."""
    async with open_office() as office:
        sid = (await ApiKeys(office).create(holder(), account_sid=ACCOUNT_SID)).key.sid
        for verb in verbs(office, principal, ACCOUNT_SID, sid):
            assert (await refusal(verb())).code == "denied"


def verbs(office: Office, principal: Principal, account_sid: str, sid: str) -> list[Callable[[], Awaitable[object]]]:
    """Every verb that there is for keys."""
    keys = ApiKeys(office)
    return [
        lambda: keys.create(principal, account_sid=account_sid),
        lambda: keys.bring(principal, account_sid=account_sid, sid=BROUGHT_SID, secret=BROUGHT_SECRET),
        lambda: keys.get(principal, account_sid=account_sid, sid=sid),
        lambda: keys.list(principal, account_sid=account_sid, page=PageRequest()),
        lambda: keys.update(principal, account_sid=account_sid, sid=sid, friendly_name="x"),
        lambda: keys.rotate(principal, account_sid=account_sid, sid=sid, overlap_seconds=0),
        lambda: keys.delete(principal, account_sid=account_sid, sid=sid),
    ]


async def test_another_accounts_keys_are_not_there() -> None:
    """Neither through its account nor through one's own; what is done so changes nothing."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        theirs = (await ApiKeys(office).create(holder(OTHER_SID), account_sid=OTHER_SID)).key
        for verb in verbs(office, holder(), OTHER_SID, theirs.sid):
            assert (await refusal(verb())).code == "not_found"
        for sid in (theirs.sid, "SK" + "0" * 32, "x", "", "\x00"):
            for verb in [verbs(office, holder(), ACCOUNT_SID, sid)[place] for place in (2, 4, 5, 6)]:
                error = await refusal(verb())
                assert error.code == "not_found"
                assert error.message == f"The requested resource /Accounts/{ACCOUNT_SID}/Keys/{sid} was not found"

        assert await ApiKeys(office).get(holder(OTHER_SID), account_sid=OTHER_SID, sid=theirs.sid) == theirs


async def test_account_above_manages_a_subaccounts_keys() -> None:
    """And what it did stands in the subaccount's audit log."""
    async with open_office() as office:
        await add_account(office, BELOW, owner_sid=ACCOUNT_SID)
        keys = ApiKeys(office)
        made = await keys.create(holder(), account_sid=BELOW)
        found = await keys.list(holder(BELOW), account_sid=BELOW, page=PageRequest())
        told = await Audit(office).list(holder(BELOW), page=PageRequest())
        segment = await published(office, BELOW)

    assert found.items == (made.key,)
    assert [(entry.actor, entry.action, entry.target) for entry in told.items] == [
        (f"auth token {ACCOUNT_SID}", "key.create", made.key.sid)
    ]
    assert [each.sid for each in segment.keys] == [made.key.sid]


async def test_keys_are_listed_newest_first_in_pages() -> None:
    """Of this account alone."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        keys = ApiKeys(office)
        await keys.create(holder(OTHER_SID), account_sid=OTHER_SID)
        for number in range(3):
            await keys.create(holder(), account_sid=ACCOUNT_SID, friendly_name=str(number))
        first = await keys.list(holder(), account_sid=ACCOUNT_SID, page=PageRequest(2))
        rest = await keys.list(holder(), account_sid=ACCOUNT_SID, page=PageRequest(2, after=first.next))

    assert [each.friendly_name for each in first.items] == ["2", "1"]
    assert [each.friendly_name for each in rest.items] == ["0"]
    assert rest.next is None


async def test_renaming_keeps_the_rest() -> None:
    """What does not change anything is no change."""
    clock = Clock()
    async with open_office(clock=clock) as office:
        keys = ApiKeys(office)
        made = await keys.create(holder(), account_sid=ACCOUNT_SID, friendly_name="a")
        clock.move(minutes=1)
        same = await keys.update(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid, friendly_name="a")
        new = await keys.update(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid, friendly_name="b")
        found = await keys.get(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid)

    assert same == made.key
    assert (new.friendly_name, new.updated_at) == ("b", STARTED_AT + timedelta(minutes=1))
    assert found == new
    assert found.secret == made.key.secret


async def test_another_policy_takes_the_place_of_the_old_one() -> None:
    """For a restricted key; a wrong one changes nothing, and other keys have none."""
    async with open_office() as office:
        keys = ApiKeys(office)
        made = await keys.create(holder(), account_sid=ACCOUNT_SID, type=ApiKeyType.RESTRICTED, policy=["logs:read"])
        standard = await keys.create(holder(), account_sid=ACCOUNT_SID)
        new = await keys.update(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid, policy=["invoke"])
        for sid, policy in [(made.key.sid, ["fly"]), (made.key.sid, []), (standard.key.sid, ["deploy"])]:
            error = await refusal(keys.update(holder(), account_sid=ACCOUNT_SID, sid=sid, policy=policy))
            assert error.code == "invalid"
        found = await keys.get(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid)

    assert found == new
    assert found.policy == ("invoke",)


async def test_rotated_key_is_published_with_both_secrets() -> None:
    """And until when the old one is good."""
    async with open_office() as office:
        keys = ApiKeys(office)
        old = await keys.create(holder(), account_sid=ACCOUNT_SID)
        new = await keys.rotate(holder(), account_sid=ACCOUNT_SID, sid=old.key.sid, overlap_seconds=60)
        [entry] = (await published(office)).keys

    assert new.key.sid == old.key.sid
    assert new.secret != old.secret
    assert (entry.secret, entry.previous_secret) == (new.secret, old.secret)
    assert entry.previous_until == new.key.previous_secret_until == STARTED_AT + timedelta(minutes=1)


@pytest.mark.parametrize("seconds", [-1, OVERLAP_SECONDS_MAX + 1, float("nan"), float("inf")])
async def test_overlap_has_an_end(seconds: float) -> None:
    """Neither before now nor never."""
    async with open_office() as office:
        made = await ApiKeys(office).create(holder(), account_sid=ACCOUNT_SID)
        error = await refusal(
            ApiKeys(office).rotate(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid, overlap_seconds=seconds)
        )

    assert error.code == "invalid"


async def test_deleted_key_is_published_no_more() -> None:
    """It is gone everywhere, and the audit log says by whom."""
    async with open_office() as office:
        keys = ApiKeys(office)
        made = await keys.create(holder(), account_sid=ACCOUNT_SID, friendly_name="app")
        await keys.delete(member(Role.OWNER), account_sid=ACCOUNT_SID, sid=made.key.sid)
        again = await refusal(keys.delete(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid))
        [entry, _] = (await Audit(office).list(holder(), page=PageRequest())).items
        segment = await published(office)

    assert again.code == "not_found"
    assert segment.keys == ()
    assert (entry.actor, entry.action, entry.target, entry.address, entry.created_at) == (
        "user ada@example.com",
        "key.delete",
        made.key.sid,
        "192.0.2.2",
        STARTED_AT,
    )
    assert entry.detail == {"friendly_name": "app", "type": "standard"}


async def test_brought_key_is_published_as_it_is() -> None:
    """What it signs is good here."""
    async with open_office() as office:
        brought = await ApiKeys(office).bring(
            holder(), account_sid=ACCOUNT_SID, sid=BROUGHT_SID, secret=BROUGHT_SECRET, friendly_name="Twilio's"
        )
        [entry] = (await published(office)).keys

    assert (brought.sid, brought.type, brought.friendly_name) == (BROUGHT_SID, ApiKeyType.STANDARD, "Twilio's")
    assert (entry.sid, entry.secret) == (BROUGHT_SID, BROUGHT_SECRET)


async def test_key_is_brought_once() -> None:
    """Into whichever account."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        keys = ApiKeys(office)
        await keys.bring(holder(OTHER_SID), account_sid=OTHER_SID, sid=BROUGHT_SID, secret=BROUGHT_SECRET)
        error = await refusal(keys.bring(holder(), account_sid=ACCOUNT_SID, sid=BROUGHT_SID, secret=BROUGHT_SECRET))

    assert error.code == "conflict"


@pytest.mark.parametrize(
    ("sid", "secret"),
    [
        ("SK1", BROUGHT_SECRET),
        (BROUGHT_SID.upper(), BROUGHT_SECRET),
        ("AC" + "e" * 32, BROUGHT_SECRET),
        (BROUGHT_SID, BROUGHT_SECRET[:-1]),
        (BROUGHT_SID, ""),
        (BROUGHT_SID, "x" * 257),
        (BROUGHT_SID, BROUGHT_SECRET + " "),
        (BROUGHT_SID, BROUGHT_SECRET + "\n"),
        (BROUGHT_SID, "é" * 32),
    ],
)
async def test_brought_key_has_a_sid_and_a_long_secret(sid: str, secret: str) -> None:
    """The refusal shows neither."""
    async with open_office() as office:
        error = await refusal(ApiKeys(office).bring(holder(), account_sid=ACCOUNT_SID, sid=sid, secret=secret))

    assert error.code == "invalid"
    assert not secret or secret not in error.message


async def test_restricted_key_is_not_brought() -> None:
    """Nobody would know its policy."""
    async with open_office() as office:
        error = await refusal(
            ApiKeys(office).bring(
                holder(),
                account_sid=ACCOUNT_SID,
                sid=BROUGHT_SID,
                secret=BROUGHT_SECRET,
                type=ApiKeyType.RESTRICTED,
            )
        )

    assert error.code == "invalid"


async def test_keys_are_bounded_also_when_made_at_once() -> None:
    """The last place is given once."""
    async with open_office(limits=Limits(api_keys_per_account=3)) as office:
        keys = ApiKeys(office)
        done = await asyncio.gather(
            *(keys.create(holder(), account_sid=ACCOUNT_SID) for _ in range(5)), return_exceptions=True
        )
        found = await keys.list(holder(), account_sid=ACCOUNT_SID, page=PageRequest())

    refused = [each for each in done if isinstance(each, PlatformError)]
    assert [error.code for error in refused] == ["invalid", "invalid"]
    assert "at most 3 API keys" in refused[0].message
    assert len(found.items) == 3


async def test_change_that_cannot_be_published_is_not_made() -> None:
    """The row, the audit log and the snapshot stand and fall together."""
    async with open_office() as office:
        keys = ApiKeys(office)
        made = await keys.create(holder(), account_sid=ACCOUNT_SID)
        async with office.store.writing() as tx:
            damaged = await tx.api_keys.find(sid=made.key.sid)
            assert damaged is not None
            other_row = office.vault.seal("api_key", BROUGHT_SID, "x")
            await tx.api_keys.update(replace(damaged, secret=other_row))
        before = await Audit(office).list(holder(), page=PageRequest())
        error = await refusal(keys.create(holder(), account_sid=ACCOUNT_SID))
        after = await Audit(office).list(holder(), page=PageRequest())
        found = await keys.list(holder(), account_sid=ACCOUNT_SID, page=PageRequest())

    assert error.code == "internal"
    assert after == before
    assert [each.sid for each in found.items] == [made.key.sid]
