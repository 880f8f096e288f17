"""The first schema of the logs. What a step did stays as it is: it imports nothing of ours that may change."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "log_lines",
        _position(),
        _text("sid", unique=True),
        _text("account_sid"),
        _text("service_sid"),
        _text("environment_sid"),
        _text("build_sid", nullable=True),
        _text("deployment_sid", nullable=True),
        _text("function_sid", nullable=True),
        _text("request_sid", nullable=True),
        _text("level"),
        _text("message"),
        _flag("is_platform"),
        _time("created_at", index=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_log_lines_environment_sid_position", "log_lines", ["environment_sid", "position"])
    op.create_index("ix_log_lines_function_sid_position", "log_lines", ["function_sid", "position"])
    op.create_index("ix_log_lines_request_sid_position", "log_lines", ["request_sid", "position"])


def _position(name: str = "position") -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), primary_key=True)


def _text(name: str, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), **{"nullable": False, **more})


def _time(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **{"nullable": False, **more})


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)
