"""Environments of a service, as a server tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gettone.client.connection import Connection
from gettone.client.records import Record
from gettone.client.services import service_path


@dataclass(frozen=True, slots=True)
class RemoteEnvironment:
    """An environment. Without a suffix it is production; `build_sid` is None where nothing is live."""

    sid: str
    service_sid: str
    unique_name: str
    domain_suffix: str | None
    domain_name: str
    build_sid: str | None
    created_at: datetime
    updated_at: datetime


class Environments:
    """The environments of one service, by its SID or unique name."""

    def __init__(self, connection: Connection, service: str) -> None:
        self._connection = connection
        self._service = service

    def list(self) -> Iterator[RemoteEnvironment]:
        """List all of them."""
        path = service_path(self._service, "Environments")
        return (read_environment(record) for record in self._connection.pages(path, "environments"))

    def get(self, sid: str) -> RemoteEnvironment:
        """One, by its SID. Raises PlatformError `not_found`."""
        return read_environment(self._connection.get_json(service_path(self._service, "Environments", sid)))

    def create(self, unique_name: str, domain_suffix: str | None = None) -> RemoteEnvironment:
        """Create one. Raises PlatformError `conflict` where name or suffix is taken."""
        form = {"UniqueName": unique_name}
        if domain_suffix:
            form["DomainSuffix"] = domain_suffix
        return read_environment(self._connection.post_form(service_path(self._service, "Environments"), form))

    def delete(self, sid: str) -> None:
        """Delete one, with its variables and its log."""
        self._connection.delete(service_path(self._service, "Environments", sid))


def read_environment(record: Record) -> RemoteEnvironment:
    """An environment of its JSON."""
    return RemoteEnvironment(
        sid=record.text("sid"),
        service_sid=record.text("service_sid"),
        unique_name=record.text("unique_name"),
        domain_suffix=record.find_text("domain_suffix") or None,
        domain_name=record.text("domain_name"),
        build_sid=record.find_text("build_sid"),
        created_at=record.moment("date_created"),
        updated_at=record.moment("date_updated"),
    )
