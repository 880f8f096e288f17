"""What one environment serves: everything that its routes and workers are made from. Must not know how it is served."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gettone.model.assets import Asset
from gettone.model.functions import Function, Module
from gettone.model.services import ServiceSettings
from gettone.model.sids import AccountSid, BuildSid, DeploymentSid, EnvironmentSid, ServiceSid
from gettone.model.variables import Variables


@dataclass(frozen=True, slots=True)
class Deployment:
    """Code, files, variables and bounds of one environment.

    `package_json` lies at the task root: Node takes the module kind of `.js` files from it.
    `node_modules` and `site_packages` are where this machine keeps the deployment's npm and Python packages, None where
    it has none. `account_sid`, `build_sid` and `deployment_sid` are what log lines are kept under, None in `dev`.
    `auth_tokens` are what signatures are checked with; in `dev` the variable AUTH_TOKEN is.
    """

    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    domain_name: str
    functions: tuple[Function, ...]
    assets: tuple[Asset, ...]
    modules: tuple[Module, ...] = ()
    variables: Variables = field(default_factory=Variables)
    settings: ServiceSettings = ServiceSettings()
    package_json: bytes | None = field(default=None, repr=False)
    node_modules: Path | None = None
    site_packages: Path | None = None
    account_sid: AccountSid | None = None
    build_sid: BuildSid | None = None
    deployment_sid: DeploymentSid | None = None
    auth_tokens: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class DeploymentResource:
    """That a build went live in an environment, and who said so. `build_sid` is None where it took a build away."""

    sid: DeploymentSid
    account_sid: AccountSid
    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    build_sid: BuildSid | None
    is_plugin: bool
    actor: str
    message: str | None
    created_at: datetime
    updated_at: datetime
