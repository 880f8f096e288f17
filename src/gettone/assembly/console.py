"""The console's desk: use cases that only people need, beside those of the control plane. Decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from gettone.assembly.addresses import EVERYWHERE, public_port
from gettone.assembly.control_plane import ControlPlane, cancel
from gettone.assembly.senders import make_senders
from gettone.console.desk import Desk
from gettone.control.brakes import Brakes
from gettone.control.delivery import Delivery
from gettone.control.editing import Editing
from gettone.control.figures import Figures
from gettone.control.health import Health
from gettone.control.history import History
from gettone.control.invitations import Invitations
from gettone.control.link_desk import LinkDesk
from gettone.control.outbox import Outbox
from gettone.control.password_reset import PasswordReset
from gettone.control.post import Post
from gettone.control.preferences import Preferences
from gettone.control.releasing import Releases
from gettone.control.second_factor import SecondFactor
from gettone.control.sessions import Bounds, Sessions
from gettone.control.sign_up import SignUp, SignUpMode
from gettone.control.terms import Terms
from gettone.control.token_desk import TokenDesk
from gettone.control.trying import GatewayAddress, Trying
from gettone.control.verification import Verification
from gettone.control.what_goes import WhatGoes
from gettone.sandbox.enclosure import find_standing
from gettone.sandbox.errors import LaunchError
from gettone.sandbox.policy import Kind
from gettone.settings import Settings

FLUSH_SECONDS = 5.0  # between two writes of when sessions were last used


@asynccontextmanager
async def open_desk(
    plane: ControlPlane,
    settings: Settings,
    gateway: GatewayAddress,
    console_url: str,
    reference: Callable[[], Mapping[str, object]],
) -> AsyncIterator[Desk]:
    """Everything that pages ask, running. Raises PlatformError for senders that can be none."""
    office, cases, passwords = plane.office, plane.use_cases, plane.passwords
    async with AsyncExitStack() as stack:
        senders = make_senders(settings)
        brakes = Brakes(office.clock)
        post = Post(office, senders, console_url)
        delivery = Delivery(office, post, senders)
        stack.push_async_callback(cancel, asyncio.create_task(delivery.run()))
        sessions = Sessions(office, passwords, brakes, Bounds(settings.session_idle_seconds, settings.session_seconds))
        stack.push_async_callback(sessions.flush)
        stack.push_async_callback(cancel, asyncio.create_task(_flush_always(sessions)))
        releases = Releases(office, cases.builds, plane.feed, plane.checker)
        stack.push_async_callback(releases.close)
        mode = SignUpMode(settings.sign_up)
        reset = PasswordReset(office, post, brakes)
        stack.push_async_callback(reset.close)
        yield Desk(
            accounts=cases.accounts,
            api_keys=cases.api_keys,
            applications=cases.applications,
            assets=cases.assets,
            audit=cases.audit,
            builds=cases.builds,
            deployments=cases.deployments,
            editing=Editing(office, releases),
            environments=cases.environments,
            figures=Figures(office),
            functions=cases.functions,
            gateway=gateway,
            health=Health(office, plane.feed, await asyncio.to_thread(_sandbox_name, settings)),
            history=History(office, plane.runtimes),
            host_names=cases.host_names,
            installation=cases.installation,
            invitations=Invitations(office, passwords, post, sessions, brakes, mode),
            link_desk=LinkDesk(office),
            links=cases.links,
            logs=cases.logs,
            outbox=Outbox(office, post),
            password_reset=reset,
            preferences=Preferences(office, passwords, post, brakes),
            releases=releases,
            second_factor=SecondFactor(office, passwords, brakes),
            services=cases.services,
            sessions=sessions,
            sign_up=SignUp(office, passwords, post, sessions, brakes, mode),
            terms=Terms(office),
            tokens=TokenDesk(office),
            trying=Trying(office, plane.tails, gateway),
            users=cases.users,
            variables=cases.variables,
            verification=Verification(office, post, brakes),
            what_goes=WhatGoes(office),
            reference=reference,
            clock=office.clock,
            domain=office.domain,
        )


async def _flush_always(sessions: Sessions) -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        await sessions.flush()


def _sandbox_name(settings: Settings) -> str | None:
    """What confines functions on this machine; None where nothing does."""
    try:
        standing = find_standing(settings.sandbox)
    except LaunchError:
        return None
    return None if standing.kind is Kind.OFF else standing.kind.value


def gateway_address(settings: Settings, port: int) -> GatewayAddress:
    """Where control finds the gateway, and the port that its visitors see."""
    host = settings.host if settings.host not in EVERYWHERE else "127.0.0.1"
    url_port = public_port(settings.public_url, port)
    return GatewayAddress(host, port, settings.tls_cert is not None, None if url_port in (80, 443) else url_port)
