"""What control can do, handed to every path; assembly makes it. Must not know HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.applications import Applications
from gettone.control.assets import Assets
from gettone.control.audit import Audit
from gettone.control.authentication import Authentication
from gettone.control.builds import Builds
from gettone.control.checks import Checks
from gettone.control.deployments import Deployments
from gettone.control.environments import Environments
from gettone.control.functions import Functions
from gettone.control.host_names import HostNames
from gettone.control.installation import Installation
from gettone.control.links import Links
from gettone.control.logs import Logs
from gettone.control.services import Services
from gettone.control.users import Users
from gettone.control.variables import EnvironmentVariables

# Each holds its content in memory until it is kept; the toolkit sends ten at once.
UPLOADS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """What gateways serve; revision 0 is none. Problems are sentences, about single environments."""

    latest_revision: int
    served_revision: int
    problems: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether the gateway serves the current snapshot."""
        return 0 < self.served_revision == self.latest_revision


def _plain_url(host: str) -> str:
    return f"http://{host}"


@dataclass(frozen=True, slots=True)
class UseCases:
    """All that control can do. `standing` asks the feed.

    `domain` ends the host name of every environment; `base_url` says where such a host is reached.
    """

    accounts: Accounts
    api_keys: ApiKeys
    applications: Applications
    assets: Assets
    audit: Audit
    authentication: Authentication
    builds: Builds
    checks: Checks
    deployments: Deployments
    environments: Environments
    functions: Functions
    host_names: HostNames
    installation: Installation
    links: Links
    logs: Logs
    services: Services
    users: Users
    variables: EnvironmentVariables
    standing: Callable[[], Awaitable[Standing]]
    clock: Callable[[], datetime]
    domain: str = "localhost"
    base_url: Callable[[str], str] = _plain_url
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS_AT_ONCE))
