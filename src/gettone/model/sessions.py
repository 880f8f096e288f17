"""People at the door: who is signed in, who has to type a code, who has yet to show that an address is theirs.

Must not know how a secret is made or compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gettone.model.sids import AccountSid
from gettone.model.users import UserId


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in at one browser, in one account. Only the SHA-256 of its secret is kept.

    `id` names it where sessions are listed, and opens nothing. `strong`: the second factor was shown.
    """

    id: str
    secret_digest: str
    user_id: UserId
    account_sid: AccountSid
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str
    strong: bool = False


class CodePurpose(StrEnum):
    """What a code that somebody types is good for."""

    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Code:
    """A short code that was sent to `recipient`. One for each person and purpose.

    `secret` is sealed: a million guesses find what a digest belongs to.
    """

    user_id: UserId
    purpose: CodePurpose
    recipient: str
    secret: bytes = field(repr=False)
    tries: int
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Registration:
    """Somebody who signed up and has yet to follow the link in the letter: no user, and no account, before that."""

    secret_digest: str
    email: str
    name: str
    password_hash: str = field(repr=False)
    locale: str | None
    zone: str | None
    created_at: datetime
    expires_at: datetime
