"""What became of an invocation. What a handler does is a value, not an exception. Must not know HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from gettone.wire.messages import Completed, Failed


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
