"""What became of an invocation. What a handler does is a value, not an exception. Must not know HTTP."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from gettone.wire.messages import Completed, Failed

HEAP_EXHAUSTED = b"JavaScript heap out of memory"  # V8 says so before it aborts


@dataclass(frozen=True, slots=True)
class TimedOut:
    """It ran past its time and was killed with all that it started."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Crashed:
    """Its process ended before there was an outcome. It is not run again."""

    reason: str


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """Its process was ended for the memory it used."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It was never started: there is no room for it now."""

    reason: str
    retry_after_seconds: int


Outcome = Completed | Failed | TimedOut | Crashed | OutOfMemory | Refused


def outcome_of_end(status: int | None, fault: str | None, printed: bytes) -> Crashed | OutOfMemory:
    """Why a guest ended, in words for its author. `status` is an exit code, or minus a signal."""
    if fault is not None:
        return Crashed(f"its process broke the protocol and was ended: {fault}")
    if HEAP_EXHAUSTED in printed:
        return OutOfMemory("ran out of memory")
    match status:
        case None:
            return Crashed("its process closed its wire")
        case status if status == -signal.SIGKILL:
            return OutOfMemory("its process was killed (signal 9): out of memory, or it ended itself")
        case status if status < 0:
            return Crashed(f"its process died of signal {-status}")
        case _:
            return Crashed(f"its process exited with code {status} before it answered")
