"""How things stand, as an account may know it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from gettone.control.health import Condition, Health
from gettone.model.api_keys import ApiKeyType
from gettone.model.users import Role
from gettone.wire.feed import ServingProblem
from tests.control.offices import OTHER_SID, add_account, holder, key, member, open_office
from tests.control.refusals import refusal
from tests.control.sites import make_site

pytestmark = pytest.mark.anyio


@dataclass
class Gateways:
    """What gateways would tell."""

    served: int = 0
    told: tuple[ServingProblem, ...] = ()

    def served_revision(self) -> int:
        return self.served

    def problems(self) -> tuple[ServingProblem, ...]:
        return self.told


async def test_served_is_told_beside_what_was_published() -> None:
    """No gateway, one that is behind, one that has the newest."""
    gateways = Gateways()
    async with open_office() as office:
        await make_site(office)
        async with office.store.reading() as tx:
            newest = await tx.snapshots.newest_revision()
        health = Health(office, gateways)
        seen: list[Condition] = []
        for gateways.served in (0, newest - 1, newest):
            seen.append(await health.look(member(Role.VIEWER)))

    assert newest > 1
    assert [(each.is_served, each.is_current) for each in seen] == [(False, False), (True, False), (True, True)]
    assert {each.latest_revision for each in seen} == {newest}


async def test_problems_of_other_accounts_are_not_told() -> None:
    """They name files and lines."""
    async with open_office() as office:
        site = await make_site(office)
        await add_account(office, OTHER_SID)
        problem = ServingProblem(site.environment_sid, "it does not load", file="functions/a.py", line=3)
        health = Health(office, Gateways(1, (problem, ServingProblem("ZE" + "0" * 32, "gone"))))

        assert (await health.look(holder())).problems == (problem,)
        assert (await health.look(holder(OTHER_SID))).problems == ()


async def test_sandbox_is_what_it_was_told() -> None:
    """None where functions are not confined."""
    async with open_office() as office:
        confined = await Health(office, Gateways(), "bubblewrap").look(holder())
        bare = await Health(office, Gateways()).look(holder())

    assert (confined.sandbox, bare.sandbox) == ("bubblewrap", None)


async def test_who_may_not_look_at_the_account_is_denied() -> None:
    """A restricted key, for one."""
    async with open_office() as office:
        refused = await refusal(Health(office, Gateways()).look(key(ApiKeyType.RESTRICTED, "logs:read")))

    assert refused.code == "denied"
