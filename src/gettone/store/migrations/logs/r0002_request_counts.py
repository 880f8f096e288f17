"""How often functions answered, by minute. A column for each bucket of time, so that the database can add them up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BUCKETS = 35


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "request_counts",
        sa.Column("account_sid", sa.Text(), primary_key=True, nullable=False),
        sa.Column("minute", sa.BigInteger(), primary_key=True, autoincrement=False, nullable=False),
        sa.Column("environment_sid", sa.Text(), primary_key=True, nullable=False),
        sa.Column("function_sid", sa.Text(), primary_key=True, nullable=False),
        sa.Column("gateway", sa.Text(), primary_key=True, nullable=False),
        sa.Column("service_sid", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("requests", "client_errors", "server_errors")),
        sa.Column("refused", sa.Integer(), nullable=False),
        *(sa.Column(f"latency_{place:02}", sa.Integer(), nullable=False) for place in range(_BUCKETS)),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_request_counts_minute", "request_counts", ["minute"])
