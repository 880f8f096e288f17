"""Listening: sockets of this machine, and the HTTP servers behind them. Must not know what is served."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvicorn

from gettone.assembly.data_plane import DataPlane


class Listener(uvicorn.Server):
    """A uvicorn server that leaves the signals to its caller."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def make_listener(plane: DataPlane, tls_cert: Path | None = None, tls_key: Path | None = None) -> Listener:
    """The HTTP server of a data plane, with TLS where there is a certificate. `serve` runs it until `should_exit`."""
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
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
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
