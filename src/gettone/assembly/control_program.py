"""Control as a program of the supervisor's: `python -m gettone.assembly.control_program DESCRIPTOR`."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from dataclasses import replace

import uvicorn
import uvloop
from starlette.types import ASGIApp

from gettone.api.app import make_app
from gettone.assembly.addresses import addresses
from gettone.assembly.console import gateway_address, open_desk
from gettone.assembly.control_plane import ControlPlane, cancel, load_engine, open_control_plane, open_office
from gettone.assembly.first_start import found_installation
from gettone.assembly.front import make_front
from gettone.assembly.hearing import hear_out
from gettone.assembly.listening import ORPHAN_SECONDS, Listener
from gettone.assembly.loading import loading
from gettone.assembly.logging import log_to_stderr
from gettone.assembly.tether import ControlOrders, Failed, Opened, Ready, Tether, decode_orders
from gettone.console.app import make_console
from gettone.console.urls import function_url
from gettone.model.errors import PlatformError
from gettone.policy.hosts import Hosts, read_networks
from gettone.settings import Settings

EXIT_FAILED, EXIT_AGAIN = 1, 75  # sysexits(3): EX_TEMPFAIL
SERVED_SECONDS = 30.0


async def serve(orders: ControlOrders, tether: Tether) -> None:
    """Serve until told to stop, or until the supervisor is gone. Raises PlatformError."""
    settings = orders.settings
    loop = asyncio.get_running_loop()
    async with (
        open_office(settings) as (office, publisher),
        open_control_plane(office, publisher, settings) as plane,
    ):
        founded = await found_installation(plane, settings)
        quickstart = None if founded.quickstart is None else founded.quickstart.domain_name
        tether.report(
            Opened(founded.account_sid, founded.has_owner, founded.set_up_secret, quickstart, founded.notices)
        )
        hosts = _hosts(settings)
        gateway = gateway_address(settings, orders.port)
        use_cases = replace(plane.use_cases, base_url=lambda host: function_url(gateway, host, ""))
        rest = make_app(use_cases, randomness=os.urandom, hosts=hosts)
        console_url = addresses(settings, orders.port, orders.console_port).console
        async with open_desk(plane, settings, gateway, console_url, rest.document.make) as desk:
            pages = make_console(desk, randomness=os.urandom, hosts=hosts)
            listener = Listener(_config(hear_out(make_front(rest.app, pages, hosts)), settings))

            def stop(within_seconds: int | None = None) -> None:
                plane.tails.close()  # their answers would go on for ever
                listener.stop(within_seconds)

            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop)
            tether.on_cut(loop, lambda: stop(ORPHAN_SECONDS))
            sockets = [socket.socket(fileno=fd) for fd in orders.sockets]
            told = asyncio.create_task(_tell_when_ready(plane, tether))
            try:
                await listener.serve(sockets=sockets)
            finally:
                await cancel(told)
                for each in sockets:
                    each.close()


def _hosts(settings: Settings) -> Hosts:
    names = {settings.domain, *(name for name in (settings.console_host,) if name is not None)}
    try:
        return Hosts(frozenset(names), read_networks(settings.trusted_proxies))
    except ValueError as error:
        raise PlatformError("invalid", f"GETTONE_TRUSTED_PROXIES: {error}") from error


def _config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # which proxies are believed is decided in policy/hosts.py
        timeout_graceful_shutdown=5,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )


async def _tell_when_ready(plane: ControlPlane, tether: Tether) -> None:
    """Ready is who has its newest snapshot served; or who waited for that for long."""
    revision = (await plane.use_cases.standing()).latest_revision
    if revision:
        await plane.feed.wait_served(revision, SERVED_SECONDS)
    tether.report(Ready())


def main() -> int:
    """Obey the orders that come over the tether."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tether = Tether(int(sys.argv[1]))
    data = tether.receive()
    if data is None:
        return 0
    log_to_stderr("control")
    orders = decode_orders(ControlOrders, data)
    with loading():
        load_engine(orders.settings)
    try:
        uvloop.run(serve(orders, tether))
    except PlatformError as error:
        tether.report(Failed(error.code, error.message))
        return EXIT_AGAIN if error.code == "unavailable" else EXIT_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
