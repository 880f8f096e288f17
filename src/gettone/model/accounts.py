"""Accounts and subaccounts, and the tokens that sign their webhooks. Must not know how a token is kept or checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gettone.model.sids import AccountSid

FRIENDLY_NAME_CHARACTERS_MAX = 64  # of accounts, keys and applications, as Twilio bounds them


class AccountStatus(StrEnum):
    """Whether an account may act. A closed one is kept, and never opens again."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Account:
    """An account. `owner_account_sid` is its own SID, or that of the account above a subaccount.

    `auth_token` and `secondary_auth_token` are sealed.
    """

    sid: AccountSid
    owner_account_sid: AccountSid
    friendly_name: str
    status: AccountStatus
    auth_token: bytes = field(repr=False)
    secondary_auth_token: bytes | None = field(repr=False)
    created_at: datetime
    updated_at: datetime

    @property
    def is_subaccount(self) -> bool:
        """Whether another account owns it."""
        return self.owner_account_sid != self.sid
