"""`/2010-04-01/Accounts/{AccountSid}/Applications`: TwiML applications."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from gettone.api.calls import Caller
from gettone.api.fields import Flag, Text, address, line, said
from gettone.api.forms import Form, form_of, takes_form
from gettone.api.pages import Asks, classic
from gettone.api.parameters import AccountSid, Sid
from gettone.api.shapes_accounts import CLASSIC, ApplicationPage, ApplicationShape, show_application
from gettone.control.applications import ApplicationFields

router = APIRouter(prefix=CLASSIC + "/{AccountSid}/Applications", tags=["Applications"])

FriendlyName = Annotated[Text, line(64)]
Url = Annotated[Text, address()]
Method = Annotated[Text, said(enum=["", "GET", "POST"])]


class ApplicationForm(Form):
    """What makes or changes an application; what is left out stays, an empty URL takes one away."""

    friendly_name: FriendlyName | None = None
    api_version: Literal["2010-04-01", "2008-08-01"] | None = None
    voice_url: Url | None = None
    voice_method: Method | None = None
    voice_fallback_url: Url | None = None
    voice_fallback_method: Method | None = None
    status_callback: Url | None = None
    status_callback_method: Method | None = None
    voice_caller_id_lookup: Flag | None = None
    sms_url: Url | None = None
    sms_method: Method | None = None
    sms_fallback_url: Url | None = None
    sms_fallback_method: Method | None = None
    sms_status_callback: Url | None = None
    message_status_callback: Url | None = None
    public_application_connect_enabled: Flag | None = None


Fields = Annotated[ApplicationForm, Depends(form_of(ApplicationForm))]


@router.get(".json")
async def list_applications(
    call: Caller,
    account: AccountSid,
    page: Asks,
    friendly_name: Annotated[FriendlyName | None, Query(alias="FriendlyName", description="Exactly this name")] = None,
) -> ApplicationPage:
    """List applications."""
    found = await call.use.applications.list(
        call.principal, account_sid=account, page=page.request, friendly_name=friendly_name
    )
    filters = [] if friendly_name is None else [("FriendlyName", friendly_name)]
    around = classic(f"{CLASSIC}/{account}/Applications.json", page, found, filters)
    return ApplicationPage(applications=[show_application(each) for each in found.items], **around.model_dump())


@router.post(".json", status_code=201, openapi_extra=takes_form(ApplicationForm))
async def create_application(call: Caller, account: AccountSid, form: Fields) -> ApplicationShape:
    """Create an application."""
    created = await call.use.applications.create(call.principal, account_sid=account, fields=_fields(form))
    return show_application(created)


@router.get("/{Sid}.json")
async def fetch_application(call: Caller, account: AccountSid, sid: Sid) -> ApplicationShape:
    """Fetch an application."""
    return show_application(await call.use.applications.get(call.principal, account_sid=account, sid=sid))


@router.post("/{Sid}.json", openapi_extra=takes_form(ApplicationForm))
async def update_application(call: Caller, account: AccountSid, sid: Sid, form: Fields) -> ApplicationShape:
    """Update an application."""
    updated = await call.use.applications.update(call.principal, account_sid=account, sid=sid, fields=_fields(form))
    return show_application(updated)


@router.delete("/{Sid}.json", status_code=204)
async def delete_application(call: Caller, account: AccountSid, sid: Sid) -> None:
    """Delete an application."""
    await call.use.applications.delete(call.principal, account_sid=account, sid=sid)


def _fields(form: ApplicationForm) -> ApplicationFields:
    return ApplicationFields(**form.model_dump())
