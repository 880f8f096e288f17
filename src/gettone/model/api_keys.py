"""API keys: what an app, a CI system or a person's script signs in with. Must not know how secrets are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gettone.model.sids import AccountSid, ApiKeySid, ServiceSid


class ApiKeyType(StrEnum):
    """Main may do everything, Standard all but accounts and keys, Restricted only what its policy lists."""

    MAIN = "main"
    STANDARD = "standard"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key. `secret` is sealed; `previous_secret` is, too, and counts until `previous_secret_until`.

    `policy` lists what a restricted key may do (control/access.py knows the names). `service_sid` limits any key to
    one service. Restricted keys sign no tokens (https://www.twilio.com/docs/iam/api-keys).
    """

    sid: ApiKeySid
    account_sid: AccountSid
    friendly_name: str
    type: ApiKeyType
    policy: tuple[str, ...] | None
    service_sid: ServiceSid | None
    secret: bytes = field(repr=False)
    previous_secret: bytes | None = field(repr=False)
    previous_secret_until: datetime | None
    last_used_at: datetime | None
    created_at: datetime
    updated_at: datetime
