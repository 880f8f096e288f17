"""How often functions answered, how, and how fast, for who may read their logs; and what went live last.

Must not know how it is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from gettone.control import access
from gettone.control.access import Permission
from gettone.control.count_keeping import MINUTES_KEPT
from gettone.control.office import Office
from gettone.control.series import (
    Series,
    add_up,
    by_function,
    by_time,
    make_series,
    make_times,
    place_of,
    whole_hour,
    whole_minute,
)
from gettone.control.services import enter_service, not_found
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource
from gettone.model.pages import PageRequest
from gettone.model.principals import Principal
from gettone.model.request_counts import CountFilter, FunctionCount, Tally
from gettone.model.services import Service
from gettone.model.sids import ENVIRONMENT, EnvironmentSid, FunctionSid, ServiceSid
from gettone.store.interface import Transaction

FUNCTIONS_SHOWN = 12  # more lines than that nobody can tell apart
DEPLOYMENTS_MAX = 50

_NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class FunctionFigures:
    """One function in one environment. Names are None where what they named is deleted."""

    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    function_sid: FunctionSid
    name: str | None
    service_name: str | None
    environment_name: str | None
    total: Tally
    series: Series


@dataclass(frozen=True, slots=True)
class Overview:
    """`functions` are the busiest, in that order; `others` is how many more there were. `together` is of all.

    `times` are the beginnings of the steps.
    """

    times: tuple[datetime, ...]
    step_seconds: int
    total: Tally
    together: Series
    functions: tuple[FunctionFigures, ...]
    others: int


@dataclass(frozen=True, slots=True)
class WentLive:
    """A deployment, and where it was."""

    deployment: DeploymentResource
    service: Service
    environment: EnvironmentResource


class Figures:
    """The figures of an account, a service or an environment."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def over(
        self,
        principal: Principal,
        *,
        since: datetime,
        step_seconds: int,
        until: datetime | None = None,
        service: str | None = None,
        environment_sid: str | None = None,
    ) -> Overview:
        """What was answered from `since` until `until`, or until now. Steps begin at the whole minute before `since`.

        What is older than MINUTES_KEPT is told in whole hours: there steps begin at the whole hour before it.
        Raises PlatformError `invalid`, `not_found`, `denied`.
        """
        step = timedelta(seconds=step_seconds)
        now = self._office.clock()
        start, end = whole_minute(since), whole_minute(until or now, is_end=True)
        if start < now - MINUTES_KEPT:
            start = whole_hour(start, step)
        times = make_times(start, end, step)
        wanted = await self._wanted(principal, CountFilter(start, end), service, environment_sid)
        logs, account_sid = self._office.logs, principal.account_sid
        found = sorted(await logs.read_counts(account_sid, wanted), key=lambda each: -each.tally.requests)
        shown = found[:FUNCTIONS_SHOWN]
        by_step = replace(wanted, step=step)
        function_sids = frozenset(each.function_sid for each in shown)
        parts = await logs.read_counts(account_sid, replace(by_step, function_sids=function_sids)) if shown else []
        steps = by_function(parts)
        if len(found) > len(shown):
            together = by_time(await logs.read_totals(account_sid, by_step))
        else:
            together = add_up(steps.values())
        async with self._office.store.reading() as tx:
            functions = [
                await _figures_of(tx, each, make_series(steps.get(place_of(each), {}), times)) for each in shown
            ]
        return Overview(
            times=times,
            step_seconds=step_seconds,
            total=sum((each.tally for each in found), _NOTHING),
            together=make_series(together, times),
            functions=tuple(functions),
            others=len(found) - len(shown),
        )

    async def today(
        self,
        principal: Principal,
        *,
        zone: tzinfo = UTC,
        service: str | None = None,
        environment_sid: str | None = None,
    ) -> Tally:
        """All that was answered since midnight in this zone. Raises PlatformError `not_found`, `denied`."""
        now = self._office.clock().astimezone(zone)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        wanted = CountFilter(whole_minute(midnight), whole_minute(now, is_end=True))
        wanted = await self._wanted(principal, wanted, service, environment_sid)
        totals = await self._office.logs.read_totals(principal.account_sid, wanted)
        return sum((each.tally for each in totals), _NOTHING)

    async def went_live(
        self, principal: Principal, *, service: str | None = None, count: int = 5
    ) -> Sequence[WentLive]:
        """The last deployments of the account or a service, newest first.

        Raises PlatformError `not_found`, `denied`.
        """
        page = PageRequest(max(1, min(count, DEPLOYMENTS_MAX)))
        async with self._office.store.reading() as tx:
            if service is None:
                access.require(principal, Permission.DEPLOYMENTS_READ)
                found = await tx.deployments.page(page, account_sid=principal.account_sid)
            else:
                owner = await enter_service(tx, principal, service, Permission.DEPLOYMENTS_READ)
                found = await tx.deployments.page(page, service_sid=owner.sid)
            told = []
            for each in found.items:
                where = await tx.environments.find(sid=each.environment_sid)
                of = await tx.services.find(sid=each.service_sid)
                if where is not None and of is not None:
                    told.append(WentLive(each, of, where))
        return tuple(told)

    async def _wanted(
        self, principal: Principal, wanted: CountFilter, service: str | None, environment_sid: str | None
    ) -> CountFilter:
        """Narrow to what was named, for somebody who may read the log there."""
        if service is None and environment_sid is None:
            access.require(principal, Permission.LOGS_READ)
            return wanted
        async with self._office.store.reading() as tx:
            if environment_sid is not None:
                environment = await _find_environment(tx, principal, environment_sid)
                owner = await enter_service(tx, principal, environment.service_sid, Permission.LOGS_READ)
                if service is not None and service not in (owner.sid, owner.unique_name):
                    raise not_found(f"/Services/{service}/Environments/{environment_sid}")
                return replace(wanted, service_sid=owner.sid, environment_sid=environment.sid)
            owner = await enter_service(tx, principal, service or "", Permission.LOGS_READ)
        return replace(wanted, service_sid=owner.sid)


async def _find_environment(tx: Transaction, principal: Principal, sid: str) -> EnvironmentResource:
    is_one = ENVIRONMENT.matches(sid)
    found = await tx.environments.find(sid=sid, account_sid=principal.account_sid) if is_one else None
    if found is None:
        raise not_found(f"/Environments/{sid}")
    return found


async def _figures_of(tx: Transaction, total: FunctionCount, series: Series) -> FunctionFigures:
    function = await tx.functions.find(sid=total.function_sid)
    service = await tx.services.find(sid=total.service_sid)
    environment = await tx.environments.find(sid=total.environment_sid)
    return FunctionFigures(
        service_sid=total.service_sid,
        environment_sid=total.environment_sid,
        function_sid=total.function_sid,
        name=None if function is None else function.friendly_name,
        service_name=None if service is None else service.friendly_name,
        environment_name=None if environment is None else environment.domain_name,
        total=total.tally,
        series=series,
    )
