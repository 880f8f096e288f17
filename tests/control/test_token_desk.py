"""Tokens at the desk: minted with the account's keys, read, checked; nothing of them is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gettone.control.api_keys import ApiKeys, NewApiKey
from gettone.control.audit import Audit
from gettone.control.office import Office
from gettone.control.token_desk import TokenDesk, Verdict
from gettone.model.api_keys import ApiKeyType
from gettone.model.pages import PageRequest
from gettone.model.principals import Principal
from gettone.model.users import Role
from gettone.tokens import AccessToken, VideoGrant, VoiceGrant, decode
from tests.control.offices import ACCOUNT_SID, OTHER_SID, Clock, add_account, holder, key, member, open_office
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio

ROOM = VideoGrant(room="kitchen")
DAY = 86_400


def clock_now() -> Clock:
    """A clock that stands at the time of the machine: tokens are minted by that."""
    return Clock(datetime.now(UTC))


async def make_key(office: Office, key_type: ApiKeyType = ApiKeyType.STANDARD, *policy: str) -> NewApiKey:
    """A key of this type; a restricted one with a policy."""
    return await ApiKeys(office).create(
        holder(), account_sid=ACCOUNT_SID, friendly_name="web", type=key_type, policy=policy or None
    )


def signed_by(made: NewApiKey, account_sid: str = ACCOUNT_SID, ttl: int = 3600, secret: str | None = None) -> str:
    """A token as a function would make it."""
    return AccessToken(account_sid, made.key.sid, secret or made.secret, [ROOM], "alice").to_jwt(ttl)


async def verdict(office: Office, token: str, who: Principal | None = None) -> Verdict:
    """What the account's keys say of a token."""
    return (await TokenDesk(office).check(who or holder(), account_sid=ACCOUNT_SID, token=token)).verdict


async def test_a_token_is_minted_with_a_key_of_the_account() -> None:
    """It says what was asked for, and the key's signature is on it."""
    async with open_office(clock=clock_now()) as office:
        made = await make_key(office)

        minted = await TokenDesk(office).mint(
            holder(),
            account_sid=ACCOUNT_SID,
            key_sid=made.key.sid,
            identity="alice",
            grant=VoiceGrant(incoming_allow=True),
            ttl_seconds=60,
        )

        claims = decode(minted.token).claims
        assert claims["iss"] == made.key.sid
        assert claims["sub"] == ACCOUNT_SID
        assert claims["grants"] == {"identity": "alice", "voice": {"incoming": {"allow": True}}}
        assert await verdict(office, minted.token) is Verdict.GOOD


async def test_minting_is_written_down_without_the_token() -> None:
    """Which key, for whom, what and how long: never the token, nor a piece of it."""
    async with open_office(clock=clock_now()) as office:
        made = await make_key(office)

        minted = await TokenDesk(office).mint(
            holder(), account_sid=ACCOUNT_SID, key_sid=made.key.sid, identity="alice", grant=ROOM
        )

        entry = (await Audit(office).list(holder(), page=PageRequest(size=1))).items[0]
        assert (entry.action, entry.target) == ("token.mint", made.key.sid)
        assert entry.detail == {"identity": "alice", "grant": "video", "ttl_seconds": "3600"}
        assert not any(part in repr(entry) for part in minted.token.split("."))
        assert minted.token not in repr(minted)


@pytest.mark.parametrize("who", [member(Role.DEVELOPER), member(Role.VIEWER), key(ApiKeyType.STANDARD)])
async def test_who_may_not_see_credentials_mints_nothing(who: Principal) -> None:
    """A token is a credential, and opens what its grants say."""
    async with open_office(clock=clock_now()) as office:
        made = await make_key(office)

        refused = await refusal(
            TokenDesk(office).mint(who, account_sid=ACCOUNT_SID, key_sid=made.key.sid, identity="a", grant=ROOM)
        )

        assert refused.code == "denied"


async def test_a_restricted_key_signs_nothing() -> None:
    """As on Twilio: neither when minting, nor when a token of one is checked."""
    async with open_office(clock=clock_now()) as office:
        made = await make_key(office, ApiKeyType.RESTRICTED, "logs:read")

        refused = await refusal(
            TokenDesk(office).mint(holder(), account_sid=ACCOUNT_SID, key_sid=made.key.sid, identity="a", grant=ROOM)
        )

        assert (refused.code, refused.evidence["parameter"]) == ("invalid", "Key")
        assert await verdict(office, signed_by(made)) is Verdict.REFUSED


@pytest.mark.parametrize(
    ("identity", "ttl", "parameter"),
    [("", 60, "Identity"), ("alice", 0, "Ttl"), ("alice", DAY + 1, "Ttl")],
)
async def test_what_cannot_be_minted_names_its_parameter(identity: str, ttl: int, parameter: str) -> None:
    """So that a page shows it beside the field; nothing is written down."""
    async with open_office(clock=clock_now()) as office:
        made = await make_key(office)
        before = await Audit(office).list(holder(), page=PageRequest())

        refused = await refusal(
            TokenDesk(office).mint(
                holder(), account_sid=ACCOUNT_SID, key_sid=made.key.sid, identity=identity, grant=ROOM, ttl_seconds=ttl
            )
        )

        assert (refused.code, refused.evidence["parameter"]) == ("invalid", parameter)
        assert await Audit(office).list(holder(), page=PageRequest()) == before


async def test_another_accounts_key_is_not_found() -> None:
    """Whether it exists or not."""
    async with open_office(clock=clock_now()) as office:
        await add_account(office, OTHER_SID)
        made = await make_key(office)

        refused = await refusal(
            TokenDesk(office).mint(
                holder(OTHER_SID), account_sid=OTHER_SID, key_sid=made.key.sid, identity="a", grant=ROOM
            )
        )
        check = await TokenDesk(office).check(holder(OTHER_SID), account_sid=OTHER_SID, token=signed_by(made))

        assert refused.code == "not_found"
        assert check.verdict is Verdict.STRANGE


@pytest.mark.parametrize("role", list(Role))
async def test_every_member_may_check_a_token(role: Role) -> None:
    """They learn no more than who shows it to a function."""
    async with open_office(clock=clock_now()) as office:
        made = await make_key(office)

        assert await verdict(office, signed_by(made), member(role)) is Verdict.GOOD


async def test_a_token_that_was_changed_or_signed_elsewhere_is_forged() -> None:
    """The right key's SID alone proves nothing."""
    async with open_office(clock=clock_now()) as office:
        made = await make_key(office)
        head, _, signature = signed_by(made).split(".")
        other = signed_by(made, ttl=61).split(".")[1]

        assert await verdict(office, signed_by(made, secret="x" * 32)) is Verdict.FORGED
        assert await verdict(office, f"{head}.{other}.{signature}") is Verdict.FORGED


async def test_a_token_that_is_over_is_signed_all_the_same() -> None:
    """Expired is told apart from forged."""
    clock = clock_now()
    async with open_office(clock=clock) as office:
        token = signed_by(await make_key(office), ttl=60)
        clock.move(seconds=61)

        check = await TokenDesk(office).check(holder(), account_sid=ACCOUNT_SID, token=token)

        assert check.verdict is Verdict.EXPIRED
        assert check.is_signed


async def test_the_old_secret_counts_while_it_overlaps() -> None:
    """After a rotation a token of the old secret is good, and it is said until when that one is."""
    clock = clock_now()
    async with open_office(clock=clock) as office:
        made = await make_key(office)
        token = signed_by(made)
        rotated = await ApiKeys(office).rotate(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid, overlap_seconds=600)

        during = await TokenDesk(office).check(holder(), account_sid=ACCOUNT_SID, token=token)
        clock.move(seconds=600)

        assert (during.verdict, during.previous_until) == (Verdict.GOOD, rotated.key.previous_secret_until)
        assert await verdict(office, token) is Verdict.FORGED
        assert await verdict(office, signed_by(rotated)) is Verdict.GOOD


async def test_a_token_for_another_account_is_refused_with_the_reason() -> None:
    """Signed with our key, and meant for somebody else."""
    async with open_office(clock=clock_now()) as office:
        token = signed_by(await make_key(office), OTHER_SID)

        check = await TokenDesk(office).check(holder(), account_sid=ACCOUNT_SID, token=token)

        assert check.verdict is Verdict.REFUSED
        assert OTHER_SID in check.message


@pytest.mark.parametrize("text", ["", "hello", "a.b.c", "e30.e30", "x" * 100_000])
async def test_what_is_no_token_is_said_so(text: str) -> None:
    """Beside the field that it was typed into, and without showing it."""
    async with open_office() as office:
        refused = await refusal(TokenDesk(office).check(holder(), account_sid=ACCOUNT_SID, token=text))

        assert (refused.code, refused.evidence["parameter"]) == ("invalid", "Token")
