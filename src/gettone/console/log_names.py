"""What log lines are of, by name: functions and services are looked up once each, while a page or a stream lasts.

Must not know lines' texts.
"""

from __future__ import annotations

from starlette.requests import Request

from gettone.console.fixtures import desk_of
from gettone.console.render import short_sid
from gettone.console.session import signed_in
from gettone.model.errors import PlatformError
from gettone.model.logs import LogEntry

# A stream may go on for an hour; beyond this it is looked up again.
KEPT_MAX = 1000


class LogNames:
    """Names of functions and services. State: those that were looked up."""

    def __init__(self, request: Request) -> None:
        self._desk = desk_of(request)
        self._principal = signed_in(request).principal
        self._known: dict[str, str] = {}

    async def function(self, entry: LogEntry) -> str:
        """The function that a line is of; its SID's ends where it is gone, empty where the line is of none."""
        sid = entry.function_sid
        if sid is None:
            return ""
        if sid not in self._known:
            try:
                found = await self._desk.functions.get(self._principal, service=entry.service_sid, sid=sid)
                self._keep(sid, found.friendly_name)
            except PlatformError as error:
                if error.code not in ("not_found", "denied"):
                    raise
                self._keep(sid, short_sid(sid))
        return self._known[sid]

    async def service(self, entry: LogEntry) -> str:
        """The service that a line is of; its SID's ends where it is gone."""
        sid = entry.service_sid
        if sid not in self._known:
            try:
                self._keep(sid, (await self._desk.services.get(self._principal, service=sid)).friendly_name)
            except PlatformError as error:
                if error.code not in ("not_found", "denied"):
                    raise
                self._keep(sid, short_sid(sid))
        return self._known[sid]

    def _keep(self, sid: str, name: str) -> None:
        if len(self._known) >= KEPT_MAX:
            self._known.clear()
        self._known[sid] = name
