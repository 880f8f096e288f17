"""What control can do, handed to every page; assembly makes it. Must not know HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.applications import Applications
from gettone.control.assets import Assets
from gettone.control.audit import Audit
from gettone.control.builds import Builds
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
from gettone.control.outbox import Outbox
from gettone.control.password_reset import PasswordReset
from gettone.control.preferences import Preferences
from gettone.control.releasing import Releases
from gettone.control.second_factor import SecondFactor
from gettone.control.services import Services
from gettone.control.sessions import Sessions
from gettone.control.sign_up import SignUp
from gettone.control.terms import Terms
from gettone.control.token_desk import TokenDesk
from gettone.control.trying import GatewayAddress, Trying
from gettone.control.users import Users
from gettone.control.variables import EnvironmentVariables
from gettone.control.verification import Verification
from gettone.control.what_goes import WhatGoes


@dataclass(frozen=True, slots=True)
class Desk:
    """The use cases that pages ask. `domain` ends the host name of every environment.

    `reference` makes the API's OpenAPI document, which may take a while.
    """

    accounts: Accounts
    api_keys: ApiKeys
    applications: Applications
    assets: Assets
    audit: Audit
    builds: Builds
    deployments: Deployments
    editing: Editing
    environments: Environments
    figures: Figures
    functions: Functions
    gateway: GatewayAddress
    health: Health
    history: History
    host_names: HostNames
    installation: Installation
    invitations: Invitations
    link_desk: LinkDesk
    links: Links
    logs: Logs
    outbox: Outbox
    password_reset: PasswordReset
    preferences: Preferences
    releases: Releases
    second_factor: SecondFactor
    services: Services
    sessions: Sessions
    sign_up: SignUp
    terms: Terms
    tokens: TokenDesk
    trying: Trying
    users: Users
    variables: EnvironmentVariables
    verification: Verification
    what_goes: WhatGoes
    reference: Callable[[], Mapping[str, object]]
    clock: Callable[[], datetime]
    domain: str = "localhost"
