"""The audit log: who did what, of one account, newest first."""

import pytest

from gettone.control import audit
from gettone.control.access import operator
from gettone.control.audit import Audit
from gettone.model.api_keys import ApiKeyType
from gettone.model.pages import PageRequest
from gettone.model.principals import Principal
from gettone.model.users import Role
from tests.control.offices import (
    ACCOUNT_SID,
    OTHER_SID,
    STARTED_AT,
    add_account,
    holder,
    key,
    member,
    open_office,
)
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("principal", "actor", "address"),
    [
        (operator(ACCOUNT_SID), "operator", None),
        (holder(), f"auth token {ACCOUNT_SID}", "192.0.2.1"),
        (member(Role.DEVELOPER), "user ada@example.com", "192.0.2.2"),
        (key(), f"api key SK{'c' * 32}", "192.0.2.3"),
    ],
)
async def test_actor_is_named_by_kind_and_name(principal: Principal, actor: str, address: str | None) -> None:
    """With the address it came from."""
    async with open_office() as office:
        async with office.store.writing() as tx:
            await audit.record(tx, principal, office.clock, "thing.make", "TH1", size="3")
        [entry] = (await Audit(office).list(holder(), page=PageRequest())).items

    assert (entry.actor, entry.address) == (actor, address)
    assert (entry.action, entry.target, entry.detail) == ("thing.make", "TH1", {"size": "3"})
    assert (entry.account_sid, entry.created_at) == (ACCOUNT_SID, STARTED_AT)


async def test_long_details_are_cut() -> None:
    """The log names things; it is no place for content."""
    async with open_office() as office:
        async with office.store.writing() as tx:
            await audit.record(tx, holder(), office.clock, "thing.make", "x" * 999, what="y" * 999)
        [entry] = (await Audit(office).list(holder(), page=PageRequest())).items

    assert (entry.target, entry.detail) == ("x" * 255, {"what": "y" * 255})


async def test_log_is_of_one_account_in_pages() -> None:
    """Newest first."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        async with office.store.writing() as tx:
            for number in range(3):
                await audit.record(tx, holder(), office.clock, "thing.make", str(number))
                await audit.record(tx, holder(OTHER_SID), office.clock, "thing.make", "theirs")
        first = await Audit(office).list(member(Role.VIEWER), page=PageRequest(2))
        rest = await Audit(office).list(key(), page=PageRequest(2, after=first.next))

    assert [entry.target for entry in (*first.items, *rest.items)] == ["2", "1", "0"]


async def test_restricted_keys_read_no_log_unless_told() -> None:
    """It tells what everybody does."""
    async with open_office() as office:
        error = await refusal(Audit(office).list(key(ApiKeyType.RESTRICTED, "deploy"), page=PageRequest()))
        await Audit(office).list(key(ApiKeyType.RESTRICTED, "audit:read"), page=PageRequest())

    assert error.code == "denied"
