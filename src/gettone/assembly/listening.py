"""The HTTP servers behind listening sockets. Must not know what is served."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

# For requests under way when the supervisor was shot: whoever starts anew waits for that.
ORPHAN_SECONDS = 2

if TYPE_CHECKING:  # control listens too, and has no data plane to load
    from gettone.assembly.data_plane import DataPlane


class Listener(uvicorn.Server):
    """A uvicorn server that leaves the signals to its caller."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    def stop(self, within_seconds: int | None = None) -> None:
        """Take no more requests; those under way may finish, for so long."""
        if within_seconds is not None:
            self.config.timeout_graceful_shutdown = within_seconds
        self.should_exit = True


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
