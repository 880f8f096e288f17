"""How much memory each worker holds, with all that it started; who holds too much is ended.

A limit of the kernel's on data does not see shared memory, and ends V8 at its start: so this looks, often. A look reads
what is known of a worker; each eighth one asks anew which processes are its own. Control groups would do it better,
where they can be written. Standard library only: the nursery runs it. State: `_watched`, by name. Linux only.
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass, field

LOOK_SECONDS = 0.05
LOOKS_PER_COUNT = 8
# The kernel's own search for a victim finds workers before the gateway (proc(5)).
OOM_SCORE = "500"
_COUNTED = ("RssAnon:", "RssShmem:")


@dataclass(slots=True, eq=False)
class _Watched:
    """`born` tells the process from another that has its number later; `looks` is staggered, worker by worker."""

    pid: int
    born: str
    looks: int
    pids: list[int] = field(default_factory=list)


class Watch:
    """Looks at workers. `bytes_max` is for each of them, with all that it started; None: they are not looked at."""

    def __init__(self) -> None:
        self.bytes_max: int | None = None
        self._watched: dict[str, _Watched] = {}

    @property
    def is_busy(self) -> bool:
        """Whether there is anybody to look at."""
        return self.bytes_max is not None and bool(self._watched)

    def add(self, worker: str, pid: int) -> None:
        """Watch a process, and what comes of it."""
        born = _born(pid)
        if born is not None:
            self._watched[worker] = _Watched(pid, born, len(self._watched))

    def look(self) -> None:
        """Look once. Ends who holds too much; forgets who is gone."""
        if self.bytes_max is None:
            return
        for worker, watched in list(self._watched.items()):
            watched.looks += 1
            if not watched.pids or watched.looks % LOOKS_PER_COUNT == 0:
                self._count(watched)
            held = sum(_held_bytes(pid) for pid in watched.pids)
            if held > self.bytes_max:
                # Numbers may have become others' since they were counted.
                self._count(watched)
                for pid in watched.pids:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            if not watched.pids:
                del self._watched[worker]

    def _count(self, watched: _Watched) -> None:
        before = set(watched.pids)
        watched.pids = _tree(watched.pid) if _born(watched.pid) == watched.born else []
        for pid in watched.pids:
            if pid not in before:
                with contextlib.suppress(OSError), open(f"/proc/{pid}/oom_score_adj", "w", encoding="ascii") as file:
                    file.write(OOM_SCORE)


def _tree(pid: int) -> list[int]:
    """A process, and all that came of it: of each of its threads."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{each}/task"):
                with open(f"/proc/{each}/task/{thread}/children", encoding="ascii") as children:
                    found += [int(child) for child in children.read().split()]
    return found


def _held_bytes(pid: int) -> int:
    """Memory that is a process's own, shared memory among it; 0 where it is gone (proc(5))."""
    held = 0
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith(_COUNTED):
                held += int(line.split()[1]) << 10
    return held


def _born(pid: int) -> str | None:
    """When a process began, as the kernel counts; None where it is gone (proc(5), stat)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
