"""Figures over time: exact sums, quantiles of the whole, for those alone who may read the logs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gettone.control.figures import FUNCTIONS_SHOWN, Figures
from gettone.control.office import Office
from gettone.control.series import STEPS_MAX
from gettone.model.api_keys import ApiKeyType
from gettone.model.principals import Principal
from gettone.model.request_counts import LATENCY_BOUNDS, LATENCY_BUCKETS, MinuteCount, Tally
from gettone.model.sids import FUNCTION, FunctionSid
from gettone.model.users import Role
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
)
from tests.control.refusals import refusal
from tests.control.sites import Site, deploy, make_site

pytestmark = pytest.mark.anyio

START = STARTED_AT - timedelta(minutes=30)
FAST, SLOW = 10, 20  # buckets


@dataclass(frozen=True, slots=True)
class Desk:
    """Figures over an office with two sites."""

    office: Office
    figures: Figures
    site: Site
    other: Site

    def count(self, function_sid: FunctionSid, minute: int, site: Site | None = None, **numbers: int) -> MinuteCount:
        """What a function answered in a minute after START: so many `fast`, so many `slow`, errors among them."""
        where = site or self.site
        latency = [0] * LATENCY_BUCKETS
        latency[FAST], latency[SLOW] = numbers.pop("fast", 0), numbers.pop("slow", 0)
        return MinuteCount(
            gateway="g1",
            account_sid=ACCOUNT_SID,
            service_sid=where.service_sid,
            environment_sid=where.environment_sid,
            function_sid=function_sid,
            started_at=START + timedelta(minutes=minute),
            tally=Tally(**numbers, latency=tuple(latency)),
        )


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """A clock that stands half an hour after START."""
    async with open_office(clock=Clock(STARTED_AT)) as office:
        yield Desk(office, Figures(office), await make_site(office), await make_site(office))


def near(seconds: float | None, bucket: int) -> bool:
    """Whether a time lies in a bucket."""
    return seconds is not None and LATENCY_BOUNDS[bucket - 1] < seconds <= LATENCY_BOUNDS[bucket]


async def test_functions_are_told_step_by_step_the_busiest_first(desk: Desk) -> None:
    """Requests, errors and quantiles, and their names; steps without any are empty."""
    async with desk.office.store.reading() as tx:
        (one, two) = await tx.functions.all()
    gone = FUNCTION.derive("deleted")
    await desk.office.logs.add_counts(
        [
            desk.count(one.sid, 0, fast=98, slow=2, server_errors=1),
            desk.count(one.sid, 4, slow=10, client_errors=2, refused=3),
            desk.count(two.sid, 12, desk.other, fast=200),
            desk.count(gone, 29, fast=1),
        ]
    )
    told = await desk.figures.over(holder(), since=START, step_seconds=600)
    first, second, third = told.functions

    assert told.times == tuple(START + timedelta(minutes=minute) for minute in (0, 10, 20))
    assert (first.function_sid, first.environment_sid) == (two.sid, desk.other.environment_sid)
    assert (first.name, first.series.requests, first.series.p99_seconds[0]) == ("/hello", (0, 200, 0), None)
    assert (second.series.requests, second.series.errors) == ((110, 0, 0), (6, 0, 0))
    assert near(second.series.p50_seconds[0], FAST)
    assert near(second.series.p99_seconds[0], SLOW)
    assert second.series.p50_seconds[1:] == (None, None)
    assert (third.name, third.total.requests) == (None, 1)
    assert (third.service_name or "").startswith("site-")
    assert told.together.requests == (110, 200, 1)
    assert (told.total.requests, told.total.errors, told.others) == (311, 6, 0)


async def test_less_busy_functions_are_in_the_sum_alone(desk: Desk) -> None:
    """However many there are, what is shown is bounded."""
    many = FUNCTIONS_SHOWN + 3
    counts = [desk.count(FUNCTION.derive(str(n)), n % 2, fast=n + 1) for n in range(many)]
    await desk.office.logs.add_counts(counts)
    told = await desk.figures.over(holder(), since=START, step_seconds=60, until=START + timedelta(minutes=2))

    assert len(told.functions) == FUNCTIONS_SHOWN
    assert told.others == 3
    assert told.total.requests == sum(told.together.requests) == many * (many + 1) // 2
    assert told.functions[0].total.requests == many


async def test_one_service_or_environment_can_be_looked_at(desk: Desk) -> None:
    """A service by its name, too. Both together must belong together."""
    sid = FUNCTION.derive("a")
    await desk.office.logs.add_counts([desk.count(sid, 0, fast=1), desk.count(sid, 0, desk.other, fast=2)])
    async with desk.office.store.reading() as tx:
        service = await tx.services.find(sid=desk.other.service_sid)
    assert service is not None
    everything = await desk.figures.over(holder(), since=START, step_seconds=60)
    named = await desk.figures.over(holder(), since=START, step_seconds=60, service=service.unique_name)
    inside = await desk.figures.over(holder(), since=START, step_seconds=60, environment_sid=desk.site.environment_sid)
    mixed = desk.figures.today(holder(), service=service.sid, environment_sid=desk.site.environment_sid)

    assert [each.total.requests for each in everything.functions] == [2, 1]
    assert (named.total.requests, inside.total.requests) == (2, 1)
    assert (await refusal(mixed)).code == "not_found"


async def test_another_account_sees_nothing(desk: Desk) -> None:
    """No figure of it, no name, no deployment; its SIDs are as if there were none."""
    await desk.office.logs.add_counts([desk.count(FUNCTION.derive("a"), 0, fast=1)])
    await add_account(desk.office, OTHER_SID)
    stranger, site = holder(OTHER_SID), desk.site
    told = await desk.figures.over(stranger, since=START, step_seconds=60)

    assert (told.functions, told.total, set(told.together.requests)) == ((), Tally(), {0})
    assert await desk.figures.today(stranger) == Tally()
    assert await desk.figures.went_live(stranger) == ()
    for trying in (
        desk.figures.over(stranger, since=START, step_seconds=60, service=site.service_sid),
        desk.figures.over(stranger, since=START, step_seconds=60, environment_sid=site.environment_sid),
        desk.figures.today(stranger, environment_sid=site.environment_sid),
        desk.figures.went_live(stranger, service=site.service_sid),
    ):
        assert (await refusal(trying)).code == "not_found"


async def test_who_may_read_logs_may_see_figures(desk: Desk) -> None:
    """And nobody else."""
    allowed = [
        member(Role.VIEWER),
        key(ApiKeyType.STANDARD),
        key(ApiKeyType.RESTRICTED, "logs:read", "deployments:read"),
    ]
    refused = [key(ApiKeyType.RESTRICTED, "services:read"), key(ApiKeyType.RESTRICTED, "invoke")]

    def try_all(principal: Principal) -> list[Awaitable[object]]:
        return [
            desk.figures.over(principal, since=START, step_seconds=60),
            desk.figures.today(principal, service=desk.site.service_sid),
            desk.figures.went_live(principal),
        ]

    for trying in (each for principal in allowed for each in try_all(principal)):
        await trying
    for trying in (each for principal in refused for each in try_all(principal)):
        assert (await refusal(trying)).code == "denied"


async def test_key_of_a_service_sees_that_service_alone(desk: Desk) -> None:
    """Not the account's sums: they are of others, too."""
    limited = key(service_sid=desk.site.service_sid)
    await desk.figures.over(limited, since=START, step_seconds=60, service=desk.site.service_sid)
    for trying in (
        desk.figures.over(limited, since=START, step_seconds=60),
        desk.figures.over(limited, since=START, step_seconds=60, environment_sid=desk.other.environment_sid),
        desk.figures.went_live(limited),
    ):
        assert (await refusal(trying)).code == "denied"


async def test_times_that_cannot_be_shown_are_refused(desk: Desk) -> None:
    """With the field that is wrong."""
    wrong: list[tuple[datetime, datetime | None, int, str]] = [
        (START, None, 0, "step_seconds"),
        (START, None, -60, "step_seconds"),
        (START, None, 90, "step_seconds"),
        (START - timedelta(minutes=STEPS_MAX), None, 60, "step_seconds"),
        (STARTED_AT, None, 60, "until"),
        (START, START - timedelta(days=1), 60, "until"),
        (datetime.min.replace(tzinfo=UTC), None, 86400, "until"),
    ]
    for since, until, step_seconds, parameter in wrong:
        refused = await refusal(desk.figures.over(holder(), since=since, until=until, step_seconds=step_seconds))

        assert (refused.code, refused.evidence["parameter"]) == ("invalid", parameter)


async def test_steps_are_equally_long_where_clocks_are_put_back(desk: Desk) -> None:
    """`since` may be of any zone; what is told is in UTC."""
    berlin = ZoneInfo("Europe/Berlin")
    since, until = datetime(2026, 10, 25, tzinfo=berlin), datetime(2026, 10, 26, tzinfo=berlin)
    told = await desk.figures.over(holder(), since=since, until=until, step_seconds=3600)

    assert len(told.times) == 25
    assert told.times[0] == datetime(2026, 10, 24, 22, tzinfo=UTC)


async def test_today_begins_at_the_readers_midnight(desk: Desk) -> None:
    """Nine hours earlier in Tokyo than in Greenwich."""
    sid = FUNCTION.derive("a")
    hours_ago = {0: 1, 10: 2, 20: 4}  # today, yesterday in Greenwich, yesterday in Tokyo too
    await desk.office.logs.add_counts(
        [desk.count(sid, -60 * hours, fast=requests) for hours, requests in hours_ago.items()]
    )
    greenwich = await desk.figures.today(holder())
    tokyo = await desk.figures.today(holder(), zone=ZoneInfo("Asia/Tokyo"))
    kathmandu = await desk.figures.today(holder(), zone=ZoneInfo("Asia/Kathmandu"))

    assert (greenwich.requests, tokyo.requests, kathmandu.requests) == (1, 3, 3)


async def test_what_went_live_last_is_told_first(desk: Desk) -> None:
    """With who did it, when and where; of one service where that is asked for."""
    await deploy(desk.office, desk.site.environment_sid, None, member(Role.DEVELOPER))
    told = await desk.figures.went_live(holder(), count=2)
    of_other = await desk.figures.went_live(holder(), service=desk.other.service_sid)

    assert [each.environment.sid for each in told] == [desk.site.environment_sid, desk.other.environment_sid]
    assert (told[0].deployment.actor, told[0].deployment.build_sid) == ("ada@example.com", None)
    assert told[0].service.sid == desk.site.service_sid
    assert [each.deployment.build_sid for each in of_other] == [desk.other.build_sid]
