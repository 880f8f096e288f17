"""`/api/v1/api-keys`: keys as Twilio's paths do not have them: main, limited to a service, rotated, imported."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import ConfigDict, Field, JsonValue, WithJsonSchema

from gettone.api.calls import Call, Caller
from gettone.api.fields import Text, line, said
from gettone.api.forms import Document, document_of, takes_document
from gettone.api.openapi import OWN_ERRORS
from gettone.api.pages import AsksOwn, meta
from gettone.api.parameters import OwnSid
from gettone.api.shapes_own import (
    ApiKeyPage,
    ApiKeyShape,
    KeyType,
    NewApiKeyShape,
    show_api_key,
    show_new_api_key,
)
from gettone.control.access import POLICY_NAMES, Permission
from gettone.control.policies import FOREIGN
from gettone.model.api_keys import ApiKeyType

router = APIRouter(prefix="/api/v1/api-keys", tags=["Keys"], responses=OWN_ERRORS)

Name = Annotated[Text, line(64)]
AccountQuery = Annotated[Text | None, Query(alias="account_sid", description="A subaccount; absent: your own")]
# What control/policies.py takes: a key that may invoke functions may do nothing else.
_POLICY: dict[str, JsonValue] = {
    "type": "array",
    "minItems": 1,
    "anyOf": [
        {"items": {"type": "string", "const": Permission.INVOKE.value}},
        {
            "items": {
                "type": "string",
                "anyOf": [
                    {"enum": [name for name in POLICY_NAMES if name != Permission.INVOKE]},
                    {"pattern": f"^{FOREIGN}[ -~]*$", "maxLength": 128},
                ],
            }
        },
    ],
}
PolicyList = Annotated[list[Text], Field(max_length=1000), WithJsonSchema(_POLICY)]
DAY_SECONDS = 24 * 3600


class CreateApiKey(Document):
    """What makes a key. `service` limits it to one service, by SID or unique name."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"type": {"const": "restricted"}}, "required": ["type"]},
            "then": {"properties": {"policy": _POLICY}, "required": ["policy"]},
            "else": {"properties": {"policy": {"type": "null"}}},
        }
    )

    friendly_name: Name = ""
    type: KeyType = "standard"
    policy: PolicyList | None = None
    service: Text | None = None


class BringApiKey(Document):
    """A key that was made elsewhere: what it signs is good here, too."""

    secret: Annotated[Text, said(pattern="^[!-~]{32,256}$")] = Field(repr=False)
    friendly_name: Name = ""
    type: Literal["main", "standard"] = "standard"


class UpdateApiKey(Document):
    """What changes a key; what is left out stays."""

    friendly_name: Name | None = None
    policy: PolicyList | None = None


class RotateApiKey(Document):
    """How long the old secret is good beside the new one."""

    overlap_seconds: float = Field(default=DAY_SECONDS, json_schema_extra={"minimum": 0, "maximum": 30 * DAY_SECONDS})


@router.get("")
async def list_api_keys(call: Caller, page: AsksOwn, account: AccountQuery = None) -> ApiKeyPage:
    """List keys with all that is known of them."""
    found = await call.use.api_keys.list(call.principal, account_sid=_account(call, account), page=page.request)
    filters = [("account_sid", account)] if account else []
    return ApiKeyPage(
        api_keys=[show_api_key(call, key) for key in found.items],
        meta=meta(call.own_url("api-keys"), "api_keys", page, found, filters),
    )


@router.post("", status_code=201, openapi_extra=takes_document(CreateApiKey))
async def create_api_key(
    call: Caller, body: Annotated[CreateApiKey, Depends(document_of(CreateApiKey))], account: AccountQuery = None
) -> NewApiKeyShape:
    """Create a key of any type. Its secret is told this once."""
    new = await call.use.api_keys.create(
        call.principal,
        account_sid=_account(call, account),
        friendly_name=body.friendly_name,
        type=ApiKeyType(body.type),
        policy=body.policy,
        service=body.service,
    )
    return show_new_api_key(call, new)


@router.get("/{sid}")
async def fetch_api_key(call: Caller, sid: OwnSid, account: AccountQuery = None) -> ApiKeyShape:
    """Fetch a key with all that is known of it."""
    return show_api_key(call, await call.use.api_keys.get(call.principal, account_sid=_account(call, account), sid=sid))


@router.post("/{sid}", openapi_extra=takes_document(UpdateApiKey))
async def update_api_key(
    call: Caller,
    sid: OwnSid,
    body: Annotated[UpdateApiKey, Depends(document_of(UpdateApiKey))],
    account: AccountQuery = None,
) -> ApiKeyShape:
    """Rename a key, or give a restricted one another policy."""
    key = await call.use.api_keys.update(
        call.principal,
        account_sid=_account(call, account),
        sid=sid,
        friendly_name=body.friendly_name,
        policy=body.policy,
    )
    return show_api_key(call, key)


@router.post("/{sid}/rotate", openapi_extra=takes_document(RotateApiKey))
async def rotate_api_key(
    call: Caller,
    sid: OwnSid,
    body: Annotated[RotateApiKey, Depends(document_of(RotateApiKey))],
    account: AccountQuery = None,
) -> NewApiKeyShape:
    """Give a key another secret. The old one is good for a while yet."""
    new = await call.use.api_keys.rotate(
        call.principal, account_sid=_account(call, account), sid=sid, overlap_seconds=body.overlap_seconds
    )
    return show_new_api_key(call, new)


@router.delete("/{sid}", status_code=204)
async def delete_api_key(call: Caller, sid: OwnSid, account: AccountQuery = None) -> None:
    """Delete a key. What it signed is refused from now on."""
    await call.use.api_keys.delete(call.principal, account_sid=_account(call, account), sid=sid)


@router.put("/{sid}", status_code=201, openapi_extra=takes_document(BringApiKey))
async def bring_api_key(
    call: Caller,
    sid: Annotated[str, Path(pattern="^SK[0-9a-f]{32}$")],
    body: Annotated[BringApiKey, Depends(document_of(BringApiKey))],
    account: AccountQuery = None,
) -> ApiKeyShape:
    """Keep a key that was made elsewhere."""
    key = await call.use.api_keys.bring(
        call.principal,
        account_sid=_account(call, account),
        sid=sid,
        secret=body.secret,
        friendly_name=body.friendly_name,
        type=ApiKeyType(body.type),
    )
    return show_api_key(call, key)


def _account(call: Call, account: str | None) -> str:
    return account or call.principal.account_sid
