"""The API over a real office, in this process, and a client that has signed in. Must not know a path."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx2
from starlette.types import ASGIApp

from gettone.api.app import make_app
from gettone.api.edge import Bounds
from gettone.api.use_cases import Standing, UseCases
from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.applications import Applications
from gettone.control.assets import Assets
from gettone.control.audit import Audit
from gettone.control.authentication import Authentication
from gettone.control.builds import Builds
from gettone.control.bundles import Installed, PackagesRequest, Say
from gettone.control.checking import CodeChecker
from gettone.control.checks import Checks
from gettone.control.deployments import Deployments
from gettone.control.environments import Environments
from gettone.control.functions import Functions
from gettone.control.host_names import HostNames
from gettone.control.installation import Installation
from gettone.control.links import Links
from gettone.control.log_writer import LogWriter
from gettone.control.logs import Logs
from gettone.control.office import Office
from gettone.control.passwords import Passwords
from gettone.control.services import Services
from gettone.control.tails import Tails
from gettone.control.users import Users
from gettone.control.variables import EnvironmentVariables
from gettone.model.errors import PlatformError
from gettone.policy.hosts import Hosts, read_networks
from gettone.store.interface import Store
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, open_office

BASE = "http://localhost:8001"
SETTINGS = {"GETTONE_DOMAIN": "localhost"}
HOSTS = Hosts(frozenset({"console.example.com"}), read_networks(["10.0.0.0/8"]))


class NoPackages:
    """Installs nothing: the registry is the business of other tests."""

    async def install(self, request: PackagesRequest, say: Say) -> Installed:
        raise PlatformError("unavailable", "no registry answers")


@dataclass
class Api:
    """The API, and what stands behind it."""

    office: Office
    app: ASGIApp
    use: UseCases
    writer: LogWriter
    tails: Tails
    client: httpx2.AsyncClient
    standing: Standing

    def signed_in(self, username: str, password: str, base: str = BASE) -> httpx2.AsyncClient:
        """A client with other credentials, or under another name."""
        return make_client(self.app, username, password, base)


def make_client(
    app: ASGIApp,
    username: str | None = ACCOUNT_SID,
    password: str = AUTH_TOKEN,
    base: str = BASE,
    peer: str = "127.0.0.1",
) -> httpx2.AsyncClient:
    """A client of an application in this process. What the application does not catch is a failure of the test."""
    transport = httpx2.ASGITransport(app=app, client=(peer, 50000))
    auth = None if username is None else httpx2.BasicAuth(username, password)
    return httpx2.AsyncClient(transport=transport, base_url=base, auth=auth)


@asynccontextmanager
async def open_api(store: Store | None = None, bounds: Bounds | None = None) -> AsyncIterator[Api]:
    """The API over a store, in memory unless one is given, with one account in it."""
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(open_office(store))
        passwords, tails = Passwords(), Tails()
        writer = LogWriter(office, tails)
        writer.open()
        stack.push_async_callback(writer.close)
        stack.callback(tails.close)
        builds = Builds(office, NoPackages())
        stack.push_async_callback(builds.close)
        checker = CodeChecker()
        stack.push_async_callback(checker.close)
        standing = Standing(1, 1)

        async def ask() -> Standing:
            return api.standing

        use = UseCases(
            accounts=Accounts(office),
            api_keys=ApiKeys(office),
            applications=Applications(office),
            assets=Assets(office),
            audit=Audit(office),
            authentication=Authentication(office),
            builds=builds,
            checks=Checks(office, checker),
            deployments=Deployments(office, builds),
            environments=Environments(office),
            functions=Functions(office),
            host_names=HostNames(office),
            installation=Installation(office, SETTINGS),
            links=Links(office, passwords),
            logs=Logs(office, tails),
            services=Services(office),
            users=Users(office, passwords),
            variables=EnvironmentVariables(office),
            standing=ask,
            clock=office.clock,
        )
        app = make_app(use, randomness=os.urandom, hosts=HOSTS, bounds=bounds).app
        client = await stack.enter_async_context(make_client(app))
        api = Api(office, app, use, writer, tails, client, standing)
        yield api
