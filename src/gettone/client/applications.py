"""TwiML applications of an account, as a server tells of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from gettone.client.connection import Connection
from gettone.client.records import Record


@dataclass(frozen=True, slots=True)
class RemoteApplication:
    """A TwiML application. Fields are Twilio's."""

    sid: str
    account_sid: str
    friendly_name: str
    voice_url: str | None
    voice_method: str
    voice_fallback_url: str | None
    voice_fallback_method: str
    status_callback: str | None
    status_callback_method: str
    voice_caller_id_lookup: bool
    sms_url: str | None
    sms_method: str
    sms_fallback_url: str | None
    sms_fallback_method: str
    sms_status_callback: str | None
    message_status_callback: str | None
    public_application_connect_enabled: bool
    created_at: datetime
    updated_at: datetime


class Applications:
    """The applications of one account. Fields of a change are named as in Twilio's forms: `VoiceUrl`."""

    def __init__(self, connection: Connection, account_sid: str) -> None:
        self._connection = connection
        self._path = f"/2010-04-01/Accounts/{quote(account_sid, safe='')}/Applications"

    def list(self, friendly_name: str | None = None) -> Iterator[RemoteApplication]:
        """List all of them, or those of this name."""
        query = {} if friendly_name is None else {"FriendlyName": friendly_name}
        return (_read(record) for record in self._connection.pages(f"{self._path}.json", "applications", query))

    def get(self, sid: str) -> RemoteApplication:
        """One, by its SID. Raises PlatformError `not_found`."""
        return _read(self._connection.get_json(self._one(sid)))

    def create(self, fields: Mapping[str, str]) -> RemoteApplication:
        """Create one."""
        return _read(self._connection.post_form(f"{self._path}.json", fields))

    def update(self, sid: str, fields: Mapping[str, str]) -> RemoteApplication:
        """Change one; what is left out stays, an empty URL takes one away."""
        return _read(self._connection.post_form(self._one(sid), fields))

    def delete(self, sid: str) -> None:
        """Delete one."""
        self._connection.delete(self._one(sid))

    def _one(self, sid: str) -> str:
        return f"{self._path}/{quote(sid, safe='')}.json"


def _read(record: Record) -> RemoteApplication:
    return RemoteApplication(
        sid=record.text("sid"),
        account_sid=record.text("account_sid"),
        friendly_name=record.find_text("friendly_name") or "",
        voice_url=record.find_text("voice_url"),
        voice_method=record.find_text("voice_method") or "POST",
        voice_fallback_url=record.find_text("voice_fallback_url"),
        voice_fallback_method=record.find_text("voice_fallback_method") or "POST",
        status_callback=record.find_text("status_callback"),
        status_callback_method=record.find_text("status_callback_method") or "POST",
        voice_caller_id_lookup=record.find_flag("voice_caller_id_lookup") or False,
        sms_url=record.find_text("sms_url"),
        sms_method=record.find_text("sms_method") or "POST",
        sms_fallback_url=record.find_text("sms_fallback_url"),
        sms_fallback_method=record.find_text("sms_fallback_method") or "POST",
        sms_status_callback=record.find_text("sms_status_callback"),
        message_status_callback=record.find_text("message_status_callback"),
        public_application_connect_enabled=record.find_flag("public_application_connect_enabled") or False,
        created_at=record.moment("date_created"),
        updated_at=record.moment("date_updated"),
    )
