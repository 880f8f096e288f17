"""The tables of log lines and of counts, in a file of their own or beside the store's. Must not know who asks."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table

from gettone.model.logs import Level
from gettone.model.request_counts import LATENCY_BUCKETS
from gettone.store.columns import NAMES, LineText, choice, flag, moment, number, position, text, text_or_none

LOGS_METADATA = MetaData(naming_convention=NAMES)

LOG_LINES = Table(
    "log_lines",
    LOGS_METADATA,
    position(),
    text("sid", unique=True),
    text("account_sid"),
    text("service_sid"),
    text("environment_sid"),
    text_or_none("build_sid"),
    text_or_none("deployment_sid"),
    text_or_none("function_sid"),
    text_or_none("request_sid"),
    choice("level", Level),
    Column("message", LineText, nullable=False),
    flag("is_platform"),
    moment("created_at", index=True),
    Index(None, "environment_sid", "position"),
    Index(None, "function_sid", "position"),
    Index(None, "request_sid", "position"),
    sqlite_autoincrement=True,
)


def _count(name: str) -> Column[int]:
    """How often something happened within a minute."""
    return Column(name, Integer, nullable=False)


# `minute` counts from 1970. Without a row number of SQLite's: a function that is busy has a row in every minute.
REQUEST_COUNTS = Table(
    "request_counts",
    LOGS_METADATA,
    text("account_sid", primary_key=True),
    number("minute", primary_key=True),
    text("environment_sid", primary_key=True),
    text("function_sid", primary_key=True),
    text("gateway", primary_key=True),
    text("service_sid"),
    _count("requests"),
    _count("client_errors"),
    _count("server_errors"),
    _count("refused"),
    *(_count(f"latency_{place:02}") for place in range(LATENCY_BUCKETS)),
    Index(None, "minute"),
    sqlite_with_rowid=False,
)
