"""API keys under Twilio's three names for them: `Keys` and `SigningKeys` of 2010, and `/v1/Keys`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import ValidationError

from gettone.api.calls import Caller
from gettone.api.fields import Text, line, said
from gettone.api.forms import Form, form_of, takes_form
from gettone.api.pages import Asks, classic, meta
from gettone.api.parameters import AccountSid, Sid
from gettone.api.shapes_accounts import (
    CLASSIC,
    IamKeyDetail,
    IamKeyPage,
    KeyPage,
    KeyShape,
    NewIamKeyShape,
    NewKeyShape,
    Policy,
    SigningKeyPage,
    show_iam_detail,
    show_iam_key,
    show_key,
    show_new_iam_key,
    show_new_key,
)
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError

router = APIRouter(tags=["Keys"])

_KEYS = CLASSIC + "/{AccountSid}/Keys"
_SIGNING_KEYS = CLASSIC + "/{AccountSid}/SigningKeys"
FriendlyName = Annotated[Text, line(64)]
PolicyText = Annotated[Text, said(contentMediaType="application/json")]


class NameKey(Form):
    """What makes or renames a key."""

    friendly_name: FriendlyName | None = None


class CreateIamKey(Form):
    """What makes a key. Without a type it is a standard one."""

    account_sid: Text
    friendly_name: FriendlyName | None = None
    key_type: Literal["restricted", "standard"] | None = None
    policy: PolicyText | None = None


class UpdateIamKey(Form):
    """What changes a key; what is left out stays."""

    friendly_name: FriendlyName | None = None
    policy: PolicyText | None = None


Named = Annotated[NameKey, Depends(form_of(NameKey))]


@router.get(_KEYS + ".json")
async def list_keys(call: Caller, account: AccountSid, page: Asks) -> KeyPage:
    """List keys."""
    found = await call.use.api_keys.list(call.principal, account_sid=account, page=page.request)
    around = classic(f"{CLASSIC}/{account}/Keys.json", page, found)
    return KeyPage(keys=[show_key(key) for key in found.items], **around.model_dump())


@router.get(_SIGNING_KEYS + ".json")
async def list_signing_keys(call: Caller, account: AccountSid, page: Asks) -> SigningKeyPage:
    """List keys, under the older name."""
    found = await call.use.api_keys.list(call.principal, account_sid=account, page=page.request)
    around = classic(f"{CLASSIC}/{account}/SigningKeys.json", page, found)
    return SigningKeyPage(signing_keys=[show_key(key) for key in found.items], **around.model_dump())


@router.post(_SIGNING_KEYS + ".json", status_code=201, openapi_extra=takes_form(NameKey), name="create_signing_key")
@router.post(_KEYS + ".json", status_code=201, openapi_extra=takes_form(NameKey))
async def create_key(call: Caller, account: AccountSid, form: Named) -> NewKeyShape:
    """Create a standard key. Its secret is told this once."""
    name = form.friendly_name or ""
    return show_new_key(await call.use.api_keys.create(call.principal, account_sid=account, friendly_name=name))


@router.get(_SIGNING_KEYS + "/{Sid}.json", name="fetch_signing_key")
@router.get(_KEYS + "/{Sid}.json")
async def fetch_key(call: Caller, account: AccountSid, sid: Sid) -> KeyShape:
    """Fetch a key."""
    return show_key(await call.use.api_keys.get(call.principal, account_sid=account, sid=sid))


@router.post(_SIGNING_KEYS + "/{Sid}.json", openapi_extra=takes_form(NameKey), name="update_signing_key")
@router.post(_KEYS + "/{Sid}.json", openapi_extra=takes_form(NameKey))
async def update_key(call: Caller, account: AccountSid, sid: Sid, form: Named) -> KeyShape:
    """Rename a key."""
    return show_key(
        await call.use.api_keys.update(call.principal, account_sid=account, sid=sid, friendly_name=form.friendly_name)
    )


@router.delete(_SIGNING_KEYS + "/{Sid}.json", status_code=204, name="delete_signing_key")
@router.delete(_KEYS + "/{Sid}.json", status_code=204)
async def delete_key(call: Caller, account: AccountSid, sid: Sid) -> None:
    """Delete a key. What it signed is refused from now on."""
    await call.use.api_keys.delete(call.principal, account_sid=account, sid=sid)


@router.get("/v1/Keys")
async def list_iam_keys(
    call: Caller, page: Asks, account: Annotated[Text, Query(alias="AccountSid", description="Whose keys")]
) -> IamKeyPage:
    """List keys of an account."""
    found = await call.use.api_keys.list(call.principal, account_sid=account, page=page.request)
    url = call.url("Keys", product="iam")
    return IamKeyPage(
        keys=[show_iam_key(key) for key in found.items],
        meta=meta(url, "keys", page, found, [("AccountSid", account)]),
    )


@router.post("/v1/Keys", status_code=201, openapi_extra=takes_form(CreateIamKey))
async def create_iam_key(call: Caller, form: Annotated[CreateIamKey, Depends(form_of(CreateIamKey))]) -> NewIamKeyShape:
    """Create a standard or a restricted key. Its secret is told this once."""
    new = await call.use.api_keys.create(
        call.principal,
        account_sid=form.account_sid,
        friendly_name=form.friendly_name or "",
        type=ApiKeyType(form.key_type or ApiKeyType.STANDARD),
        policy=read_policy(form.policy),
    )
    return show_new_iam_key(new)


@router.get("/v1/Keys/{Sid}")
async def fetch_iam_key(call: Caller, sid: Sid) -> IamKeyDetail:
    """Fetch a key."""
    account_sid = call.principal.account_sid
    return show_iam_detail(await call.use.api_keys.get(call.principal, account_sid=account_sid, sid=sid))


@router.post("/v1/Keys/{Sid}", openapi_extra=takes_form(UpdateIamKey))
async def update_iam_key(
    call: Caller, sid: Sid, form: Annotated[UpdateIamKey, Depends(form_of(UpdateIamKey))]
) -> IamKeyDetail:
    """Rename a key, or give a restricted one another policy."""
    key = await call.use.api_keys.update(
        call.principal,
        account_sid=call.principal.account_sid,
        sid=sid,
        friendly_name=form.friendly_name,
        policy=read_policy(form.policy),
    )
    return show_iam_detail(key)


@router.delete("/v1/Keys/{Sid}", status_code=204)
async def delete_iam_key(call: Caller, sid: Sid) -> None:
    """Delete a key. What it signed is refused from now on."""
    await call.use.api_keys.delete(call.principal, account_sid=call.principal.account_sid, sid=sid)


def read_policy(text: str | None) -> list[str] | None:
    """What a policy in JSON allows; None for none. Raises PlatformError `invalid`."""
    if not text:
        return None
    try:
        return Policy.model_validate_json(text).allow
    except ValidationError:
        raise PlatformError(
            "invalid", 'Policy is no policy: write {"allow": ["services:read"]}', parameter="Policy"
        ) from None
