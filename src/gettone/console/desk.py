"""What control can do, handed to every page; assembly makes it. Must not know HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.applications import Applications
from gettone.control.assets import Assets
from gettone.control.audit import Audit
from gettone.control.builds import Builds
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
from gettone.model.principals import Principal
from gettone.model.sessions import Session
from gettone.model.users import User


class SessionFinder(Protocol):
    """Who a session's secret stands for."""

    async def find(self, secret: str) -> tuple[Session, User, Principal] | None:
        """The session, its user, and as whom they act; None when it has ended."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The use cases that pages ask. `domain` ends the host name of every environment."""

    accounts: Accounts
    api_keys: ApiKeys
    applications: Applications
    assets: Assets
    audit: Audit
    builds: Builds
    deployments: Deployments
    environments: Environments
    functions: Functions
    host_names: HostNames
    installation: Installation
    links: Links
    logs: Logs
    services: Services
    sessions: SessionFinder
    users: Users
    variables: EnvironmentVariables
    clock: Callable[[], datetime]
    domain: str = "localhost"
