"""The console over a real office, in this process, and browsers that ask it. Must not know a page."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx2
from starlette.types import ASGIApp

from gettone.console.app import make_console
from gettone.console.desk import Desk
from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.applications import Applications
from gettone.control.assets import Assets
from gettone.control.audit import Audit
from gettone.control.brakes import Brakes
from gettone.control.builds import Builds
from gettone.control.bundles import Installed, PackagesRequest, Say
from gettone.control.checking import CodeChecker
from gettone.control.deployments import Deployments
from gettone.control.editing import Editing
from gettone.control.environments import Environments
from gettone.control.figures import Figures
from gettone.control.functions import Functions
from gettone.control.health import Health
from gettone.control.history import History
from gettone.control.host_names import HostNames
from gettone.control.installation import Installation
from gettone.control.invitations import Invitations
from gettone.control.link_desk import LinkDesk
from gettone.control.links import Links
from gettone.control.logs import Logs
from gettone.control.office import Office
from gettone.control.outbox import Outbox
from gettone.control.password_reset import PasswordReset
from gettone.control.passwords import Passwords
from gettone.control.post import Post
from gettone.control.preferences import Preferences
from gettone.control.releasing import Releases
from gettone.control.second_factor import SecondFactor
from gettone.control.services import Services
from gettone.control.sessions import Sessions
from gettone.control.sign_up import SignUp, SignUpMode
from gettone.control.tails import Tails
from gettone.control.terms import Terms
from gettone.control.token_desk import TokenDesk
from gettone.control.trying import GatewayAddress, Trying
from gettone.control.users import Users
from gettone.control.variables import EnvironmentVariables
from gettone.control.verification import Verification
from gettone.control.what_goes import WhatGoes
from gettone.model.cookies import CONSOLE_COOKIE_PLAIN
from gettone.model.errors import PlatformError
from gettone.model.users import Role, User
from gettone.policy.hosts import Hosts, read_networks
from gettone.store.interface import Store
from gettone.wire.feed import ServingProblem
from tests.control.offices import member, open_office

BASE = "http://localhost:8001"
EMAIL, NAME, PASSWORD = "owner@example.com", "Olga Owner", "correct horse battery"
UNUSED_PORT = 9  # discard: nothing listens there
HOSTS = Hosts(frozenset({"console.example.com"}), read_networks(["10.0.0.0/8"]))


class NoPackages:
    """Installs nothing: the registry is the business of other tests."""

    async def install(self, request: PackagesRequest, say: Say) -> Installed:
        raise PlatformError("unavailable", "no registry answers")


@dataclass
class Gateways:
    """Gateways that serve what is published as soon as it is, with these problems; or none, where there are none."""

    are_there: bool = True
    told: tuple[ServingProblem, ...] = ()
    served: int = 1

    async def wait_served(self, revision: int, seconds: float) -> bool:
        return self.are_there

    def served_revision(self) -> int:
        return self.served if self.are_there else 0

    def nodes(self) -> int:
        return int(self.are_there)

    def problems(self) -> tuple[ServingProblem, ...]:
        return self.told


@dataclass
class Served:
    """The console, and what stands behind it."""

    office: Office
    app: ASGIApp
    desk: Desk
    browser: httpx2.AsyncClient


def make_browser(app: ASGIApp, base: str = BASE, peer: str = "127.0.0.1", **headers: str) -> httpx2.AsyncClient:
    """A browser that keeps cookies and says where its forms come from."""
    transport = httpx2.ASGITransport(app=app, client=(peer, 50000))
    said = {"origin": base, "sec-fetch-site": "same-origin", **headers}
    return httpx2.AsyncClient(transport=transport, base_url=base, headers=said)


@asynccontextmanager
async def open_console(store: Store | None = None) -> AsyncIterator[Served]:
    """The console over a store, in memory unless one is given, with one account in it."""
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(open_office(store))
        desk = await stack.enter_async_context(open_desk(office))
        app = make_console(desk, randomness=os.urandom, hosts=HOSTS)
        browser = await stack.enter_async_context(make_browser(app))
        yield Served(office, app, desk, browser)


@asynccontextmanager
async def open_desk(office: Office) -> AsyncIterator[Desk]:
    """Every use case at an office."""
    async with AsyncExitStack() as stack:
        passwords, tails, brakes = Passwords(), Tails(), Brakes(office.clock)
        post = Post(office, (), BASE)
        sessions = Sessions(office, passwords, brakes)
        stack.callback(tails.close)
        builds = Builds(office, NoPackages())
        stack.push_async_callback(builds.close)
        checker = CodeChecker()
        stack.push_async_callback(checker.close)
        gateways = Gateways()
        releases = Releases(office, builds, gateways, checker)
        stack.push_async_callback(releases.close)
        address = GatewayAddress("127.0.0.1", UNUSED_PORT, url_port=8000)
        reset = PasswordReset(office, post, brakes)
        stack.push_async_callback(reset.close)
        yield Desk(
            accounts=Accounts(office),
            api_keys=ApiKeys(office),
            applications=Applications(office),
            assets=Assets(office),
            audit=Audit(office),
            builds=builds,
            deployments=Deployments(office, builds),
            editing=Editing(office, releases),
            environments=Environments(office),
            figures=Figures(office),
            functions=Functions(office),
            gateway=address,
            health=Health(office, gateways),
            history=History(office),
            host_names=HostNames(office),
            installation=Installation(office, {}),
            invitations=Invitations(office, passwords, post, sessions, brakes, SignUpMode.OPEN),
            link_desk=LinkDesk(office),
            links=Links(office, passwords),
            logs=Logs(office, tails),
            outbox=Outbox(office, post),
            password_reset=reset,
            preferences=Preferences(office, passwords, post, brakes),
            releases=releases,
            second_factor=SecondFactor(office, passwords, brakes),
            services=Services(office),
            sessions=sessions,
            sign_up=SignUp(office, passwords, post, sessions, brakes, SignUpMode.OPEN),
            terms=Terms(office),
            tokens=TokenDesk(office),
            trying=Trying(office, tails, address),
            users=Users(office, passwords),
            variables=EnvironmentVariables(office),
            verification=Verification(office, post, brakes),
            what_goes=WhatGoes(office),
            reference=dict,
            clock=office.clock,
        )


async def sign_in(served: Served, *, role: Role = Role.OWNER, email: str = EMAIL) -> User:
    """Make a member of the account, and let the browser keep a session of theirs."""
    principal = member(Role.OWNER)
    user = await served.desk.users.create(principal, email=email, name=NAME, role=role, password=PASSWORD)
    made = await served.desk.sessions.open_for(user)
    served.browser.cookies.set(CONSOLE_COOKIE_PLAIN, made.secret)
    return user
