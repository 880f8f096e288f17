"""Log lines of a server: those that are kept, and those that come.

A connection that breaks while lines come is made again, with the last line's SID, so that nothing is missing unseen;
what could not be had is counted. Must not know how lines are shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from gettone.client.connection import Connection
from gettone.client.records import Record
from gettone.client.services import service_path
from gettone.model.errors import PlatformError

TAIL = "/api/v1/logs/tail"
TRIES_MAX = 5
TRY_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class RemoteLogLine:
    """A line. What belongs to no invocation has None for function and request."""

    sid: str
    service_sid: str
    environment_sid: str
    build_sid: str | None
    deployment_sid: str | None
    function_sid: str | None
    request_sid: str | None
    level: str
    message: str
    is_platform: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MissingLines:
    """Lines that came and are not here; None where nobody knows how many."""

    count: int | None


@dataclass(frozen=True, slots=True)
class LogWish:
    """Which lines are wanted; None and nothing for all."""

    function_sid: str | None = None
    request_sid: str | None = None
    levels: tuple[str, ...] = ()
    text: str | None = None


class Logs:
    """The log of one environment. `service_sid` is a SID: whoever comes back to a tail names the service by it."""

    def __init__(self, connection: Connection, service_sid: str, environment_sid: str) -> None:
        self._connection = connection
        self._service_sid, self._environment_sid = service_sid, environment_sid

    def list(
        self,
        *,
        limit: int | None = None,
        function_sid: str | None = None,
        start_at: datetime | None = None,
        end_at: datetime | None = None,
    ) -> Iterator[RemoteLogLine]:
        """List lines, newest first; of the last day unless `start_at` says otherwise."""
        query: dict[str, str] = {} if limit is None else {"PageSize": str(min(limit, 1000))}
        wanted = (("FunctionSid", function_sid), ("StartDate", _date(start_at)), ("EndDate", _date(end_at)))
        query |= {name: value for name, value in wanted if value is not None}
        path = service_path(self._service_sid, "Environments", self._environment_sid, "Logs")
        lines = (_read(record, "date_created") for record in self._connection.pages(path, "logs", query))
        return islice(lines, limit)

    def tail(self, wish: LogWish | None = None, *, after: str | None = None) -> Iterator[RemoteLogLine | MissingLines]:
        """Lines as they come, without an end. `after` is the SID of the last line that is known already."""
        query = self._query(wish or LogWish())
        tries = 0
        while True:
            try:
                with self._connection.events(TAIL, query, last_id=after) as events:
                    for event in events:
                        tries = 0
                        if event.name == "dropped":
                            count = Record(_parse(event.data), self._connection.address.name).find_number("count")
                            yield MissingLines(None if count is None else int(count))
                        elif event.data:
                            line = _read(Record(_parse(event.data), self._connection.address.name), "created_at")
                            after = line.sid
                            yield line
            except PlatformError as error:
                tries += 1
                if error.code != "unavailable" or tries >= TRIES_MAX:
                    raise
            self._connection.pause(TRY_AGAIN_SECONDS)

    def _query(self, wish: LogWish) -> Mapping[str, str | Sequence[str]]:
        query: dict[str, str | Sequence[str]] = {
            "service": self._service_sid,
            "environment_sid": self._environment_sid,
            "level": wish.levels,
        }
        wanted = (("function_sid", wish.function_sid), ("request_sid", wish.request_sid), ("text", wish.text))
        return query | {name: value for name, value in wanted if value is not None}


def _date(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parse(data: str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _read(record: Record, created_at: str) -> RemoteLogLine:
    return RemoteLogLine(
        sid=record.text("sid"),
        service_sid=record.text("service_sid"),
        environment_sid=record.text("environment_sid"),
        build_sid=record.find_text("build_sid"),
        deployment_sid=record.find_text("deployment_sid"),
        function_sid=record.find_text("function_sid"),
        request_sid=record.find_text("request_sid"),
        level=record.text("level"),
        message=record.text("message"),
        is_platform=record.find_flag("is_platform") or False,
        created_at=record.moment(created_at),
    )
