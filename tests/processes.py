"""Processes that a test looks at from outside."""

from __future__ import annotations

import os
import select

END_SECONDS = 20.0


def is_gone(pid: int, seconds: float = END_SECONDS) -> bool:
    """Wait for the end of a process that is nobody's child here; whether it came within so many seconds (Linux)."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)
