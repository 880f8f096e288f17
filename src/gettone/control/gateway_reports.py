"""What gateways report, as values of the model: whatever names no SID of the right kind ends their connection.

Must not know connections.
"""

from __future__ import annotations

from typing import TypeVar

from gettone.control.log_writer import LogLoss
from gettone.model.errors import PlatformError
from gettone.model.logs import Level, LogEntry
from gettone.model.request_counts import LATENCY_BUCKETS, MinuteCount, Tally
from gettone.model.sids import ACCOUNT, BUILD, DEPLOYMENT, ENVIRONMENT, FUNCTION, LOG, REQUEST, SERVICE, SidKind
from gettone.wire.feed import FeedError, FunctionMinute, Line, Loss

S = TypeVar("S", bound=str)


def entry_of(line: Line) -> LogEntry:
    """A line as it is kept. Raises FeedError for a SID that is none."""
    try:
        return LogEntry(
            sid=LOG.check(line.sid),
            account_sid=ACCOUNT.check(line.account_sid),
            service_sid=SERVICE.check(line.service_sid),
            environment_sid=ENVIRONMENT.check(line.environment_sid),
            build_sid=_check(BUILD, line.build_sid),
            deployment_sid=_check(DEPLOYMENT, line.deployment_sid),
            function_sid=_check(FUNCTION, line.function_sid),
            request_sid=_check(REQUEST, line.request_sid),
            level=Level(line.level),
            # PostgreSQL keeps no text with a NUL in it.
            message=line.message.replace("\0", "\N{REPLACEMENT CHARACTER}"),
            is_platform=line.is_platform,
            created_at=line.created_at,
        )
    except PlatformError as error:
        raise FeedError(f"a log line names what is no SID: {error.message}") from None


def loss_of(loss: Loss) -> LogLoss:
    """How many lines were lost. Raises FeedError for a SID that is none."""
    try:
        return LogLoss(
            ACCOUNT.check(loss.account_sid),
            SERVICE.check(loss.service_sid),
            ENVIRONMENT.check(loss.environment_sid),
            loss.count,
        )
    except PlatformError as error:
        raise FeedError(f"a count of lost lines names what is no SID: {error.message}") from None


def count_of(minute: FunctionMinute) -> MinuteCount:
    """What a function answered in a minute. Raises FeedError for a SID that is none, or other buckets than ours."""
    if len(minute.latency) != LATENCY_BUCKETS:
        raise FeedError(f"a count has {len(minute.latency)} buckets of time, and not {LATENCY_BUCKETS}")
    if not minute.gateway.isascii() or not minute.gateway.isalnum():
        raise FeedError("a count names a gateway by more than letters and digits")
    try:
        return MinuteCount(
            gateway=minute.gateway,
            account_sid=ACCOUNT.check(minute.account_sid),
            service_sid=SERVICE.check(minute.service_sid),
            environment_sid=ENVIRONMENT.check(minute.environment_sid),
            function_sid=FUNCTION.check(minute.function_sid),
            started_at=minute.started_at,
            tally=Tally(minute.client_errors, minute.server_errors, minute.refused, minute.latency),
        )
    except PlatformError as error:
        raise FeedError(f"a count names what is no SID: {error.message}") from None


def _check(kind: SidKind[S], sid: str | None) -> S | None:
    return None if sid is None else kind.check(sid)
