"""Bring a database to the schema that this code knows. Must not know what the tables are for."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from gettone.store import accounts_schema, content_schema, services_schema  # noqa: F401
from gettone.store.columns import METADATA


async def migrate(engine: AsyncEngine) -> None:
    """Make the tables."""
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
