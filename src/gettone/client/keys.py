"""API keys of an account, as a server tells of them. A secret is told once, where it is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from gettone.client.connection import Connection
from gettone.client.records import Record
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError

KEYS = "/api/v1/api-keys"


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """A key. `service_sid` is the one service it is limited to; `policy` is a restricted one's."""

    sid: str
    account_sid: str
    friendly_name: str
    type: ApiKeyType
    policy: tuple[str, ...] | None
    service_sid: str | None
    previous_secret_until: datetime | None
    last_used_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewRemoteKey:
    """A key that was just made or rotated, and its secret."""

    key: RemoteKey
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RemoteKeyName:
    """All that Twilio tells of a key."""

    sid: str
    friendly_name: str


class Keys:
    """The keys of an account: of the one that asks, or of a subaccount of it."""

    def __init__(self, connection: Connection, account_sid: str | None = None) -> None:
        self._connection = connection
        self._query: Mapping[str, str] = {} if account_sid is None else {"account_sid": account_sid}

    def list(self) -> Iterator[RemoteKey]:
        """List all of them."""
        return (_read(record) for record in self._connection.pages(KEYS, "api_keys", self._query))

    def names(self, account_sid: str) -> Iterator[RemoteKeyName]:
        """List them as Twilio does, too."""
        path = f"/2010-04-01/Accounts/{quote(account_sid, safe='')}/Keys.json"
        records = self._connection.pages(path, "keys")
        return (RemoteKeyName(record.text("sid"), record.find_text("friendly_name") or "") for record in records)

    def get(self, sid: str) -> RemoteKey:
        """One, by its SID. Raises PlatformError `not_found`."""
        return _read(self._connection.get_json(_path(sid), self._query))

    def create(
        self,
        friendly_name: str,
        key_type: ApiKeyType = ApiKeyType.STANDARD,
        *,
        policy: Sequence[str] | None = None,
        service: str | None = None,
    ) -> NewRemoteKey:
        """Create one. `service` limits it to one service, by SID or unique name."""
        document: dict[str, object] = {"friendly_name": friendly_name, "type": key_type.value}
        if policy is not None:
            document["policy"] = list(policy)
        if service is not None:
            document["service"] = service
        return _read_new(self._connection.post_json(KEYS, document, self._query))

    def rotate(self, sid: str, overlap_seconds: float) -> NewRemoteKey:
        """Give one another secret. The old one is good for so long yet."""
        document = {"overlap_seconds": overlap_seconds}
        return _read_new(self._connection.post_json(f"{_path(sid)}/rotate", document, self._query))

    def delete(self, sid: str) -> None:
        """Delete one. What it signed is refused from now on."""
        self._connection.delete(_path(sid), self._query)


def _path(sid: str) -> str:
    return f"{KEYS}/{quote(sid, safe='')}"


def _read_new(record: Record) -> NewRemoteKey:
    return NewRemoteKey(_read(record), record.text("secret"))


def _read(record: Record) -> RemoteKey:
    try:
        key_type = ApiKeyType(record.text("type"))
    except ValueError:
        raise PlatformError(
            "invalid", f"{record.where} tells of a type of keys that is none: look at what listens there"
        ) from None
    return RemoteKey(
        sid=record.text("sid"),
        account_sid=record.text("account_sid"),
        friendly_name=record.text("friendly_name"),
        type=key_type,
        policy=record.find_texts("policy"),
        service_sid=record.find_text("service_sid"),
        previous_secret_until=record.find_moment("previous_secret_until"),
        last_used_at=record.find_moment("last_used_at"),
        created_at=record.moment("created_at"),
        updated_at=record.moment("updated_at"),
    )
