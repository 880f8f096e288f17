"""Accounts, and who it is that asks, as a server tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from gettone.client.connection import Connection
from gettone.client.records import Record
from gettone.model.errors import PlatformError

IDENTITY = "/api/v1/identity"


@dataclass(frozen=True, slots=True)
class RemoteAccount:
    """An account. `status` is active, suspended or closed."""

    sid: str
    owner_account_sid: str
    friendly_name: str
    status: str


@dataclass(frozen=True, slots=True)
class RemoteIdentity:
    """Who asks, and what they may do. `kind` is `auth token` or `api key`; `name` is the SID that signed in."""

    kind: str
    name: str
    account_sid: str
    key_type: str | None
    service_sid: str | None
    permissions: tuple[str, ...]


class Accounts:
    """The account that asks, and its subaccounts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def identity(self) -> RemoteIdentity:
        """Who asks. Raises PlatformError `denied` where the server knows nobody by these credentials."""
        record = self._connection.get_json(IDENTITY)
        return RemoteIdentity(
            kind=record.text("kind"),
            name=record.text("name"),
            account_sid=record.text("account_sid"),
            key_type=record.find_text("key_type"),
            service_sid=record.find_text("service_sid"),
            permissions=record.texts("permissions"),
        )

    def own_sid(self) -> str:
        """The SID of the account that asks, also at Twilio. Raises PlatformError `invalid` where that says nobody."""
        if self._connection.username.startswith("AC"):
            return self._connection.username
        if self._connection.address.own is not None:
            return self.identity().account_sid
        for account in self.list():
            return account.owner_account_sid
        raise PlatformError("invalid", "this key does not tell whose it is: name the account's SID as the user name")

    def list(self) -> Iterator[RemoteAccount]:
        """List the account and its subaccounts."""
        records = self._connection.pages("/2010-04-01/Accounts.json", "accounts")
        return (_read(record) for record in records)

    def get(self, sid: str) -> RemoteAccount:
        """One, by its SID. Raises PlatformError `not_found`."""
        return _read(self._connection.get_json(f"/2010-04-01/Accounts/{quote(sid, safe='')}.json"))

    def auth_token(self, sid: str) -> str | None:
        """An account's auth token; None for those who may not see it."""
        return self._connection.get_json(f"/2010-04-01/Accounts/{quote(sid, safe='')}.json").find_text("auth_token")


def _read(record: Record) -> RemoteAccount:
    return RemoteAccount(
        sid=record.text("sid"),
        owner_account_sid=record.text("owner_account_sid"),
        friendly_name=record.text("friendly_name"),
        status=record.text("status"),
    )
