"""The table of log lines, in a file of its own or beside the store's tables. Must not know how it is asked."""

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, Table

from gettone.model.logs import Level
from gettone.store.columns import NAMES, LineText, choice, flag, moment, position, text, text_or_none

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
