"""What is served where: hosts to environments, paths to functions and assets. A table is a value, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gettone.model.assets import Asset
from gettone.model.deployments import Deployment
from gettone.model.functions import Function

Route = Function | Asset


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment as it is served. Equal digests mean equal code, files, variables and bounds."""

    deployment: Deployment
    routes: Mapping[str, Route] = field(repr=False)
    digest: str

    def find(self, path: str) -> Route | None:
        """The function or asset at this path: exact, case-sensitive, no trailing slash."""
        return self.routes.get(path)


@dataclass(frozen=True, slots=True)
class Table:
    """All environments by host name. `fallback` answers for every other host, where there is one.

    `labels` are the first labels of the platform's own host names: what stands for them where names do not resolve.
    `accounts` is how many there are, served or not.
    """

    hosts: Mapping[str, Environment]
    fallback: Environment | None = None
    labels: Mapping[str, Environment] = field(default_factory=dict)
    accounts: int = 1

    def find(self, host: str) -> Environment | None:
        """The environment that answers for a host name (without port, lower-case)."""
        return self.hosts.get(host, self.fallback)

    @property
    def environments(self) -> tuple[Environment, ...]:
        """Each environment once."""
        fallback = () if self.fallback is None else (self.fallback,)
        return tuple({environment.digest: environment for environment in (*self.hosts.values(), *fallback)}.values())
