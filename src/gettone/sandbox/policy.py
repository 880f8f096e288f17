"""What a confined process may have. Values; the kinds of sandbox enforce them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MIB = 1 << 20
RUNTIME_BYTES = 128 * MIB
NODE_DATA_BYTES = 640 * MIB  # measured for Node 24: 561 MiB are taken, little of which is ever touched
USER = 1000  # who a guest is within its sandbox


class Kind(StrEnum):
    """How guests are confined."""

    BUBBLEWRAP = "bubblewrap"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Policy:
    """Bounds of one worker. `temporary_bytes` is its /tmp; `processes` counts threads, too.

    `memory_bytes` is the heap of a Node process, and the data of a Python one.
    """

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

    @property
    def data_bytes(self) -> int:
        """Of a Node process: what V8 takes before it begins, its heap, and as much again for buffers."""
        return NODE_DATA_BYTES + 2 * self.memory_bytes


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of the host, read-only, at a place inside. `may_lack`: it is left out where it is not there."""

    source: Path
    place: str
    may_lack: bool = False
