"""The rounds of a minting program, told on standard input: seconds in, a count and its seconds out.

Runs in the interpreter of a peer too: standard library only. Must not know what is minted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

# The clock is read once per batch, which then weighs nothing.
BATCH_SECONDS = 0.01


def serve(version: str, token: str, run: Callable[[int], None]) -> None:
    """Show a token, then mint for as long as each line says. ``run`` mints as many as it is told."""
    _say({"version": version, "token": token})
    batch = 1
    while _seconds(run, batch) < BATCH_SECONDS:
        batch *= 2
    for line in sys.stdin:
        wanted = float(line)
        count, started = 0, time.perf_counter()
        while (seconds := time.perf_counter() - started) < wanted:
            run(batch)
            count += batch
        _say({"count": count, "seconds": seconds})


def _seconds(run: Callable[[int], None], batch: int) -> float:
    started = time.perf_counter()
    run(batch)
    return time.perf_counter() - started


def _say(message: dict[str, object]) -> None:
    print(json.dumps(message), flush=True)
