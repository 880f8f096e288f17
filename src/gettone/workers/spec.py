"""What a worker is made for: one deployment's functions of one language, and their bounds. A value; starts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gettone.wire.messages import Load


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Bounds of one deployment's workers. Defaults are Twilio's figures where Twilio has one (docs/settings.md)."""

    timeout_seconds: float = 10.0
    load_seconds: float = 10.0
    workers_max: int = 10
    concurrency: int = 1
    waiting_max: int = 1000
    waiting_seconds: float = 10.0
    scale_after_seconds: float = 0.020
    ahead_max: int = 32
    stall_seconds: float = 0.25
    fast_seconds: float = 0.005
    idle_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """Equal `key`s serve the same code under the same variables: workers may be shared.

    A confined worker is shown the task root `root` in its cell, and `packages` beside it, where `load` says.
    """

    key: str
    language: str
    load: Load = field(repr=False)
    limits: WorkerLimits
    root: Path
    packages: Mapping[str, Path] = field(default_factory=dict)
