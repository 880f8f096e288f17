"""Follows what control publishes, and tells control what is served. Serves on when control is away.

Theory of operation: `open` serves the newest state of this disk. `run` keeps a connection to the feed and verifies each
manifest that comes; `Stage` serves it; what is served is reported, then written to the disk. Of manifests that come
while one is verified, the newest is taken. Must not know HTTP.

State: `_mail`, the newest manifest that was not yet taken; `_announced`, the newest revision that control spoke of;
`_floor`, the newest that was served; `_reported` over this connection; `_stored`, what was last handed to the disk.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gettone.gateway.blobs import Blobs
from gettone.gateway.counting import Counting
from gettone.gateway.current import Current
from gettone.gateway.link import Link, LinkLost, open_link
from gettone.gateway.loading import Loader
from gettone.gateway.packages import Packages
from gettone.gateway.resuming import resume
from gettone.gateway.shipping import Shipping
from gettone.gateway.snapshots import Kept, Snapshots
from gettone.gateway.staging import Stage
from gettone.gateway.standing import Standing
from gettone.gateway.storing import BLOBS_BYTES_MAX, Storing
from gettone.model.assets import Asset
from gettone.model.errors import PlatformError
from gettone.model.sids import Randomness
from gettone.routes.sealing import verify_manifest
from gettone.wire.feed import FeedError, Published, Served

BACK_OFF_SECONDS = 0.05
BACK_OFF_SECONDS_SHORT = 0.2
BACK_OFF_SECONDS_MAX = 2.0
LARGE_BYTES = 64 << 10  # beyond this, verifying must not hold up requests
PROBLEMS_MAX = 100
TIDY_SECONDS = 60.0
SHORT_SECONDS = 5.0  # control starts beside its gateway, and comes again soon when it died

logger = logging.getLogger("gettone.gateway")


class Follower:
    """Follows the feed at a Unix socket. `cluster` is the installation's id; None learns it from the first manifest.

    `port` is the one that functions are reached at. `clock` tells aware UTC, `seconds` monotonic time.
    """

    def __init__(
        self,
        source: Path,
        snapshot_key: bytes,
        public_key: bytes,
        folder: Path,
        current: Current,
        shipping: Shipping,
        counting: Counting,
        *,
        port: int = 80,
        cluster: str | None = None,
        blobs_bytes_max: int = BLOBS_BYTES_MAX,
        randomness: Randomness = os.urandom,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._public_key = public_key
        self._folder = folder
        self._shipping = shipping
        self._counting = counting
        self._jitter = jitter
        self._clock = clock
        self._seconds = seconds
        self._snapshots = Snapshots(folder / "snapshots", snapshot_key, public_key, cluster, randomness, seconds)
        self._blobs = Blobs(folder / "blobs", seconds)
        self._packages = Packages(folder / "bundles", seconds)
        self._loader = Loader(self._snapshots, self._blobs, self._packages, port)
        self._storing = Storing(self._snapshots, self._blobs, self._packages, self._loader, blobs_bytes_max)
        self._stage = Stage(current, self._loader)
        self._stage.on_served = self._has_served
        self._link: Link | None = None
        self._mail: Published | None = None
        self._mail_came = asyncio.Event()
        self._announced = 0
        self._floor = 0
        self._since: datetime | None = None
        self._serving = asyncio.Event()
        self._settled = asyncio.Event()
        self._reported: Served | None = None
        self._stored: Kept | None = None

    @property
    def standing(self) -> Standing:
        """What is served, and whether it is the newest."""
        return Standing(
            revision=self._stage.revision,
            newest=self._announced,
            is_connected=self._link is not None,
            since=self._since,
            problems=len(self._stage.problems),
        )

    async def wait_serving(self) -> None:
        """Wait until something is served."""
        await self._serving.wait()

    async def wait_settled(self) -> None:
        """Wait until the newest that control has is served, or control turns out to be away."""
        await self._settled.wait()

    async def vouch(self, asset: Asset) -> bool:
        """Whether a file may be sent. One that is damaged is fetched anew."""
        if self._blobs.is_verified(asset.digest):
            return True
        if await asyncio.to_thread(self._blobs.verify, asset.digest):
            return True
        logger.error("a content on this disk is damaged, and is fetched anew: %s", asset.digest)
        self._stage.mend(asset.digest)
        return False

    async def open(self) -> None:
        """Serve what this disk holds, if it holds anything. Raises OSError when the folder cannot be used."""
        await asyncio.to_thread(self._open_folders)
        kept = self._snapshots.kept
        self._floor = self._snapshots.floor
        if kept:
            self._stored = kept[0]
            await self._stage.resume(kept[0], await asyncio.to_thread(resume, kept, self._loader))

    async def run(self) -> None:
        """Follow until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._stay_connected())
                group.create_task(self._take_mail())
                group.create_task(self._tidy_now_and_then())
                group.create_task(self._stage.warm_some())
        finally:
            await self._stage.close()
            await self._loader.close()
            await self._storing.settle()

    def _open_folders(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._snapshots.open()
        self._blobs.open()
        self._packages.open()

    async def _stay_connected(self) -> None:
        pause = BACK_OFF_SECONDS
        is_said = False
        lost_at = self._seconds()
        while True:
            reason: object = "it closed the connection"
            self._mail = None
            try:
                hear = (self._hear, self._shipping.kept, self._counting.counted)
                async with open_link(self._source, self._stage.revision, *hear) as link:
                    self._link = link
                    self._shipping.connect(link.send)
                    self._counting.connect(link.send)
                    await link.run()
            except (OSError, FeedError, LinkLost) as error:
                reason = error
            except Exception as error:  # the edge of a task, as in `_take_mail`
                logger.exception("the connection to control failed")
                reason = error
            finally:
                was_told = self._reported is not None
                self._link = self._reported = None
                self._shipping.disconnect()
                self._counting.disconnect()
            now = self._seconds()
            if was_told:
                lost_at, pause = now, BACK_OFF_SECONDS
            is_short = now - lost_at < SHORT_SECONDS
            if was_told or not (is_said or is_short):
                is_said = True
                logger.warning("control is away, and what is served goes on: %s", reason)
            pause = min(2 * pause, BACK_OFF_SECONDS_SHORT if is_short else BACK_OFF_SECONDS_MAX)
            await asyncio.sleep(pause * (0.5 + self._jitter() / 2))

    def _hear(self, message: Published) -> None:
        self._announced = message.revision
        self._mail = message
        self._mail_came.set()

    async def _take_mail(self) -> None:
        while True:
            await self._mail_came.wait()
            self._mail_came.clear()
            message, self._mail = self._mail, None
            link = self._link
            if message is None or link is None:
                continue
            verify = (self._public_key, message.signature, message.manifest, self._snapshots.cluster, self._floor)
            try:
                if len(message.manifest) > LARGE_BYTES:
                    manifest = await asyncio.to_thread(verify_manifest, *verify)
                else:
                    manifest = verify_manifest(*verify)
            except PlatformError as error:
                logger.error("a publication is refused: %s", error.message)
                continue
            self._snapshots.cluster = manifest.cluster
            try:
                self._stage.announce(Kept(manifest, message.signature, message.manifest), link)
            except Exception:  # the edge of a task: a gateway that follows no more would go stale in silence
                logger.exception("revision %d could not be taken", manifest.revision)

    def _has_served(self) -> None:
        """Something was swapped, or nothing had to be: tell control, and have it written."""
        stage = self._stage
        if stage.revision > self._floor or self._since is None:
            self._since = self._clock()
        if stage.revision:
            self._serving.set()
        self._floor = max(self._floor, stage.revision)
        state = stage.state
        if state is not None and state != self._stored:
            self._stored = state
            self._storing.keep(state)
        report = Served(stage.told, stage.problems[:PROBLEMS_MAX])
        if self._link is not None and report != self._reported and self._announced:
            if self._reported is None:
                logger.info("control is here; revision %d is served", report.revision)
            self._reported = report
            self._link.send(report)
            if report.revision >= self._announced:
                self._settled.set()

    async def _tidy_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            try:
                await self._storing.tidy(self._stage.loaded)
            except OSError as error:
                logger.warning("old files cannot be removed: %s", error)
