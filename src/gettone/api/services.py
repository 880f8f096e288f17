"""`/v1/Services`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from gettone.api.calls import Caller
from gettone.api.fields import Flag, Text, line, said
from gettone.api.forms import Form, form_of, takes_form
from gettone.api.pages import Asks, meta
from gettone.api.parameters import Sid
from gettone.api.shapes_services import ServicePage, ServiceShape, show_service

router = APIRouter(prefix="/v1/Services", tags=["Services"])

FriendlyName = Annotated[Text, line(255, least=1)]


class CreateService(Form):
    """What makes a service."""

    unique_name: Annotated[Text, said(maxLength=50, pattern="^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$")]
    friendly_name: FriendlyName
    include_credentials: Flag = True
    ui_editable: Flag = False


class UpdateService(Form):
    """What changes a service; what is left out stays."""

    friendly_name: FriendlyName | None = None
    include_credentials: Flag | None = None
    ui_editable: Flag | None = None


@router.get("")
async def list_services(call: Caller, page: Asks) -> ServicePage:
    """List services."""
    found = await call.use.services.list(call.principal, page=page.request)
    return ServicePage(
        services=[show_service(call, service) for service in found.items],
        meta=meta(call.url("Services"), "services", page, found),
    )


@router.post("", status_code=201, openapi_extra=takes_form(CreateService))
async def create_service(call: Caller, form: Annotated[CreateService, Depends(form_of(CreateService))]) -> ServiceShape:
    """Create a service."""
    service = await call.use.services.create(
        call.principal,
        unique_name=form.unique_name,
        friendly_name=form.friendly_name,
        include_credentials=form.include_credentials,
        ui_editable=form.ui_editable,
    )
    return show_service(call, service)


@router.get("/{Sid}")
async def fetch_service(call: Caller, sid: Sid) -> ServiceShape:
    """Fetch a service."""
    return show_service(call, await call.use.services.get(call.principal, service=sid))


@router.post("/{Sid}", openapi_extra=takes_form(UpdateService))
async def update_service(
    call: Caller, sid: Sid, form: Annotated[UpdateService, Depends(form_of(UpdateService))]
) -> ServiceShape:
    """Update a service."""
    service = await call.use.services.update(
        call.principal,
        service=sid,
        friendly_name=form.friendly_name,
        include_credentials=form.include_credentials,
        ui_editable=form.ui_editable,
    )
    return show_service(call, service)


@router.delete("/{Sid}", status_code=204)
async def delete_service(call: Caller, sid: Sid) -> None:
    """Delete a service and all that is in it."""
    await call.use.services.delete(call.principal, service=sid)
