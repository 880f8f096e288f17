"""What a confined process may have. Values; the kinds of sandbox enforce them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MIB = 1 << 20
RUNTIME_BYTES = 128 * MIB
USER = 1000  # who a guest is within its sandbox


class Kind(StrEnum):
    """How guests are confined."""

    BUBBLEWRAP = "bubblewrap"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Policy:
    """Bounds of one worker. `temporary_bytes` is its /tmp; `processes` counts threads, too."""

    memory_bytes: int
    temporary_bytes: int = 64 * MIB
    shared_bytes: int = 16 * MIB
    processes: int = 128
    open_files: int = 1024
    file_bytes: int = 64 * MIB

    @property
    def resident_bytes(self) -> int:
        """What a worker may hold with all that it started: its memory, and what a runtime needs for itself."""
        return self.memory_bytes + RUNTIME_BYTES


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of the host, read-only, at a place inside. `may_lack`: it is left out where it is not there."""

    source: Path
    place: str
    may_lack: bool = False
