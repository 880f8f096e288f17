"""`/v1/Services/{ServiceSid}/Functions`, and the versions below them; Twilio has a host of its own for uploads."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from gettone.api.calls import Caller
from gettone.api.fields import Text, line
from gettone.api.forms import Form, form_of, takes_form, takes_upload
from gettone.api.multipart import UPLOAD, read_upload
from gettone.api.pages import Asks, meta
from gettone.api.parameters import FunctionSid, ServiceSid, Sid
from gettone.api.shapes_code import (
    ContentShape,
    FunctionPage,
    FunctionShape,
    FunctionVersionPage,
    FunctionVersionShape,
    show_content,
    show_function,
    show_function_version,
)

LANGUAGES = "application/javascript, text/javascript, text/x-python"

router = APIRouter(prefix="/v1/Services/{ServiceSid}/Functions", tags=["Functions"])


class NameFunction(Form):
    """What makes or renames a function. The toolkit names it after its path."""

    friendly_name: Annotated[Text, line(255, least=1)]


@router.get("")
async def list_functions(call: Caller, service: ServiceSid, page: Asks) -> FunctionPage:
    """List functions."""
    found = await call.use.functions.list(call.principal, service=service, page=page.request)
    return FunctionPage(
        functions=[show_function(call, function) for function in found.items],
        meta=meta(call.url("Services", service, "Functions"), "functions", page, found),
    )


@router.post("", status_code=201, openapi_extra=takes_form(NameFunction))
async def create_function(
    call: Caller, service: ServiceSid, form: Annotated[NameFunction, Depends(form_of(NameFunction))]
) -> FunctionShape:
    """Create a function."""
    function = await call.use.functions.create(call.principal, service=service, friendly_name=form.friendly_name)
    return show_function(call, function)


@router.get("/{Sid}")
async def fetch_function(call: Caller, service: ServiceSid, sid: Sid) -> FunctionShape:
    """Fetch a function."""
    return show_function(call, await call.use.functions.get(call.principal, service=service, sid=sid))


@router.post("/{Sid}", openapi_extra=takes_form(NameFunction))
async def update_function(
    call: Caller, service: ServiceSid, sid: Sid, form: Annotated[NameFunction, Depends(form_of(NameFunction))]
) -> FunctionShape:
    """Rename a function."""
    function = await call.use.functions.update(
        call.principal, service=service, sid=sid, friendly_name=form.friendly_name
    )
    return show_function(call, function)


@router.delete("/{Sid}", status_code=204)
async def delete_function(call: Caller, service: ServiceSid, sid: Sid) -> None:
    """Delete a function and its versions."""
    await call.use.functions.delete(call.principal, service=service, sid=sid)


@router.get("/{FunctionSid}/Versions")
async def list_function_versions(
    call: Caller, service: ServiceSid, function: FunctionSid, page: Asks
) -> FunctionVersionPage:
    """List versions of a function."""
    found = await call.use.functions.list_versions(call.principal, service=service, sid=function, page=page.request)
    return FunctionVersionPage(
        function_versions=[show_function_version(call, version) for version in found.items],
        meta=meta(call.url("Services", service, "Functions", function, "Versions"), "function_versions", page, found),
    )


@router.post("/{FunctionSid}/Versions", status_code=201, openapi_extra=takes_upload(UPLOAD, LANGUAGES))
async def create_function_version(
    call: Caller, service: ServiceSid, function: FunctionSid, request: Request
) -> FunctionVersionShape:
    """Upload a version of a function."""
    with closing(await read_upload(request)) as upload:
        async with call.use.uploads:
            version = await call.use.functions.create_version(
                call.principal,
                service=service,
                sid=function,
                path=upload.path,
                visibility=upload.visibility,
                content=upload.content(),
                filename=upload.filename,
                content_type=upload.content_type,
            )
    return show_function_version(call, version)


@router.get("/{FunctionSid}/Versions/{Sid}")
async def fetch_function_version(
    call: Caller, service: ServiceSid, function: FunctionSid, sid: Sid
) -> FunctionVersionShape:
    """Fetch a version of a function."""
    version = await call.use.functions.get_version(call.principal, service=service, function_sid=function, sid=sid)
    return show_function_version(call, version)


@router.get("/{FunctionSid}/Versions/{Sid}/Content")
async def fetch_function_version_content(
    call: Caller, service: ServiceSid, function: FunctionSid, sid: Sid
) -> ContentShape:
    """Fetch the source of a version of a function."""
    version = await call.use.functions.get_version(call.principal, service=service, function_sid=function, sid=sid)
    content = await call.use.functions.content(call.principal, service=service, function_sid=function, sid=sid)
    return show_content(call, version, content)
