"""Measures starting and idling of `gettone start`, against the targets. Must not know what they are."""

from __future__ import annotations

import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.installation import installation
from benchmarks.kit import Kit
from benchmarks.measure import Figure, summarise
from benchmarks.plan import Plan, Say
from benchmarks.standing import Latency, Outcome, Standing, Unavailable

OURS = "gettone start"
TARGET = "the target"
START_SECONDS = 1.5
IDLE_BYTES = 150 << 20
GIGABYTE = 1 << 30
SETTLE_SECONDS = 3.0


def measure_start(_kit: Kit, plan: Plan, say: Say) -> Outcome:
    """Start over existing data again and again, each time until the banner; the first start is not counted."""
    goal = 1 / START_SECONDS
    target = Standing(TARGET, f"{START_SECONDS:g} s", Figure(goal, goal, goal, 1))
    seconds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="gettone-bench-") as folder:
        try:
            for number in range(plan.load_rounds + 1):
                if plan.over(number - 1):
                    break
                with installation(Path(folder)) as up:
                    say(f"start {number}/{plan.load_rounds}: {up.start_seconds:.2f} s")
                    seconds += [up.start_seconds] if number else []
        except Unavailable as reason:
            return Outcome((Standing(OURS, "", None, reason=str(reason)), target))
    times = sorted(1000 * each for each in seconds)
    ours = Standing(
        OURS, version("gettone"), summarise([1 / each for each in seconds]), Latency(times[len(times) // 2], times[-1])
    )
    return Outcome((ours, target), ("p50 and p99 are a start's median and longest time.",))


def measure_idle(_kit: Kit, _plan: Plan, say: Say) -> Outcome:
    """Look at the memory of all processes, one spare worker per runtime among them, when nothing is asked for."""
    goal = GIGABYTE / IDLE_BYTES
    target = Standing(TARGET, f"{IDLE_BYTES >> 20} MB", Figure(goal, goal, goal, 1))
    with tempfile.TemporaryDirectory(prefix="gettone-bench-") as folder:
        try:
            with installation(Path(folder)):
                pass
            with installation(Path(folder)) as up:
                time.sleep(SETTLE_SECONDS)
                memory_bytes = up.memory_bytes()
        except Unavailable as reason:
            return Outcome((Standing(OURS, "", None, reason=str(reason)), target))
    told = f"{memory_bytes / (1 << 20):.0f} MB when idle, all processes together"
    say(told)
    ours = Standing(OURS, version("gettone"), summarise([GIGABYTE / memory_bytes]))
    return Outcome((ours, target), (f"{OURS}: {told}, what they share with others in equal parts.",))
