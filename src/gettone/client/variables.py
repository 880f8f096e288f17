"""Variables of an environment, as a server tells of them. Values stay out of every repr."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gettone.client.connection import Connection
from gettone.client.records import Record
from gettone.client.services import own_service_path, service_path


@dataclass(frozen=True, slots=True)
class RemoteVariable:
    """A variable. `value` is None for those who may not see it."""

    sid: str
    key: str
    value: str | None = field(repr=False)
    created_at: datetime
    updated_at: datetime


class Variables:
    """The variables of one environment. What it serves has each change at once."""

    def __init__(self, connection: Connection, service: str, environment_sid: str) -> None:
        self._connection = connection
        self._path = service_path(service, "Environments", environment_sid, "Variables")
        self._own_path = own_service_path(service, "environments", environment_sid, "variables")

    def list(self) -> Iterator[RemoteVariable]:
        """List all of them."""
        return (_read(record) for record in self._connection.pages(self._path, "variables"))

    def create(self, key: str, value: str) -> RemoteVariable:
        """Create one. Raises PlatformError `conflict` where the key is taken."""
        return _read(self._connection.post_form(self._path, {"Key": key, "Value": value}))

    def update(self, sid: str, value: str) -> RemoteVariable:
        """Give one another value."""
        return _read(self._connection.post_form(f"{self._path}/{sid}", {"Value": value}))

    def delete(self, sid: str) -> None:
        """Delete one."""
        self._connection.delete(f"{self._path}/{sid}")

    def replace(self, values: Mapping[str, str], *, keep_others: bool = True) -> tuple[str, ...]:
        """Give many their values in one change, which is a Gettone's own; the keys that changed."""
        document = {"values": dict(values), "keep_others": keep_others}
        return self._connection.post_json(self._own_path, document).texts("changed")


def _read(record: Record) -> RemoteVariable:
    return RemoteVariable(
        sid=record.text("sid"),
        key=record.text("key"),
        value=record.find_text("value"),
        created_at=record.moment("date_created"),
        updated_at=record.moment("date_updated"),
    )
