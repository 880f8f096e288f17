"""How a service's workers are bounded. Values and ranges; must not know where they are written down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What a service may ask for. The time is Twilio's; one invocation at a time per worker is, too."""

    concurrency: int = 1
    workers_max: int = 10
    timeout_seconds: float = 10.0


# Every wait and every pool has an end; beyond these a figure is a slip of the hand.
CONCURRENCY_MAX = 1000
WORKERS_MAX = 1000
TIMEOUT_SECONDS_MAX = 300.0
