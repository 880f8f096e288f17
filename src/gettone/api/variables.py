"""`/v1/Services/{ServiceSid}/Environments/{EnvironmentSid}/Variables`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field, JsonValue

from gettone.api.calls import Caller
from gettone.api.fields import Text, said
from gettone.api.forms import Form, form_of, takes_form
from gettone.api.pages import Asks, meta
from gettone.api.parameters import EnvironmentSid, ServiceSid, Sid
from gettone.api.shapes_services import VariablePage, VariableShape, show_variable

router = APIRouter(prefix="/v1/Services/{ServiceSid}/Environments/{EnvironmentSid}/Variables", tags=["Variables"])

KEY: dict[str, JsonValue] = {"maxLength": 128, "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
VALUE: dict[str, JsonValue] = {"type": "string", "maxLength": 450, "pattern": r"^[^\u0000]*$"}
Key = Annotated[Text, said(**KEY)]
Value = Annotated[Text, said(**VALUE), Field(description="At most 450 bytes")]


class CreateVariable(Form):
    """What makes a variable. An empty value is a value."""

    key: Key
    value: Value = Field(repr=False)


class UpdateVariable(Form):
    """What changes a variable; what is left out stays."""

    key: Key | None = None
    value: Value | None = Field(default=None, repr=False)


@router.get("")
async def list_variables(call: Caller, service: ServiceSid, environment: EnvironmentSid, page: Asks) -> VariablePage:
    """List variables."""
    found = await call.use.variables.list(
        call.principal, service=service, environment_sid=environment, page=page.request
    )
    return VariablePage(
        variables=[show_variable(call, variable) for variable in found.items],
        meta=meta(call.url("Services", service, "Environments", environment, "Variables"), "variables", page, found),
    )


@router.post("", status_code=201, openapi_extra=takes_form(CreateVariable))
async def create_variable(
    call: Caller,
    service: ServiceSid,
    environment: EnvironmentSid,
    form: Annotated[CreateVariable, Depends(form_of(CreateVariable))],
) -> VariableShape:
    """Create a variable. What the environment serves has it at once."""
    variable = await call.use.variables.create(
        call.principal, service=service, environment_sid=environment, key=form.key, value=form.value
    )
    return show_variable(call, variable)


@router.get("/{Sid}")
async def fetch_variable(call: Caller, service: ServiceSid, environment: EnvironmentSid, sid: Sid) -> VariableShape:
    """Fetch a variable."""
    variable = await call.use.variables.get(call.principal, service=service, environment_sid=environment, sid=sid)
    return show_variable(call, variable)


@router.post("/{Sid}", openapi_extra=takes_form(UpdateVariable))
async def update_variable(
    call: Caller,
    service: ServiceSid,
    environment: EnvironmentSid,
    sid: Sid,
    form: Annotated[UpdateVariable, Depends(form_of(UpdateVariable))],
) -> VariableShape:
    """Update a variable. What the environment serves has it at once."""
    variable = await call.use.variables.update(
        call.principal, service=service, environment_sid=environment, sid=sid, key=form.key, value=form.value
    )
    return show_variable(call, variable)


@router.delete("/{Sid}", status_code=204)
async def delete_variable(call: Caller, service: ServiceSid, environment: EnvironmentSid, sid: Sid) -> None:
    """Delete a variable."""
    await call.use.variables.delete(call.principal, service=service, environment_sid=environment, sid=sid)
