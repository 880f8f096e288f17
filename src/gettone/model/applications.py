"""TwiML applications: where a call or a message of a client goes. Fields are Twilio's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gettone.model.sids import AccountSid, ApplicationSid


@dataclass(frozen=True, slots=True)
class Application:
    """A TwiML application (https://www.twilio.com/docs/usage/api/applications)."""

    sid: ApplicationSid
    account_sid: AccountSid
    friendly_name: str
    api_version: str
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
