"""How many workers, spares and calls a pool has at a moment. A value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Census:
    """Workers and spares by language; `calls` without an outcome, `waiting` ones among them for a worker."""

    workers: Mapping[str, int] = field(default_factory=dict)
    spares: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0
    waiting: int = 0
