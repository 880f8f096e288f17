"""The gateway as a program of the supervisor's: `python -m gettone.assembly.gateway_program DESCRIPTOR`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys

import uvloop

from gettone.assembly.addresses import public_port
from gettone.assembly.data_plane import open_data_plane
from gettone.assembly.listening import ORPHAN_SECONDS, make_listener
from gettone.assembly.logging import log_to_stderr
from gettone.assembly.places import bundles_folder, feed_socket, gateway_folder, private_folder
from gettone.assembly.tether import Failed, GatewayOrders, Ready, Tether, decode_orders
from gettone.gateway.counting import Counting
from gettone.gateway.follow import Follower
from gettone.gateway.health import Health
from gettone.gateway.metrics import Metrics
from gettone.gateway.shipping import Shipping
from gettone.sandbox.errors import LaunchError

SETTLE_SECONDS = 3.0  # for control to say what is newest, where it can be heard
DRAIN_SECONDS = 3.0  # for the last log lines and counts to reach control


async def serve(orders: GatewayOrders, tether: Tether) -> None:
    """Serve until told to stop, or until the supervisor is gone. Raises LaunchError, OSError."""
    settings = orders.settings
    loop = asyncio.get_running_loop()
    is_orphan = False
    metrics = Metrics()
    counting = Counting()
    shipping = Shipping(metrics, counting)
    kept = private_folder(gateway_folder(settings.data))
    plane = await open_data_plane(
        settings,
        shipping,
        shipping,
        health=Health(metrics, frozenset({settings.domain})),
        packages=bundles_folder(settings.data),
        port=orders.port,
    )
    follower = Follower(
        feed_socket(settings.data),
        orders.snapshot_key,
        orders.public_key,
        kept,
        plane.current,
        shipping,
        counting,
        port=public_port(settings.public_url, orders.port),
    )
    plane.gateway.files = follower
    metrics.census = plane.pool.census
    metrics.standing = lambda: follower.standing
    metrics.dropped_lines = lambda: shipping.dropped_total
    metrics.uncounted = lambda: counting.uncounted_total
    shipping.find_environment = plane.current.find_environment
    listener = make_listener(plane, settings.tls_cert, settings.tls_key)

    def stop_orphaned() -> None:
        nonlocal is_orphan
        is_orphan = True
        listener.stop(ORPHAN_SECONDS)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, listener.stop)
    tether.on_cut(loop, stop_orphaned)
    sockets = [socket.socket(fileno=fd) for fd in orders.sockets]
    try:
        await follower.open()
        following = asyncio.create_task(follower.run())
        told = asyncio.create_task(_tell_when_serving(follower, tether))
        try:
            # One that was shot may have served what its disk does not know yet: callers wait for a moment instead.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_SECONDS):
                    await follower.wait_settled()
            await listener.serve(sockets=sockets)
            if not is_orphan:
                await asyncio.gather(shipping.drain(DRAIN_SECONDS), counting.drain(DRAIN_SECONDS))
        finally:
            for task in (told, following):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    finally:
        shipping.close()
        counting.close()
        await plane.close()
        for each in sockets:
            each.close()


async def _tell_when_serving(follower: Follower, tether: Tether) -> None:
    await follower.wait_serving()
    tether.report(Ready())


def main() -> int:
    """Obey the orders that come over the tether."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tether = Tether(int(sys.argv[1]))
    data = tether.receive()
    if data is None:
        return 0
    log_to_stderr("gateway")
    try:
        uvloop.run(serve(decode_orders(GatewayOrders, data), tether))
    except (LaunchError, OSError) as error:
        tether.report(Failed("unavailable", f"the gateway cannot serve: {error}"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
