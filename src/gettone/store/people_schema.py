"""Tables of sessions, codes, people who are about to join, letters and terms. Must not know how they are asked."""

from __future__ import annotations

from sqlalchemy import Table, UniqueConstraint

from gettone.model.outbox import Channel
from gettone.model.sessions import CodePurpose
from gettone.store.columns import (
    METADATA,
    choice,
    content,
    content_or_none,
    flag,
    moment,
    moment_or_none,
    number,
    part_of,
    part_of_or_none,
    position,
    text,
    text_or_none,
)

SESSIONS = Table(
    "sessions",
    METADATA,
    position(),
    text("id", unique=True),
    text("secret_digest", unique=True),
    part_of("user_id", "users.id"),
    part_of("account_sid", "accounts.sid"),
    moment("created_at"),
    moment("seen_at"),
    moment("expires_at", index=True),
    text_or_none("address"),
    text("user_agent"),
    flag("strong"),
    sqlite_autoincrement=True,
)

CODES = Table(
    "codes",
    METADATA,
    position(),
    part_of("user_id", "users.id", index=False),
    choice("purpose", CodePurpose),
    text("recipient"),
    content("secret"),
    number("tries"),
    moment("created_at"),
    moment("expires_at", index=True),
    UniqueConstraint("user_id", "purpose"),
    sqlite_autoincrement=True,
)

REGISTRATIONS = Table(
    "registrations",
    METADATA,
    position(),
    text("secret_digest", unique=True),
    text("email", unique=True),
    text("name"),
    text("password_hash"),
    text_or_none("locale"),
    text_or_none("zone"),
    moment("created_at"),
    moment("expires_at", index=True),
    sqlite_autoincrement=True,
)

OUTBOX = Table(
    "outbox",
    METADATA,
    position(),
    text("id", unique=True),
    part_of("account_sid", "accounts.sid"),
    part_of_or_none("user_id", "users.id"),
    choice("channel", Channel),
    text("recipient"),
    text("subject"),
    content_or_none("text"),
    text_or_none("secret_digest", index=True),
    moment("created_at"),
    moment("expires_at", index=True),
    moment_or_none("due_at", index=True),
    number("tries"),
    moment_or_none("sent_at"),
    text_or_none("failure"),
    sqlite_autoincrement=True,
)

TERMS = Table(
    "terms",
    METADATA,
    position(),
    text("locale", unique=True),
    text("text"),
    moment("updated_at"),
    sqlite_autoincrement=True,
)
