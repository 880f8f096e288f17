"""How a log line is printed."""

from __future__ import annotations

from datetime import UTC, datetime

from gettone.cli.log_lines import shown
from gettone.client.logs import RemoteLogLine

LINE = RemoteLogLine(
    sid="NO1",
    service_sid="ZS1",
    environment_sid="ZE1",
    build_sid=None,
    deployment_sid=None,
    function_sid="ZH1",
    request_sid="RQ1",
    level="error",
    message="first\n\x1b[2Jsecond",
    is_platform=False,
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)


def test_a_line_has_its_function_and_cannot_steer_the_terminal() -> None:
    """What follows in the same message is indented, so that nobody can write a line of somebody else's."""
    assert shown(LINE, {"ZH1": "/hello"}) == "2026-01-02T03:04:05Z ERROR   /hello first\n    \ufffd[2Jsecond"


def test_a_line_of_no_function_stands_alone() -> None:
    """Nor does a function that nobody knows leave a gap."""
    assert shown(LINE, {}).startswith("2026-01-02T03:04:05Z ERROR   first")
