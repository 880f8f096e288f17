"""Functions and assets of a service and their versions, as a server tells of them; and sending one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from gettone.client.connection import Connection
from gettone.client.records import Record
from gettone.client.requests import Upload
from gettone.client.services import service_path
from gettone.model.errors import PlatformError
from gettone.model.functions import Visibility


@dataclass(frozen=True, slots=True)
class RemoteFunction:
    """A function. The toolkit names it after its path."""

    sid: str
    service_sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RemoteAsset:
    """An asset. The toolkit names it after its path."""

    sid: str
    service_sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RemoteVersion:
    """A version of a function or an asset; `file_sid` is whose."""

    sid: str
    file_sid: str
    path: str
    visibility: Visibility
    created_at: datetime


R = TypeVar("R", RemoteFunction, RemoteAsset)


class _Files(Generic[R]):
    """What functions and assets have in common."""

    def __init__(self, connection: Connection, service: str, noun: str, singular: str, shape: type[R]) -> None:
        self._connection = connection
        self._service = service
        self._noun, self._singular = noun, singular
        self._shape: type[R] = shape

    def list(self) -> Iterator[R]:
        """List all of them."""
        records = self._connection.pages(self._path(), self._noun.lower())
        return (self._read(record) for record in records)

    def get(self, sid: str) -> R:
        """One, by its SID. Raises PlatformError `not_found`."""
        return self._read(self._connection.get_json(self._path(sid)))

    def create(self, friendly_name: str) -> R:
        """Create one, still without a version."""
        return self._read(self._connection.post_form(self._path(), {"FriendlyName": friendly_name}))

    def rename(self, sid: str, friendly_name: str) -> R:
        """Give it another name."""
        return self._read(self._connection.post_form(self._path(sid), {"FriendlyName": friendly_name}))

    def delete(self, sid: str) -> None:
        """Delete one, with its versions."""
        self._connection.delete(self._path(sid))

    def versions(self, sid: str) -> Iterator[RemoteVersion]:
        """List its versions, newest first."""
        records = self._connection.pages(self._path(sid, "Versions"), f"{self._singular}_versions")
        return (read_version(record, f"{self._singular}_sid") for record in records)

    def upload(
        self, sid: str, *, path: str, visibility: Visibility, filename: str, content: bytes, content_type: str
    ) -> RemoteVersion:
        """Send a version. Name and type tell a function's language. Raises PlatformError `invalid`, `too_large`."""
        fields = {"Path": path, "Visibility": visibility.value}
        upload = Upload(fields, filename, content, content_type)
        return read_version(self._connection.upload(self._path(sid, "Versions"), upload), f"{self._singular}_sid")

    def _path(self, *parts: str) -> str:
        return service_path(self._service, self._noun, *parts)

    def _read(self, record: Record) -> R:
        return self._shape(
            sid=record.text("sid"),
            service_sid=record.text("service_sid"),
            friendly_name=record.text("friendly_name"),
            created_at=record.moment("date_created"),
            updated_at=record.moment("date_updated"),
        )


class Functions(_Files[RemoteFunction]):
    """The functions of one service, by its SID or unique name."""

    def __init__(self, connection: Connection, service: str) -> None:
        super().__init__(connection, service, "Functions", "function", RemoteFunction)

    def content(self, sid: str, version_sid: str) -> str:
        """The source of a version."""
        return self._connection.get_json(self._path(sid, "Versions", version_sid, "Content")).text("content")


class Assets(_Files[RemoteAsset]):
    """The assets of one service, by its SID or unique name. Their content is not to be had by this way."""

    def __init__(self, connection: Connection, service: str) -> None:
        super().__init__(connection, service, "Assets", "asset", RemoteAsset)


class Files:
    """Both sorts of files of one service."""

    def __init__(self, connection: Connection, service: str) -> None:
        self.functions = Functions(connection, service)
        self.assets = Assets(connection, service)


def read_version(record: Record, owner: str) -> RemoteVersion:
    """A version of its JSON; `owner` is the name under which it says whose it is."""
    return RemoteVersion(
        sid=record.text("sid"),
        file_sid=record.text(owner),
        path=record.text("path"),
        visibility=_visibility(record),
        created_at=record.moment("date_created"),
    )


def _visibility(record: Record) -> Visibility:
    said = record.text("visibility").lower()  # within a build it is in capitals
    try:
        return Visibility(said)
    except ValueError:
        raise PlatformError(
            "invalid", f"{record.where} tells of a visibility that is none: look at what listens there"
        ) from None
