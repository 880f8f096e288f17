"""Services, environments and variables as JSON: every key that Twilio's have, and no other. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gettone.api.calls import Call
from gettone.api.dates import iso8601
from gettone.api.fields import sid_of
from gettone.api.pages import Meta
from gettone.model.environments import EnvironmentResource
from gettone.model.services import Service
from gettone.model.variables import Variable

Ac = Annotated[str, sid_of("AC")]
Zs = Annotated[str, sid_of("ZS")]
Ze = Annotated[str, sid_of("ZE")]
Zb = Annotated[str, sid_of("ZB")]
Zv = Annotated[str, sid_of("ZV")]
Iso = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", examples=["2018-11-10T20:00:00Z"])]


class Shape(BaseModel):
    """A JSON object with exactly these keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServiceLinks(Shape):
    """Where a service's parts are."""

    environments: str
    functions: str
    assets: str
    builds: str


class ServiceShape(Shape):
    """A service."""

    sid: Zs
    account_sid: Ac
    friendly_name: str
    unique_name: str
    include_credentials: bool
    ui_editable: bool
    domain_base: str
    date_created: Iso
    date_updated: Iso
    url: str
    links: ServiceLinks


class ServicePage(Shape):
    """A page of services."""

    services: list[ServiceShape]
    meta: Meta


class EnvironmentLinks(Shape):
    """Where an environment's parts are."""

    variables: str
    deployments: str
    logs: str


class EnvironmentShape(Shape):
    """An environment. `build_sid` is null until something is deployed."""

    sid: Ze
    account_sid: Ac
    service_sid: Zs
    build_sid: Zb | None
    unique_name: str
    domain_suffix: str | None
    domain_name: str
    date_created: Iso
    date_updated: Iso
    url: str
    links: EnvironmentLinks


class EnvironmentPage(Shape):
    """A page of environments."""

    environments: list[EnvironmentShape]
    meta: Meta


class VariableShape(Shape):
    """A variable. `value` is null for those who may not see it."""

    sid: Zv
    account_sid: Ac
    service_sid: Zs
    environment_sid: Ze
    key: str
    value: str | None = Field(repr=False)
    date_created: Iso
    date_updated: Iso
    url: str


class VariablePage(Shape):
    """A page of variables."""

    variables: list[VariableShape]
    meta: Meta


def show_service(call: Call, service: Service) -> ServiceShape:
    """A service as JSON."""
    url = call.url("Services", service.sid)
    return ServiceShape(
        sid=service.sid,
        account_sid=service.account_sid,
        friendly_name=service.friendly_name,
        unique_name=service.unique_name,
        include_credentials=service.include_credentials,
        ui_editable=service.ui_editable,
        domain_base=service.domain_base,
        date_created=iso8601(service.created_at),
        date_updated=iso8601(service.updated_at),
        url=url,
        links=ServiceLinks(
            environments=f"{url}/Environments",
            functions=f"{url}/Functions",
            assets=f"{url}/Assets",
            builds=f"{url}/Builds",
        ),
    )


def show_environment(call: Call, environment: EnvironmentResource) -> EnvironmentShape:
    """An environment as JSON."""
    url = call.url("Services", environment.service_sid, "Environments", environment.sid)
    return EnvironmentShape(
        sid=environment.sid,
        account_sid=environment.account_sid,
        service_sid=environment.service_sid,
        build_sid=environment.build_sid,
        unique_name=environment.unique_name,
        domain_suffix=environment.domain_suffix,
        domain_name=f"{environment.domain_name}.{call.use.domain}",
        date_created=iso8601(environment.created_at),
        date_updated=iso8601(environment.updated_at),
        url=url,
        links=EnvironmentLinks(variables=f"{url}/Variables", deployments=f"{url}/Deployments", logs=f"{url}/Logs"),
    )


def show_variable(call: Call, variable: Variable) -> VariableShape:
    """A variable as JSON, its value opened for those who may see it."""
    opens = call.use.variables.may_read(call.principal, variable)
    return VariableShape(
        sid=variable.sid,
        account_sid=variable.account_sid,
        service_sid=variable.service_sid,
        environment_sid=variable.environment_sid,
        key=variable.key,
        value=call.use.variables.read(variable) if opens else None,
        date_created=iso8601(variable.created_at),
        date_updated=iso8601(variable.updated_at),
        url=call.url(
            "Services", variable.service_sid, "Environments", variable.environment_sid, "Variables", variable.sid
        ),
    )
