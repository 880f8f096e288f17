"""Who changed what, and when. Must not know how a change is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gettone.model.sids import AccountSid


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. `action` is a noun and a verb (`environment.deploy`), `target` what was changed.

    `detail` holds no secrets.
    """

    id: int
    account_sid: AccountSid
    actor: str
    action: str
    target: str
    detail: Mapping[str, str]
    address: str | None
    created_at: datetime
