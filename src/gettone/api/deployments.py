"""`/v1/Services/{ServiceSid}/Environments/{EnvironmentSid}/Deployments`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from gettone.api.calls import Caller
from gettone.api.fields import Flag, Text, line
from gettone.api.forms import Form, form_of, takes_form
from gettone.api.pages import Asks, meta
from gettone.api.parameters import EnvironmentSid, ServiceSid, Sid
from gettone.api.shapes_builds import DeploymentPage, DeploymentShape, show_deployment

router = APIRouter(prefix="/v1/Services/{ServiceSid}/Environments/{EnvironmentSid}/Deployments", tags=["Deployments"])


class CreateDeployment(Form):
    """What is deployed. Without a build, whatever is served is taken away."""

    build_sid: Text | None = Field(default=None, description="A completed build")
    is_plugin: Flag = False
    message: Annotated[Text, line(500)] | None = Field(default=None, description="Why; our own")


@router.get("")
async def list_deployments(
    call: Caller, service: ServiceSid, environment: EnvironmentSid, page: Asks
) -> DeploymentPage:
    """List deployments."""
    found = await call.use.deployments.list(
        call.principal, service=service, environment_sid=environment, page=page.request
    )
    url = call.url("Services", service, "Environments", environment, "Deployments")
    return DeploymentPage(
        deployments=[show_deployment(call, deployment) for deployment in found.items],
        meta=meta(url, "deployments", page, found),
    )


@router.post("", status_code=201, openapi_extra=takes_form(CreateDeployment))
async def create_deployment(
    call: Caller,
    service: ServiceSid,
    environment: EnvironmentSid,
    form: Annotated[CreateDeployment, Depends(form_of(CreateDeployment))],
) -> DeploymentShape:
    """Deploy a build. It is served at once."""
    deployment = await call.use.deployments.create(
        call.principal,
        service=service,
        environment_sid=environment,
        build_sid=form.build_sid or None,
        is_plugin=form.is_plugin,
        message=form.message,
    )
    return show_deployment(call, deployment)


@router.get("/{Sid}")
async def fetch_deployment(call: Caller, service: ServiceSid, environment: EnvironmentSid, sid: Sid) -> DeploymentShape:
    """Fetch a deployment."""
    deployment = await call.use.deployments.get(call.principal, service=service, environment_sid=environment, sid=sid)
    return show_deployment(call, deployment)
