"""What functions printed and what the platform said of them, line by line. Must not know where lines are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gettone.model.sids import (
    AccountSid,
    BuildSid,
    DeploymentSid,
    EnvironmentSid,
    FunctionSid,
    LogSid,
    RequestSid,
    ServiceSid,
)


class Level(StrEnum):
    """How much a line matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line. `is_platform` where the platform speaks, not the function.

    `function_sid` and `request_sid` are None for what belongs to no invocation.
    """

    sid: LogSid
    account_sid: AccountSid
    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    build_sid: BuildSid | None
    deployment_sid: DeploymentSid | None
    function_sid: FunctionSid | None
    request_sid: RequestSid | None
    level: Level
    message: str
    is_platform: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines are wanted. Times are inclusive at the start, exclusive at the end."""

    environment_sid: EnvironmentSid | None = None
    service_sid: ServiceSid | None = None
    function_sid: FunctionSid | None = None
    request_sid: RequestSid | None = None
    levels: frozenset[Level] | None = None
    text: str | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
