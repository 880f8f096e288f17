"""Environments: where a build of a service is served, under which names. Must not know what is served there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gettone.model.sids import AccountSid, BuildSid, DeploymentSid, EnvironmentSid, ServiceSid


@dataclass(frozen=True, slots=True)
class EnvironmentResource:
    """An environment as it is kept. `domain_suffix` is None for production.

    `domain_name` is the first label of its host name: the domain after it belongs to the operator, and may change.
    `build_sid` and `deployment_sid` say what is live; None before the first deployment and after an empty one.
    """

    sid: EnvironmentSid
    account_sid: AccountSid
    service_sid: ServiceSid
    unique_name: str
    domain_suffix: str | None
    domain_name: str
    build_sid: BuildSid | None
    deployment_sid: DeploymentSid | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class HostName:
    """A host name of the service's own (`api.example.com`), in lower case, and the environment that answers for it."""

    host: str
    account_sid: AccountSid
    environment_sid: EnvironmentSid
    created_at: datetime
