"""Letters on their way to people. Must not know what they say, nor who carries them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gettone.model.sids import AccountSid
from gettone.model.users import UserId


class Channel(StrEnum):
    """How a letter travels."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A letter. `account_sid` is whose owners may read it where nobody carries it.

    `text` is sealed, and None once it is delivered, given up or of no use any more. `secret_digest` is that of the link
    in it, if there is one. `due_at` is when it is tried next; None: not any more, or there is nobody to carry it.
    """

    id: str
    account_sid: AccountSid
    user_id: UserId | None
    channel: Channel
    recipient: str
    subject: str
    text: bytes | None = field(repr=False)
    secret_digest: str | None
    created_at: datetime
    expires_at: datetime
    due_at: datetime | None
    tries: int = 0
    sent_at: datetime | None = None
    failure: str | None = None
