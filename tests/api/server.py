"""The API on a port of loopback, served by uvicorn in a thread of its own. Must not know a path."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass

import uvicorn

from gettone.store.interface import Store
from tests.api.serving import Api, open_api
from tests.stores import sqlite_memory

START_SECONDS = 60
STOP_SECONDS = 30


@dataclass
class Served:
    """A running server."""

    port: int
    api: Api
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve_api(opening: Callable[[], AbstractAsyncContextManager[Store]] = sqlite_memory) -> Iterator[Served]:
    """Serve the API over a store that is opened in the server's own loop."""
    started: Future[Served] = Future()
    stopping: Future[Callable[[], None]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(opening, started, stopping)), name="api server")
    thread.start()
    try:
        yield started.result(START_SECONDS)
    finally:
        if stopping.done():
            stopping.result()()
        thread.join(STOP_SECONDS)
        assert not thread.is_alive()


async def _serve(
    opening: Callable[[], AbstractAsyncContextManager[Store]],
    started: Future[Served],
    stopping: Future[Callable[[], None]],
) -> None:
    loop = asyncio.get_running_loop()
    try:
        async with opening() as store, open_api(store) as api:
            listener = socket.create_server(("127.0.0.1", 0))
            config = uvicorn.Config(api.app, log_config=None, lifespan="off", timeout_graceful_shutdown=5)
            server = uvicorn.Server(config)

            def stop() -> None:
                loop.call_soon_threadsafe(setattr, server, "should_exit", True)

            stopping.set_result(stop)
            started.set_result(Served(listener.getsockname()[1], api, loop))
            await server.serve([listener])
    except BaseException as error:
        if not started.done():
            started.set_exception(error)
        raise
