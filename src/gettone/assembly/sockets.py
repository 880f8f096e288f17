"""Sockets that listen, made before anything is served on them. Must not know what that will be."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence


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
