"""What a gateway keeps on its disk, behind what it serves: written after a swap, never waited for by one.

A state is written once all that it names is on the disk for good. Writes go one after the other; of several that are
due only the newest is done. A disk that is full or broken is said once in the log, and serving goes on. Must not know
how states come about.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from gettone.gateway.blobs import Blobs
from gettone.gateway.board import Loaded
from gettone.gateway.loading import Loader, contents_of
from gettone.gateway.packages import Packages
from gettone.gateway.snapshots import Kept, Snapshots
from gettone.routes.segment import SegmentEntry

BLOBS_BYTES_MAX = 10 << 30

logger = logging.getLogger("gettone.gateway")


class Storing:
    """Writes states and forgets old ones. State: `_due`, the newest one not written; `_names`, read once a segment."""

    def __init__(
        self,
        snapshots: Snapshots,
        blobs: Blobs,
        packages: Packages,
        loader: Loader,
        blobs_bytes_max: int = BLOBS_BYTES_MAX,
    ) -> None:
        self._snapshots = snapshots
        self._blobs = blobs
        self._packages = packages
        self._loader = loader
        self._blobs_bytes_max = blobs_bytes_max
        self._due: Kept | None = None
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self._names: dict[str, frozenset[str]] = {}
        self._is_failing = False

    def keep(self, state: Kept) -> None:
        """Have a state written soon."""
        self._due = state
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write_due())

    async def settle(self) -> None:
        """Wait until what is due is written."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def tidy(self, served: Sequence[Loaded]) -> None:
        """Remove what neither a kept state names nor is served."""
        async with self._writing:
            await asyncio.to_thread(self._tidy, served)

    async def _write_due(self) -> None:
        while self._due is not None:
            state, self._due = self._due, None
            async with self._writing:
                try:
                    await asyncio.to_thread(self._write, state)
                except OSError as error:
                    if not self._is_failing:
                        logger.error("what is served cannot be kept on this disk: %s", error)
                    self._is_failing = True
                else:
                    self._is_failing = False

    def _write(self, state: Kept) -> None:
        self._blobs.sync()
        self._packages.sync()
        self._snapshots.write(state)

    def _tidy(self, served: Sequence[Loaded]) -> None:
        for loaded in served:
            # Not asked of the disk, which may have lost it: what is served stays, whatever the disk says.
            self._names[loaded.entry.digest] = contents_of(loaded.segment)
        while True:
            entries = {loaded.entry.digest: loaded.entry for loaded in served}
            for state in self._snapshots.kept:
                entries |= {entry.digest: entry for entry in (*state.manifest.segments, *state.instead)}
            found = {digest: self._contents_of(entry) for digest, entry in entries.items()}
            self._names = {digest: names for digest, names in found.items() if names is not None}
            named = frozenset().union(*self._names.values())
            if self._blobs.size_of(named) <= self._blobs_bytes_max or len(self._snapshots.kept) < 2:
                break
            self._snapshots.forget_oldest()
        self._snapshots.segments.prune(entries.keys())
        self._packages.prune(named)
        self._blobs.prune(named)

    def _contents_of(self, entry: SegmentEntry) -> frozenset[str] | None:
        known = self._names.get(entry.digest)
        return self._loader.find_contents(entry) if known is None else known
