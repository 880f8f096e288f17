"""`/v1/Services/{ServiceSid}/Environments`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from gettone.api.calls import Caller
from gettone.api.fields import Text, line, said
from gettone.api.forms import Form, form_of, takes_form
from gettone.api.pages import Asks, meta
from gettone.api.parameters import ServiceSid, Sid
from gettone.api.shapes_services import EnvironmentPage, EnvironmentShape, show_environment

router = APIRouter(prefix="/v1/Services/{ServiceSid}/Environments", tags=["Environments"])


class CreateEnvironment(Form):
    """What makes an environment. Without a suffix it is production."""

    unique_name: Annotated[Text, line(100, least=1)]
    domain_suffix: Annotated[Text, said(maxLength=16, pattern="^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)?$")] | None = (
        None
    )


@router.get("")
async def list_environments(call: Caller, service: ServiceSid, page: Asks) -> EnvironmentPage:
    """List environments."""
    found = await call.use.environments.list(call.principal, service=service, page=page.request)
    return EnvironmentPage(
        environments=[show_environment(call, environment) for environment in found.items],
        meta=meta(call.url("Services", service, "Environments"), "environments", page, found),
    )


@router.post("", status_code=201, openapi_extra=takes_form(CreateEnvironment))
async def create_environment(
    call: Caller, service: ServiceSid, form: Annotated[CreateEnvironment, Depends(form_of(CreateEnvironment))]
) -> EnvironmentShape:
    """Create an environment."""
    environment = await call.use.environments.create(
        call.principal, service=service, unique_name=form.unique_name, domain_suffix=form.domain_suffix
    )
    return show_environment(call, environment)


@router.get("/{Sid}")
async def fetch_environment(call: Caller, service: ServiceSid, sid: Sid) -> EnvironmentShape:
    """Fetch an environment."""
    return show_environment(call, await call.use.environments.get(call.principal, service=service, sid=sid))


@router.delete("/{Sid}", status_code=204)
async def delete_environment(call: Caller, service: ServiceSid, sid: Sid) -> None:
    """Delete an environment, its variables and deployments."""
    await call.use.environments.delete(call.principal, service=service, sid=sid)
