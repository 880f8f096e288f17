"""Log lines for who may read them: page by page, one, or live. Must not know how lines come in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gettone.control import access
from gettone.control.access import Permission
from gettone.control.environments import get_environment
from gettone.control.office import Office
from gettone.control.services import enter_service, not_found
from gettone.control.tails import Tail, Tails
from gettone.model.errors import PlatformError
from gettone.model.logs import Level, LogEntry, LogFilter
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.sids import FUNCTION, LOG, REQUEST
from gettone.store.interface import Transaction

TEXT_CHARACTERS_MAX = 1000


class Logs:
    """The log lines of an account's environments. `tails` are those that the log writer hands lines on to."""

    def __init__(self, office: Office, tails: Tails) -> None:
        self._office = office
        self._tails = tails

    async def page(
        self,
        principal: Principal,
        *,
        service: str,
        environment_sid: str,
        function_sid: str | None = None,
        request_sid: str | None = None,
        levels: Iterable[Level] | None = None,
        text: str | None = None,
        start_at: datetime | None = None,
        end_at: datetime | None = None,
        page: PageRequest,
    ) -> Page[LogEntry]:
        """An environment's lines, newest first. Raises PlatformError `invalid`, `not_found`, `denied`."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.LOGS_READ)
            environment = await get_environment(tx, owner, environment_sid)
        wanted = LogFilter(
            environment_sid=environment.sid,
            service_sid=owner.sid,
            function_sid=None if function_sid is None else FUNCTION.check(function_sid),
            request_sid=None if request_sid is None else REQUEST.check(request_sid),
            levels=None if levels is None else frozenset(levels),
            text=text,
            start_at=start_at,
            end_at=end_at,
        )
        _check(wanted)
        return await self._office.logs.page(owner.account_sid, wanted, page)

    async def search(self, principal: Principal, *, wanted: LogFilter, page: PageRequest) -> Page[LogEntry]:
        """The lines that are wanted of an environment, a service or the whole account, newest first.

        Raises PlatformError `invalid`, `not_found`, `denied`.
        """
        _check(wanted)
        async with self._office.store.reading() as tx:
            await _check_scope(tx, principal, wanted)
        return await self._office.logs.page(principal.account_sid, wanted, page)

    async def get(self, principal: Principal, *, service: str, environment_sid: str, sid: str) -> LogEntry:
        """One line. Raises PlatformError `not_found`, `denied`."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.LOGS_READ)
            environment = await get_environment(tx, owner, environment_sid)
        found = await self._office.logs.find(owner.account_sid, sid) if LOG.matches(sid) else None
        if found is None or found.environment_sid != environment.sid:
            raise not_found(f"/Services/{owner.sid}/Environments/{environment.sid}/Logs/{sid}")
        return found

    async def tail(self, principal: Principal, *, wanted: LogFilter) -> Tail:
        """Listen to the lines that are wanted from now on: iterate over what is returned, and close it at the end.

        It ends by itself after an hour. Raises PlatformError `invalid`, `not_found`, `denied`, and `unavailable` when
        too many listen.
        """
        _check(wanted)
        async with self._office.store.reading() as tx:
            await _check_scope(tx, principal, wanted)
        return self._tails.listen(principal.account_sid, wanted)


async def _check_scope(tx: Transaction, principal: Principal, wanted: LogFilter) -> None:
    """Let through who may read the lines of this environment, this service, or the whole account."""
    service_sid = wanted.service_sid
    if wanted.environment_sid is not None:
        environment = await tx.environments.find(sid=wanted.environment_sid, account_sid=principal.account_sid)
        if environment is None or service_sid not in (None, environment.service_sid):
            raise not_found(f"/Environments/{wanted.environment_sid}")
        service_sid = environment.service_sid
    if service_sid is None:
        access.require(principal, Permission.LOGS_READ)
    else:
        await enter_service(tx, principal, service_sid, Permission.LOGS_READ)


def _check(wanted: LogFilter) -> None:
    if wanted.text is not None and len(wanted.text) > TEXT_CHARACTERS_MAX:
        raise PlatformError(
            "invalid", f"a text to look for has at most {TEXT_CHARACTERS_MAX} characters: look for less", field="Text"
        )
