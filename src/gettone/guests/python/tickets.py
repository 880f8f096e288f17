"""The right to start an invocation that was sent ahead of its turn (docs/wire.md, rule 2)."""

from __future__ import annotations

import os

TICKETS_FD = 4


def claim() -> bool:
    """Whether it may start. The kernel gives each ticket to one side: the host may have taken this one back."""
    try:
        return os.read(TICKETS_FD, 1) != b""
    except BlockingIOError:
        return False
