"""Services, as a server tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from gettone.client.connection import Connection
from gettone.client.records import Record

SERVICES = "/v1/Services"


@dataclass(frozen=True, slots=True)
class RemoteService:
    """A service. `domain_base` is what its domain names begin with."""

    sid: str
    account_sid: str
    unique_name: str
    friendly_name: str
    include_credentials: bool
    ui_editable: bool
    domain_base: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RemoteBounds:
    """How the workers of a service are bounded; None leaves one as it is."""

    concurrency: int | None = None
    workers_max: int | None = None
    timeout_seconds: float | None = None


class Services:
    """The services of the account that asks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> Iterator[RemoteService]:
        """List all of them."""
        return (read_service(record) for record in self._connection.pages(SERVICES, "services"))

    def get(self, service: str) -> RemoteService:
        """One, by SID or unique name. Raises PlatformError `not_found`."""
        return read_service(self._connection.get_json(service_path(service)))

    def find(self, service: str) -> RemoteService | None:
        """One, by SID or unique name; None where there is none."""
        record = self._connection.find_json(service_path(service))
        return None if record is None else read_service(record)

    def create(
        self,
        unique_name: str,
        friendly_name: str | None = None,
        *,
        include_credentials: bool = True,
        ui_editable: bool = False,
    ) -> RemoteService:
        """Create one. Raises PlatformError `conflict` where the name is taken."""
        form = {
            "UniqueName": unique_name,
            "FriendlyName": friendly_name or unique_name,
            "IncludeCredentials": written(include_credentials),
            "UiEditable": written(ui_editable),
        }
        return read_service(self._connection.post_form(SERVICES, form))

    def update(
        self,
        service: str,
        *,
        friendly_name: str | None = None,
        include_credentials: bool | None = None,
        ui_editable: bool | None = None,
    ) -> RemoteService:
        """Change one; what is None stays."""
        given = {
            "FriendlyName": friendly_name,
            "IncludeCredentials": None if include_credentials is None else written(include_credentials),
            "UiEditable": None if ui_editable is None else written(ui_editable),
        }
        form = {name: value for name, value in given.items() if value is not None}
        return read_service(self._connection.post_form(service_path(service), form))

    def delete(self, service: str) -> None:
        """Delete one, with all that it holds."""
        self._connection.delete(service_path(service))

    def bounds(self, service: str) -> RemoteBounds:
        """How its workers are bounded."""
        return _read_bounds(self._connection.get_json(f"{own_service_path(service)}/settings"))

    def bound(self, service: str, bounds: RemoteBounds) -> RemoteBounds:
        """Bound its workers."""
        given = {
            "concurrency": bounds.concurrency,
            "workers_max": bounds.workers_max,
            "timeout_seconds": bounds.timeout_seconds,
        }
        document = {name: value for name, value in given.items() if value is not None}
        return _read_bounds(self._connection.post_json(f"{own_service_path(service)}/settings", document))


def read_service(record: Record) -> RemoteService:
    """A service of its JSON."""
    return RemoteService(
        sid=record.text("sid"),
        account_sid=record.text("account_sid"),
        unique_name=record.text("unique_name"),
        friendly_name=record.text("friendly_name"),
        include_credentials=record.flag("include_credentials"),
        ui_editable=record.flag("ui_editable"),
        domain_base=record.find_text("domain_base") or "",
        created_at=record.moment("date_created"),
        updated_at=record.moment("date_updated"),
    )


def _read_bounds(record: Record) -> RemoteBounds:
    return RemoteBounds(
        int(record.number("concurrency")), int(record.number("workers_max")), record.number("timeout_seconds")
    )


def service_path(service: str, *parts: str) -> str:
    """The path of a service, or of something in it, as Twilio has it."""
    return "/".join((SERVICES, *(quote(part, safe="") for part in (service, *parts))))


def own_service_path(service: str, *parts: str) -> str:
    """The path of what a service has here beyond Twilio."""
    return "/".join(("/api/v1/services", *(quote(part, safe="") for part in (service, *parts))))


def written(flag: bool) -> str:
    """Yes or no, as forms have it."""
    return "true" if flag else "false"
