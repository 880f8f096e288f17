"""What one environment serves: everything that its routes and workers are made from. Must not know how it is served."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gettone.model.assets import Asset
from gettone.model.functions import Function, Module
from gettone.model.services import ServiceSettings
from gettone.model.sids import EnvironmentSid, ServiceSid
from gettone.model.variables import Variables


@dataclass(frozen=True, slots=True)
class Deployment:
    """Code, files, variables and bounds of one environment.

    `package_json` lies at the task root: Node takes the module kind of `.js` files from it.
    `node_modules` is where this machine keeps the deployment's npm packages, None where it has none.
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
