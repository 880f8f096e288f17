"""The Unix socket that gateways follow: publications down, lines and counts up. Must not know what a snapshot holds.

State: `_newest`, the manifest that was read last; `_followers`, one for each connection. One task reads the store after
each announcement, again while the store is away, and every second: another process may have published, or one of ours
that was cancelled between its commit and its announcement. Followers never wait for each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
from pathlib import Path

from gettone.control.follower import READ_BYTES, Follower
from gettone.control.log_writer import LogWriter
from gettone.model.errors import PlatformError
from gettone.store.interface import LogStore, Store
from gettone.wire.feed import FeedError, Published, ServingProblem

FOLLOWERS_MAX = 64
LOOK_SECONDS = 1.0
RETRY_SECONDS = (0.1, 2.0)  # the first wait while the store is away, and the longest
# What the kernel has room for in an address (man 7 unix), less the NUL at its end.
PATH_BYTES_MAX = 107

logger = logging.getLogger(__name__)


class Feed:
    """Hands publications to gateways, their log lines to the writer, and their counts to the log store.

    `announce` is called after each commit.
    """

    def __init__(self, store: Store, logs: LogWriter, counts: LogStore) -> None:
        self._store = store
        self._logs = logs
        self._counts = counts
        self._newest: Published | None = None
        self._followers: set[Follower] = set()
        self._connections: set[asyncio.Task[None]] = set()
        self._announced = asyncio.Event()
        self._told = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None
        self._path: Path | None = None

    async def serve(self, path: Path) -> None:
        """Listen at this path, until `close`. A socket that a dead process left there is replaced.

        Raises PlatformError: `conflict` when another process listens there, `invalid` for a path that cannot be one.
        """
        listening = _bind(path)
        self._path = path
        self._server = await asyncio.start_unix_server(self._accept, sock=listening, limit=READ_BYTES)
        self._reading = asyncio.create_task(self._read_always())
        self.announce()

    async def close(self) -> None:
        """End every connection, and remove the socket."""
        if self._server is not None:
            self._server.close()
        tasks = [*self._connections, *([self._reading] if self._reading is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None and self._path is not None:
            await self._server.wait_closed()
            self._path.unlink(missing_ok=True)

    def announce(self) -> None:
        """There may be a newer snapshot: read it, and tell those who follow."""
        self._announced.set()

    @property
    def newest_revision(self) -> int:
        """The revision that was read last; 0 before the first."""
        return 0 if self._newest is None else self._newest.revision

    def served_revision(self) -> int:
        """The oldest revision that a connected gateway serves; 0 while none is connected, or one serves nothing yet."""
        # What is newer than the newest is another installation's, or of a time that was undone.
        told = [each.served if each.served <= self.newest_revision else 0 for each in self._following()]
        return min(told, default=0)

    def nodes(self) -> int:
        """How many gateways are connected."""
        return len(self._following())

    def problems(self) -> tuple[ServingProblem, ...]:
        """What the connected gateways could not serve as published."""
        told = (problem for follower in self._followers for problem in follower.problems)
        return tuple(dict.fromkeys(told))

    async def wait_served(self, revision: int, seconds: float) -> bool:
        """Wait until all connected gateways serve this revision or a newer one, but not for ever. Whether they do."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.served_revision() < revision:
                    await self._told.wait()
        return self.served_revision() >= revision

    def _following(self) -> list[Follower]:
        return [follower for follower in self._followers if follower.have is not None]

    def _tell(self) -> None:
        """Wake all who wait for a change of what is served."""
        self._told.set()
        self._told = asyncio.Event()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= FOLLOWERS_MAX:
            logger.error("more than %d gateways follow this process: one was sent away", FOLLOWERS_MAX)
            writer.transport.abort()
            return
        task = asyncio.create_task(self._follow(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        follower = Follower(reader, writer, self._store, self._logs, self._counts, self._heard)
        self._followers.add(follower)
        if self._newest is not None:
            follower.publish(self._newest)
        try:
            await follower.run()
        except (FeedError, PlatformError) as error:
            logger.warning("a gateway was let go: %s", error)
        except TimeoutError:
            logger.warning("a gateway was let go: it did not read, or did not speak")
        except OSError:
            pass  # it went away by itself
        finally:
            self._followers.discard(follower)
            # Not `close`: what a gateway does not read would keep the connection open.
            writer.transport.abort()
            self._tell()

    def _heard(self) -> None:
        for follower in self._followers:
            if self._newest is not None and max(follower.have or 0, follower.served) > self._newest.revision:
                logger.error(
                    "a gateway holds revision %d, the newest is %d: was an old backup restored? Remove its folder",
                    max(follower.have or 0, follower.served),
                    self._newest.revision,
                )
        self._tell()

    async def _read_always(self) -> None:
        wait = RETRY_SECONDS[0]
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._announced.wait()
            self._announced.clear()
            try:
                await self._read()
                wait = RETRY_SECONDS[0]
            except PlatformError as error:
                if wait == RETRY_SECONDS[0]:
                    logger.warning("the newest snapshot waits: %s", error.message)
                await asyncio.sleep(wait)
                wait = min(2 * wait, RETRY_SECONDS[1])
                self._announced.set()

    async def _read(self) -> None:
        async with self._store.reading() as tx:
            if await tx.snapshots.newest_revision() <= self.newest_revision:
                return
            latest = await tx.snapshots.latest()
        if latest is not None:
            self._newest = Published(latest.revision, latest.signature, latest.manifest)
            for follower in self._followers:
                follower.publish(self._newest)


def _bind(path: Path) -> socket.socket:
    """A socket at this path that its owner alone may open, not listening yet."""
    if len(os.fsencode(path)) > PATH_BYTES_MAX:
        raise PlatformError(
            "invalid",
            f"{path} is too long for a socket: {PATH_BYTES_MAX} bytes are allowed. Choose a data folder with a shorter"
            " path, or name it relative to where Gettone is started",
        )
    if path.is_socket():
        if _is_alive(path):
            raise PlatformError("conflict", f"another process serves {path}: stop it first, or use another data folder")
        path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.bind(os.fspath(path))
        # SAFETY: nobody can connect before it listens, so there is no moment in which others may.
        path.chmod(0o600)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise PlatformError("conflict", f"{path} is there and is no socket: remove it") from None
        raise PlatformError("unavailable", f"no socket can be made at {path}: {error.strerror}") from None
    return made


def _is_alive(path: Path) -> bool:
    """Whether somebody listens at a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.setblocking(False)
        try:
            asking.connect(os.fspath(path))
        except BlockingIOError:
            return True  # more are waiting than it has taken
        except OSError:
            return False
    return True
