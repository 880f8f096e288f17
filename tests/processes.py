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


def tree(pid: int) -> list[int]:
    """A process, and all that came of it and still lives (Linux)."""
    found = [pid]
    for at in found:
        try:
            for task in os.listdir(f"/proc/{at}/task"):
                with open(f"/proc/{at}/task/{task}/children") as children:
                    found += [int(child) for child in children.read().split()]
        except OSError:
            continue
    return found


def memory_bytes(pid: int) -> int:
    """The proportional share of memory that a process holds; 0 once it is gone (proc(5), smaps_rollup)."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0
