"""People: second factors, preferences, sessions, codes, sign-ups, letters, terms; events of functions; deploys on save.

What a step did stays as it is: it imports nothing of ours that may change.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and make the tables."""
    for column in (
        _text("phone", nullable=True),
        _time("phone_verified_at", nullable=True),
        sa.Column("totp", sa.LargeBinary()),
        _time("totp_confirmed_at", nullable=True),
        sa.Column("totp_step", sa.BigInteger()),
        _text("recovery_digests", server_default="[]"),
        _text("locale", nullable=True),
        _text("zone", nullable=True),
        _time("terms_accepted_at", nullable=True),
        sa.Column("writes_code", sa.Boolean()),
        _text("language", nullable=True),
        _text("pins", server_default="[]"),
    ):
        op.add_column("users", column)
    op.add_column("functions", _text("event", server_default="none"))
    op.add_column("services", sa.Column("deploys_on_save", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "sessions",
        _position(),
        _text("id", unique=True),
        _text("secret_digest", unique=True),
        _text("user_id", _part_of("users.id"), index=True),
        _text("account_sid", _part_of("accounts.sid"), index=True),
        _time("created_at"),
        _time("seen_at"),
        _time("expires_at", index=True),
        _text("address", nullable=True),
        _text("user_agent"),
        sa.Column("strong", sa.Boolean(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "codes",
        _position(),
        _text("user_id", _part_of("users.id")),
        _text("purpose"),
        _text("recipient"),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        _time("created_at"),
        _time("expires_at", index=True),
        sa.UniqueConstraint("user_id", "purpose"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "registrations",
        _position(),
        _text("secret_digest", unique=True),
        _text("email", unique=True),
        _text("name"),
        _text("password_hash"),
        _text("locale", nullable=True),
        _text("zone", nullable=True),
        _time("created_at"),
        _time("expires_at", index=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outbox",
        _position(),
        _text("id", unique=True),
        _text("account_sid", _part_of("accounts.sid"), index=True),
        _text("user_id", _part_of("users.id"), nullable=True, index=True),
        _text("channel"),
        _text("recipient"),
        _text("subject"),
        sa.Column("text", sa.LargeBinary()),
        _text("secret_digest", nullable=True, index=True),
        _time("created_at"),
        _time("expires_at", index=True),
        _time("due_at", nullable=True, index=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        _time("sent_at", nullable=True),
        _text("failure", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "terms",
        _position(),
        _text("locale", unique=True),
        _text("text"),
        _time("updated_at"),
        sqlite_autoincrement=True,
    )


def _position(name: str = "position") -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), primary_key=True)


def _text(name: str, *keys: sa.ForeignKey, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), *keys, **{"nullable": False, **more})


def _time(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **{"nullable": False, **more})


def _part_of(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, ondelete="CASCADE")
