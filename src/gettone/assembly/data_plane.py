"""The data plane: gateway, pool and nursery, in the order in which they start and stop. Decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import gettone
from gettone.gateway.app import Gateway
from gettone.gateway.current import Current, GuestSettings
from gettone.gateway.health import Health
from gettone.gateway.protocol import Edge, EdgeLimits
from gettone.gateway.records import RequestLog
from gettone.model.functions import Language
from gettone.sandbox.enclosure import Enclosure, Standing, find_standing, python_paths
from gettone.sandbox.errors import LaunchError
from gettone.sandbox.launch import Nursery
from gettone.sandbox.node import node_binary
from gettone.sandbox.policy import Kind, Policy
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
    standing: Standing
    opened: Sequence[str] = ()
    closed: Sequence[str] = ()
    resident_bytes: int | None = None

    def open_network(self, allowed: Sequence[str]) -> None:
        """Let functions call these addresses, too, from now on."""
        if self.standing.kind is not Kind.OFF:
            self.nursery.open_targets([*self.opened, *allowed], self.closed, self.resident_bytes)

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
    health: Health | None = None,
    packages: Path | None = None,
    port: int | None = None,
) -> DataPlane:
    """Start everything that serves requests, but the listeners. Raises LaunchError, OSError.

    `packages` is the folder that packages of deployments lie in; `port` is the gateway's own, which functions may call.
    """
    folder = Path(tempfile.mkdtemp(prefix="gettone-"))
    guests = Path(gettone.__file__).parent / "guests" / "javascript"
    nursery = Nursery(folder)
    try:
        root = await asyncio.to_thread(write_guest_root, folder)
        wanted = Kind.OFF if debugging else settings.sandbox
        standing = await asyncio.to_thread(find_standing, wanted)
        enclosure, opened, closed, resident_bytes = None, _opened(settings, port), list[str](), None
        if standing.kind is Kind.OFF and wanted != Kind.OFF and not development:
            raise LaunchError(f"{standing.detail}. To run functions so all the same: GETTONE_SANDBOX=off")
        if standing.kind is not Kind.OFF:
            enclosure = await asyncio.to_thread(_enclose, folder, settings, packages)
            closed = await asyncio.to_thread(_closed, settings)
            resident_bytes = enclosure.policy.resident_bytes
            nursery.open_targets(opened, closed, resident_bytes)
        zygote = zygote_command(root, interpreter)
        flags = (debugging.node_flag,) if debugging and debugging.node_flag else ()
        sources: dict[str, GuestSource] = {
            Language.PYTHON: PythonSource(
                nursery, zygote, settings.memory_bytes, [root, *python_paths(Path(zygote[0]))], enclosure
            ),
            Language.JAVASCRIPT: NodeSource(
                nursery, node_binary(), guests / "guest.js", settings.memory_bytes, flags, enclosure
            ),
        }
        spares = 0 if debugging else settings.spares
        pool = Pool(sources, functions_log, dict.fromkeys(sources, spares))
        nursery.on_refused = pool.tell_refused
        if development:
            pool.opens = 'To open this one, in gettone.toml: [network] allow = ["{target}"]'
        bundles = Bundles(folder / "tasks", linked=debugging.project if debugging else None)
        told = GuestSettings(
            twilio=guests / "node_modules" / "twilio",
            log_bytes=settings.log_bytes,
            response_bytes=settings.response_bytes,
            check=development,
            debug_port=debugging.python_port if debugging else None,
            unbounded=debugging is not None,
            confined=enclosure is not None,
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
    gateway = Gateway(current, pool, requests_log, development, health=health)
    return DataPlane(
        current, pool, nursery, gateway, Edge(limits, gateway.begin_whole), standing, opened, closed, resident_bytes
    )


def _enclose(folder: Path, settings: Settings, packages: Path | None) -> Enclosure:
    if packages is not None:
        with contextlib.suppress(OSError):  # a disk that cannot be written takes packages along, and nothing else
            packages.mkdir(parents=True, exist_ok=True)
    return Enclosure(folder, Policy(settings.memory_bytes), packages)


def _opened(settings: Settings, port: int | None) -> list[str]:
    """What every function may call beside public addresses: what the operator opened, and the gateway itself."""
    own = [] if port is None else [f"127.0.0.1:{port}", f"[::1]:{port}"]
    return [*settings.network_allow, *own]


def _closed(settings: Settings) -> list[str]:
    """Public addresses that no function may call: the database's."""
    host = None if settings.database_url is None else urlsplit(settings.database_url).hostname
    if not host:
        return []
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None)})
    except OSError:
        return []
