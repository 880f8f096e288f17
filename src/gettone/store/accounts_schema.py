"""Tables of accounts, their members, keys, applications and the audit log. Must not know how they are asked."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import CheckConstraint, Column, Integer, Table, UniqueConstraint

from gettone.model.accounts import AccountStatus
from gettone.model.api_keys import ApiKeyType
from gettone.model.functions import Language
from gettone.model.users import LinkPurpose, Role
from gettone.store.columns import (
    METADATA,
    choice,
    choice_or_none,
    content,
    content_or_none,
    flag,
    flag_or_none,
    json,
    json_or_none,
    moment,
    moment_or_none,
    number_or_none,
    part_of,
    part_of_or_none,
    position,
    text,
    text_or_none,
)

CLUSTER = Table(
    "cluster",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    text("id"),
    content("key_check"),
    moment("created_at"),
    CheckConstraint("one = 1", name="one"),
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    position(),
    text("sid", unique=True),
    part_of("owner_account_sid", "accounts.sid"),
    text("friendly_name"),
    choice("status", AccountStatus),
    content("auth_token"),
    content_or_none("secondary_auth_token"),
    moment("created_at"),
    moment("updated_at"),
    sqlite_autoincrement=True,
)

USERS = Table(
    "users",
    METADATA,
    position(),
    text("id", unique=True),
    text("email", unique=True),
    text("name"),
    text_or_none("password_hash"),
    moment_or_none("email_verified_at"),
    moment("created_at"),
    moment("updated_at"),
    text_or_none("phone"),
    moment_or_none("phone_verified_at"),
    content_or_none("totp"),
    moment_or_none("totp_confirmed_at"),
    number_or_none("totp_step"),
    json("recovery_digests", tuple[str, ...], default="[]"),
    text_or_none("locale"),
    text_or_none("zone"),
    moment_or_none("terms_accepted_at"),
    flag_or_none("writes_code"),
    choice_or_none("language", Language),
    json("pins", tuple[str, ...], default="[]"),
    sqlite_autoincrement=True,
)

MEMBERSHIPS = Table(
    "memberships",
    METADATA,
    position(),
    part_of("account_sid", "accounts.sid", index=False),
    part_of("user_id", "users.id"),
    choice("role", Role),
    moment("created_at"),
    UniqueConstraint("account_sid", "user_id"),
    sqlite_autoincrement=True,
)

LINKS = Table(
    "links",
    METADATA,
    position(),
    text("secret_digest", unique=True),
    choice("purpose", LinkPurpose),
    part_of("account_sid", "accounts.sid"),
    part_of_or_none("user_id", "users.id"),
    text_or_none("email"),
    choice_or_none("role", Role),
    moment("created_at"),
    moment("expires_at"),
    moment_or_none("used_at"),
    sqlite_autoincrement=True,
)

# A key that is limited to a service goes with it: without its limit it would open more than it was made for.
API_KEYS = Table(
    "api_keys",
    METADATA,
    position(),
    text("sid", unique=True),
    part_of("account_sid", "accounts.sid"),
    text("friendly_name"),
    choice("type", ApiKeyType),
    json_or_none("policy", tuple[str, ...]),
    part_of_or_none("service_sid", "services.sid"),
    content("secret"),
    content_or_none("previous_secret"),
    moment_or_none("previous_secret_until"),
    moment_or_none("last_used_at"),
    moment("created_at"),
    moment("updated_at"),
    sqlite_autoincrement=True,
)

APPLICATIONS = Table(
    "applications",
    METADATA,
    position(),
    text("sid", unique=True),
    part_of("account_sid", "accounts.sid"),
    text("friendly_name"),
    text("api_version"),
    text_or_none("voice_url"),
    text("voice_method"),
    text_or_none("voice_fallback_url"),
    text("voice_fallback_method"),
    text_or_none("status_callback"),
    text("status_callback_method"),
    flag("voice_caller_id_lookup"),
    text_or_none("sms_url"),
    text("sms_method"),
    text_or_none("sms_fallback_url"),
    text("sms_fallback_method"),
    text_or_none("sms_status_callback"),
    text_or_none("message_status_callback"),
    flag("public_application_connect_enabled"),
    moment("created_at"),
    moment("updated_at"),
    sqlite_autoincrement=True,
)

AUDIT = Table(
    "audit",
    METADATA,
    position("id"),
    part_of("account_sid", "accounts.sid"),
    text("actor"),
    text("action"),
    text("target"),
    json("detail", Mapping[str, str]),
    text_or_none("address"),
    moment("created_at"),
    sqlite_autoincrement=True,
)
