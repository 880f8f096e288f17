"""Waiting for a build: until its packages are installed, or it failed. Must not know what is built, nor why."""

from __future__ import annotations

import time
from collections.abc import Callable

from gettone.client.builds import Builds
from gettone.client.connection import Connection
from gettone.model.builds import BuildStatus
from gettone.model.errors import PlatformError

BUILD_SECONDS = 900.0
POLL_SECONDS = 0.1
POLL_SECONDS_MAX = 2.0
SHOWN_LINES = 10


def await_build(
    connection: Connection,
    service: str,
    sid: str,
    tell: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Return when a build is completed; tells what is said meanwhile. Raises PlatformError where it fails."""
    builds = Builds(connection, service)
    end = clock() + BUILD_SECONDS
    pause = POLL_SECONDS
    told = 0
    while (status := builds.status(sid)) is BuildStatus.BUILDING:
        if clock() > end:
            raise PlatformError(
                "conflict", f"build {sid} is not done after {BUILD_SECONDS:g} s: type the same again later"
            )
        lines = builds.detail(sid).log.splitlines()
        for line in lines[told:]:
            tell(f"  {line}")
        told = max(told, len(lines))
        connection.pause(pause)
        pause = min(pause * 2, POLL_SECONDS_MAX)
    if status is BuildStatus.FAILED:
        lines = [line for line in builds.detail(sid).log.splitlines() if line.strip()]
        said = "\n".join(f"    {line}" for line in lines[-SHOWN_LINES:]) or "    nothing was said"
        raise PlatformError(
            "invalid", f"build {sid} failed, and nothing was deployed. The end of its log:\n{said}", build_sid=sid
        )
