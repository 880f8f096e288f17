"""`/api/v1/services/{service}/environments/{environment_sid}/host-names`: names such as `api.example.com`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from gettone.api.calls import Caller
from gettone.api.fields import Text
from gettone.api.forms import Document, document_of, takes_document
from gettone.api.openapi import OWN_ERRORS
from gettone.api.pages import AsksOwn, meta
from gettone.api.parameters import OwnEnvironment, OwnService
from gettone.api.shapes_own import HostNamePage, HostNameShape, show_host_name

router = APIRouter(
    prefix="/api/v1/services/{service}/environments/{environment_sid}/host-names",
    tags=["Environments"],
    responses=OWN_ERRORS,
)


class CreateHostName(Document):
    """The name that the environment will answer for."""

    host: Text


@router.get("")
async def list_host_names(
    call: Caller, service: OwnService, environment: OwnEnvironment, page: AsksOwn
) -> HostNamePage:
    """List host names of an environment."""
    found = await call.use.host_names.list(
        call.principal, service=service, environment_sid=environment, page=page.request
    )
    url = call.own_url("services", service, "environments", environment, "host-names")
    return HostNamePage(
        host_names=[show_host_name(call, service, name) for name in found.items],
        meta=meta(url, "host_names", page, found),
    )


@router.post("", status_code=201, openapi_extra=takes_document(CreateHostName))
async def create_host_name(
    call: Caller,
    service: OwnService,
    environment: OwnEnvironment,
    body: Annotated[CreateHostName, Depends(document_of(CreateHostName))],
) -> HostNameShape:
    """Let an environment answer for a host name."""
    name = await call.use.host_names.create(
        call.principal, service=service, environment_sid=environment, host=body.host
    )
    return show_host_name(call, service, name)


@router.delete("/{host}", status_code=204)
async def delete_host_name(
    call: Caller, service: OwnService, environment: OwnEnvironment, host: Annotated[str, Path(description="The name")]
) -> None:
    """Let an environment answer for a host name no longer."""
    await call.use.host_names.delete(call.principal, service=service, environment_sid=environment, host=host)
