"""`/v1/Services/{ServiceSid}/Environments/{EnvironmentSid}/Logs`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from gettone.api.calls import Caller
from gettone.api.dates import read_date
from gettone.api.fields import Text, said
from gettone.api.pages import Asks, meta
from gettone.api.parameters import EnvironmentSid, ServiceSid, Sid
from gettone.api.shapes_builds import LogPage, LogShape, show_log

router = APIRouter(prefix="/v1/Services/{ServiceSid}/Environments/{EnvironmentSid}/Logs", tags=["Logs"])

_SINCE = timedelta(days=1)  # Twilio's default

FunctionSid = Annotated[Text, said(pattern="^(ZH[0-9a-f]{32})?$")]
Date = Annotated[Text, said(anyOf=[{"format": "date-time"}, {"format": "date"}])]


@router.get("")
async def list_logs(
    call: Caller,
    service: ServiceSid,
    environment: EnvironmentSid,
    page: Asks,
    function: Annotated[FunctionSid | None, Query(alias="FunctionSid", description="Lines of this function")] = None,
    start: Annotated[Date | None, Query(alias="StartDate", description="ISO 8601; absent: a day ago")] = None,
    end: Annotated[Date | None, Query(alias="EndDate", description="ISO 8601; absent: now")] = None,
) -> LogPage:
    """List log lines, newest first."""
    given = [("FunctionSid", function), ("StartDate", start), ("EndDate", end)]
    found = await call.use.logs.page(
        call.principal,
        service=service,
        environment_sid=environment,
        function_sid=function or None,
        start_at=read_date(start, "StartDate") if start else call.now - _SINCE,
        end_at=read_date(end, "EndDate") if end else None,
        page=page.request,
    )
    url = call.url("Services", service, "Environments", environment, "Logs")
    return LogPage(
        logs=[show_log(call, entry) for entry in found.items],
        meta=meta(url, "logs", page, found, [(name, value) for name, value in given if value]),
    )


@router.get("/{Sid}")
async def fetch_log(call: Caller, service: ServiceSid, environment: EnvironmentSid, sid: Sid) -> LogShape:
    """Fetch a log line."""
    entry = await call.use.logs.get(call.principal, service=service, environment_sid=environment, sid=sid)
    return show_log(call, entry)
