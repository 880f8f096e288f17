"""`/v1/Services/{ServiceSid}/Assets`, and the versions below them; Twilio has a host of its own for uploads."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from gettone.api.calls import Caller
from gettone.api.fields import Text, line
from gettone.api.forms import Form, form_of, takes_form, takes_upload
from gettone.api.multipart import UPLOAD, read_upload
from gettone.api.pages import Asks, meta
from gettone.api.parameters import AssetSid, ServiceSid, Sid
from gettone.api.shapes_code import (
    AssetPage,
    AssetShape,
    AssetVersionPage,
    AssetVersionShape,
    show_asset,
    show_asset_version,
)

router = APIRouter(prefix="/v1/Services/{ServiceSid}/Assets", tags=["Assets"])


class NameAsset(Form):
    """What makes or renames an asset. The toolkit names it after its path."""

    friendly_name: Annotated[Text, line(255, least=1)]


@router.get("")
async def list_assets(call: Caller, service: ServiceSid, page: Asks) -> AssetPage:
    """List assets."""
    found = await call.use.assets.list(call.principal, service=service, page=page.request)
    return AssetPage(
        assets=[show_asset(call, asset) for asset in found.items],
        meta=meta(call.url("Services", service, "Assets"), "assets", page, found),
    )


@router.post("", status_code=201, openapi_extra=takes_form(NameAsset))
async def create_asset(
    call: Caller, service: ServiceSid, form: Annotated[NameAsset, Depends(form_of(NameAsset))]
) -> AssetShape:
    """Create an asset."""
    asset = await call.use.assets.create(call.principal, service=service, friendly_name=form.friendly_name)
    return show_asset(call, asset)


@router.get("/{Sid}")
async def fetch_asset(call: Caller, service: ServiceSid, sid: Sid) -> AssetShape:
    """Fetch an asset."""
    return show_asset(call, await call.use.assets.get(call.principal, service=service, sid=sid))


@router.post("/{Sid}", openapi_extra=takes_form(NameAsset))
async def update_asset(
    call: Caller, service: ServiceSid, sid: Sid, form: Annotated[NameAsset, Depends(form_of(NameAsset))]
) -> AssetShape:
    """Rename an asset."""
    asset = await call.use.assets.update(call.principal, service=service, sid=sid, friendly_name=form.friendly_name)
    return show_asset(call, asset)


@router.delete("/{Sid}", status_code=204)
async def delete_asset(call: Caller, service: ServiceSid, sid: Sid) -> None:
    """Delete an asset and its versions."""
    await call.use.assets.delete(call.principal, service=service, sid=sid)


@router.get("/{AssetSid}/Versions")
async def list_asset_versions(call: Caller, service: ServiceSid, asset: AssetSid, page: Asks) -> AssetVersionPage:
    """List versions of an asset."""
    found = await call.use.assets.list_versions(call.principal, service=service, sid=asset, page=page.request)
    return AssetVersionPage(
        asset_versions=[show_asset_version(call, version) for version in found.items],
        meta=meta(call.url("Services", service, "Assets", asset, "Versions"), "asset_versions", page, found),
    )


@router.post("/{AssetSid}/Versions", status_code=201, openapi_extra=takes_upload(UPLOAD))
async def create_asset_version(
    call: Caller, service: ServiceSid, asset: AssetSid, request: Request
) -> AssetVersionShape:
    """Upload a version of an asset."""
    with closing(await read_upload(request)) as upload:
        async with call.use.uploads:
            version = await call.use.assets.create_version(
                call.principal,
                service=service,
                sid=asset,
                path=upload.path,
                visibility=upload.visibility,
                content=upload.content(),
                content_type=upload.content_type,
            )
    return show_asset_version(call, version)


@router.get("/{AssetSid}/Versions/{Sid}")
async def fetch_asset_version(call: Caller, service: ServiceSid, asset: AssetSid, sid: Sid) -> AssetVersionShape:
    """Fetch a version of an asset."""
    version = await call.use.assets.get_version(call.principal, service=service, asset_sid=asset, sid=sid)
    return show_asset_version(call, version)
