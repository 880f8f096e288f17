"""Reads modules quickly. Must not know which.

A program reads a thousand modules before it does anything. Looking for garbage meanwhile would take a sixth of that
time and find none. What was read is there to stay: it is put where no later look goes, or each would hold up requests
for as long.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Look for no garbage during the block, and never at what is there at its end."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
