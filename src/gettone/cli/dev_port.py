"""Which port `gettone dev` listens on, and what becomes of one that is taken. Must not know what is served."""

from __future__ import annotations

import contextlib
import errno
import socket

from gettone.assembly.sockets import bind
from gettone.cli.asking import can_ask, confirm
from gettone.model.errors import PlatformError

LOOPBACK = ("127.0.0.1", "::1")
# Who runs more projects than this at once has a list of their ports.
NEARBY = 20


def listen(host: str | None, port: int) -> list[socket.socket]:
    """Listen on both loopback addresses, or on the host that was named.

    Where the port is taken, whoever sits at the terminal is offered the next one that is free.
    Raises PlatformError `unavailable`.
    """
    hosts = (host,) if host else LOOPBACK
    try:
        return bind(hosts, port)
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        if is_taken and can_ask() and (other := _offer(hosts, port)) is not None:
            return other
        raise PlatformError(
            "unavailable",
            f"{hosts[0]} port {port} cannot be listened on ({error.strerror}):"
            f" choose another with {'--port' if is_taken else '--host'}",
        ) from error


def _offer(hosts: tuple[str, ...], port: int) -> list[socket.socket] | None:
    """Sockets on a port nearby, held while the question is open; None where there is none, or it was not wanted."""
    sockets = _bind_nearby(hosts, port)
    if sockets is None:
        return None
    with contextlib.ExitStack() as unwanted:
        for each in sockets:
            unwanted.callback(each.close)
        if not confirm(f"Port {port} is in use. Serve on {sockets[0].getsockname()[1]} instead?"):
            return None
        unwanted.pop_all()
    return sockets


def _bind_nearby(hosts: tuple[str, ...], port: int) -> list[socket.socket] | None:
    for number in range(port + 1, min(port + NEARBY, 65535) + 1):
        with contextlib.suppress(OSError):
            return bind(hosts, number)
    return None
