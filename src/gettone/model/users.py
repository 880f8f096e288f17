"""People, and what they may do in which account. Must not know how they sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from gettone.model.functions import Language
from gettone.model.sids import AccountSid

UserId = NewType("UserId", str)
"""32 lower-case hex digits."""


class Role(StrEnum):
    """What a member may do: everything; everything but members, keys and the account; look."""

    OWNER = "owner"
    DEVELOPER = "developer"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class User:
    """A person. `email` is in lower case and unique. `password_hash` is argon2's, None until one is chosen.

    `totp` is the sealed secret of the second factor, good once `totp_confirmed_at` is set; `totp_step` is the time step
    of the newest code that was taken, `recovery_digests` are the SHA-256 of what stands in for a code, once each.
    `locale` is `en` or `ja`, `zone` a name of the time zone database; None: what the browser says. `writes_code` and
    `language` are what the person answered, `pins` the products that stand in the dock.
    """

    id: UserId
    email: str
    name: str
    password_hash: str | None = field(repr=False)
    email_verified_at: datetime | None
    created_at: datetime
    updated_at: datetime
    phone: str | None = None
    phone_verified_at: datetime | None = None
    totp: bytes | None = field(default=None, repr=False)
    totp_confirmed_at: datetime | None = None
    totp_step: int | None = None
    recovery_digests: tuple[str, ...] = field(default=(), repr=False)
    locale: str | None = None
    zone: str | None = None
    terms_accepted_at: datetime | None = None
    writes_code: bool | None = None
    language: Language | None = None
    pins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    """A user's role in an account. Subaccounts inherit it."""

    account_sid: AccountSid
    user_id: UserId
    role: Role
    created_at: datetime


class LinkPurpose(StrEnum):
    """What a one-time link is good for."""

    SET_UP = "set-up"
    RESET = "reset"
    VERIFY = "verify"
    INVITE = "invite"


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link that was handed out. Only the SHA-256 of its secret is kept."""

    secret_digest: str
    purpose: LinkPurpose
    account_sid: AccountSid
    user_id: UserId | None
    email: str | None
    role: Role | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
