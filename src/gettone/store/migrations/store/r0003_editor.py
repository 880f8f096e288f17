"""The console's editor: what was removed from a service's sheet, and which packages its next build asks for.

What a step did stays as it is: it imports nothing of ours that may change.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("functions", sa.Column("removed_version_sid", sa.Text()))
    op.add_column("assets", sa.Column("removed_version_sid", sa.Text()))
    op.add_column("services", sa.Column("draft_packages", sa.Text()))
