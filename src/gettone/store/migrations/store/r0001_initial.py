"""The first schema of the store. What a step did stays as it is: it imports nothing of ours that may change."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accounts",
        _position(),
        _text("sid", unique=True),
        _text("owner_account_sid", _part_of("accounts.sid"), index=True),
        _text("friendly_name"),
        _text("status"),
        _bytes("auth_token"),
        _bytes("secondary_auth_token", nullable=True),
        _time("created_at"),
        _time("updated_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "blobs",
        _text("digest", primary_key=True),
        _number("size_bytes"),
        _time("put_at", index=True),
    )
    op.create_table(
        "bundles",
        _position(),
        _text("key", unique=True),
        _text("digest", index=True),
        _text("runtime"),
        _number("size_bytes"),
        _time("created_at"),
        _time("used_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "cluster",
        sa.Column("one", sa.Integer(), primary_key=True, autoincrement=False),
        _text("id"),
        _bytes("key_check"),
        _time("created_at"),
        sa.CheckConstraint("one = 1", name="one"),
    )
    op.create_table(
        "segments",
        _text("digest", primary_key=True),
        _text("owner"),
        _bytes("content"),
        _number("last_revision", nullable=True, index=True),
    )
    op.create_table(
        "snapshots",
        _number("revision", primary_key=True),
        _bytes("manifest"),
        _bytes("signature"),
        _time("created_at"),
    )
    op.create_table(
        "users",
        _position(),
        _text("id", unique=True),
        _text("email", unique=True),
        _text("name"),
        _text("password_hash", nullable=True),
        _time("email_verified_at", nullable=True),
        _time("created_at"),
        _time("updated_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "applications",
        _position(),
        _text("sid", unique=True),
        _text("account_sid", _part_of("accounts.sid"), index=True),
        _text("friendly_name"),
        _text("api_version"),
        _text("voice_url", nullable=True),
        _text("voice_method"),
        _text("voice_fallback_url", nullable=True),
        _text("voice_fallback_method"),
        _text("status_callback", nullable=True),
        _text("status_callback_method"),
        _flag("voice_caller_id_lookup"),
        _text("sms_url", nullable=True),
        _text("sms_method"),
        _text("sms_fallback_url", nullable=True),
        _text("sms_fallback_method"),
        _text("sms_status_callback", nullable=True),
        _text("message_status_callback", nullable=True),
        _flag("public_application_connect_enabled"),
        _time("created_at"),
        _time("updated_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit",
        _position("id"),
        _text("account_sid", _part_of("accounts.sid"), index=True),
        _text("actor"),
        _text("action"),
        _text("target"),
        _text("detail"),
        _text("address", nullable=True),
        _time("created_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "blob_pieces",
        _text("digest", _part_of("blobs.digest"), primary_key=True),
        _number("place", primary_key=True),
        _bytes("content"),
    )
    op.create_table(
        "links",
        _position(),
        _text("secret_digest", unique=True),
        _text("purpose"),
        _text("account_sid", _part_of("accounts.sid"), index=True),
        _text("user_id", _part_of("users.id"), nullable=True, index=True),
        _text("email", nullable=True),
        _text("role", nullable=True),
        _time("created_at"),
        _time("expires_at"),
        _time("used_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "memberships",
        _position(),
        _text("account_sid", _part_of("accounts.sid")),
        _text("user_id", _part_of("users.id"), index=True),
        _text("role"),
        _time("created_at"),
        sa.UniqueConstraint("account_sid", "user_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "published",
        _text("owner", primary_key=True),
        _text("digest", _part_of("segments.digest"), index=True),
    )
    op.create_table(
        "services",
        _position(),
        _text("sid", unique=True),
        _text("account_sid", _part_of("accounts.sid")),
        _text("unique_name"),
        _text("friendly_name"),
        _flag("include_credentials"),
        _flag("ui_editable"),
        _text("domain_base", unique=True),
        _text("settings"),
        _time("created_at"),
        _time("updated_at"),
        sa.UniqueConstraint("account_sid", "unique_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "api_keys",
        _position(),
        _text("sid", unique=True),
        _text("account_sid", _part_of("accounts.sid"), index=True),
        _text("friendly_name"),
        _text("type"),
        _text("policy", nullable=True),
        _text("service_sid", _part_of("services.sid"), nullable=True, index=True),
        _bytes("secret"),
        _bytes("previous_secret", nullable=True),
        _time("previous_secret_until", nullable=True),
        _time("last_used_at", nullable=True),
        _time("created_at"),
        _time("updated_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "assets",
        _position(),
        _text("sid", unique=True),
        _text("account_sid"),
        _text("service_sid", _part_of("services.sid"), index=True),
        _text("friendly_name"),
        _time("created_at"),
        _time("updated_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "builds",
        _position(),
        _text("sid", unique=True),
        _text("account_sid"),
        _text("service_sid", _part_of("services.sid"), index=True),
        _text("runtime"),
        _text("python_runtime"),
        _text("status"),
        _text("dependencies"),
        _text("requirements"),
        _text("node_bundle", nullable=True),
        _text("python_bundle", nullable=True),
        _text("log"),
        _time("created_at"),
        _time("updated_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "functions",
        _position(),
        _text("sid", unique=True),
        _text("account_sid"),
        _text("service_sid", _part_of("services.sid"), index=True),
        _text("friendly_name"),
        _time("created_at"),
        _time("updated_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "asset_versions",
        _position(),
        _text("sid", unique=True),
        _text("account_sid"),
        _text("service_sid"),
        _text("asset_sid", _part_of("assets.sid"), index=True),
        _text("path"),
        _text("visibility"),
        _text("content_type"),
        _text("digest", index=True),
        _number("size_bytes"),
        _time("created_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "environments",
        _position(),
        _text("sid", unique=True),
        _text("account_sid"),
        _text("service_sid", _part_of("services.sid")),
        _text("unique_name"),
        _text("domain_suffix", nullable=True),
        _text("domain_name", unique=True),
        _text("build_sid", _uses("builds.sid"), nullable=True, index=True),
        _text("deployment_sid", nullable=True),
        _time("created_at"),
        _time("updated_at"),
        sa.UniqueConstraint("service_sid", "domain_suffix"),
        sa.UniqueConstraint("service_sid", "unique_name"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_environments_service_sid_without_suffix",
        "environments",
        ["service_sid"],
        unique=True,
        sqlite_where=sa.text("domain_suffix IS NULL"),
        postgresql_where=sa.text("domain_suffix IS NULL"),
    )
    op.create_table(
        "function_versions",
        _position(),
        _text("sid", unique=True),
        _text("account_sid"),
        _text("service_sid"),
        _text("function_sid", _part_of("functions.sid"), index=True),
        _text("path"),
        _text("visibility"),
        _text("language"),
        _text("extension"),
        _text("digest", index=True),
        _number("size_bytes"),
        _time("created_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "build_asset_versions",
        _text("build_sid", _part_of("builds.sid"), primary_key=True),
        _number("place", primary_key=True),
        _text("version_sid", _uses("asset_versions.sid"), index=True),
    )
    op.create_table(
        "build_function_versions",
        _text("build_sid", _part_of("builds.sid"), primary_key=True),
        _number("place", primary_key=True),
        _text("version_sid", _uses("function_versions.sid"), index=True),
    )
    op.create_table(
        "deployments",
        _position(),
        _text("sid", unique=True),
        _text("account_sid"),
        _text("service_sid"),
        _text("environment_sid", _part_of("environments.sid"), index=True),
        _text("build_sid", nullable=True),
        _flag("is_plugin"),
        _text("actor"),
        _text("message", nullable=True),
        _time("created_at"),
        _time("updated_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "host_names",
        _position(),
        _text("host", unique=True),
        _text("account_sid"),
        _text("environment_sid", _part_of("environments.sid"), index=True),
        _time("created_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "variables",
        _position(),
        _text("sid", unique=True),
        _text("account_sid"),
        _text("service_sid"),
        _text("environment_sid", _part_of("environments.sid")),
        _text("key"),
        _bytes("value"),
        _time("created_at"),
        _time("updated_at"),
        sa.UniqueConstraint("environment_sid", "key"),
        sqlite_autoincrement=True,
    )


def _position(name: str = "position") -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), primary_key=True)


def _text(name: str, *keys: sa.ForeignKey, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), *keys, **{"nullable": False, **more})


def _time(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **{"nullable": False, **more})


def _bytes(name: str, **more: Any) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), **{"nullable": False, **more})


def _number(name: str, **more: Any) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, **{"nullable": False, **more})


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _part_of(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, ondelete="CASCADE")


def _uses(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, deferrable=True, initially="DEFERRED")
