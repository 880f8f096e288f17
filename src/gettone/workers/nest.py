"""Spares of one runtime: guests that have said hello and wait for a deployment. Knows no deployments and no calls."""

from __future__ import annotations

import asyncio
from collections import deque

from gettone.sandbox.errors import LaunchError
from gettone.wire.messages import VERSION, GuestMessage, Hello
from gettone.workers.guest import Guest
from gettone.workers.runtimes import GuestSource, Packages

HELLO_SECONDS = 20.0
REFILL_AFTER_SECONDS = 1.0
NO_PACKAGES: Packages = {}


class Nest:
    """Keeps `size` spares. State: `_ready`, and `_starting`, how many are on their way."""

    def __init__(self, source: GuestSource, size: int) -> None:
        self._source = source
        self._size = size
        self._ready: deque[Guest] = deque()
        self._starting = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def ready(self) -> int:
        """How many spares wait."""
        return len(self._ready)

    async def take(self, packages: Packages = NO_PACKAGES) -> Guest:
        """A guest that has said hello: a spare, or a new one. With packages it is made for them. Raises LaunchError."""
        guest = self._ready.popleft() if self._ready and not packages else None
        self.refill()
        if guest is not None:
            return guest
        try:
            return await self._start(packages)
        except LaunchError:
            # What starts guests may have died a moment ago: the second try starts it anew.
            return await self._start(packages)

    def refill(self) -> None:
        """Start as many as are missing."""
        while not self._closed and len(self._ready) + self._starting < self._size:
            self._starting += 1
            task = asyncio.get_running_loop().create_task(self._add())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End the spares and their source."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while self._ready:
            self._ready.popleft().kill()
        await self._source.close()

    async def _add(self) -> None:
        try:
            guest = await self._start()
        except LaunchError:
            # Not tried again here, where nobody waits: the next take() tries, and tells its caller.
            return
        finally:
            self._starting -= 1
        guest.on_gone = lambda fault: self._lose(guest)
        self._ready.append(guest)

    def _lose(self, guest: Guest) -> None:
        if guest in self._ready:
            self._ready.remove(guest)
            guest.kill()
            # Not at once: a runtime that cannot live must not be started in a tight loop.
            asyncio.get_running_loop().call_later(REFILL_AFTER_SECONDS, self.refill)

    async def _start(self, packages: Packages = NO_PACKAGES) -> Guest:
        guest = Guest(await self._source.start(packages))
        hello: asyncio.Future[GuestMessage] = asyncio.get_running_loop().create_future()

        def gone(fault: str | None) -> None:
            if not hello.done():
                hello.set_exception(LaunchError(f"a guest ended before it said hello: {fault or 'it exited'}"))

        def heard(message: GuestMessage) -> None:
            if not hello.done():
                hello.set_result(message)

        guest.on_gone, guest.on_message = gone, heard
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                first = await hello
            if not isinstance(first, Hello) or first.version != VERSION:
                raise LaunchError("a guest speaks another version of the protocol")
        except BaseException as error:
            guest.kill()
            if isinstance(error, TimeoutError):
                raise LaunchError("a guest did not say hello in time") from error
            raise
        return guest
