"""`/api/v1/services/{service}/function-versions`, `asset-versions`: all that was uploaded, by content.

Who deploys asks this first, and uploads what is not there.
"""

from __future__ import annotations

from fastapi import APIRouter

from gettone.api.calls import Caller
from gettone.api.openapi import OWN_ERRORS
from gettone.api.pages import AsksOwn, meta
from gettone.api.parameters import OwnService
from gettone.api.shapes_versions import (
    AssetVersionDetails,
    FunctionVersionDetails,
    show_asset_detail,
    show_function_detail,
)

router = APIRouter(prefix="/api/v1/services/{service}", tags=["Services"], responses=OWN_ERRORS)


@router.get("/function-versions")
async def list_function_version_details(call: Caller, service: OwnService, page: AsksOwn) -> FunctionVersionDetails:
    """List versions of all functions of a service, with their digests."""
    found = await call.use.functions.list_service_versions(call.principal, service=service, page=page.request)
    return FunctionVersionDetails(
        function_versions=[show_function_detail(version) for version in found.items],
        meta=meta(call.own_url("services", service, "function-versions"), "function_versions", page, found),
    )


@router.get("/asset-versions")
async def list_asset_version_details(call: Caller, service: OwnService, page: AsksOwn) -> AssetVersionDetails:
    """List versions of all assets of a service, with their digests."""
    found = await call.use.assets.list_service_versions(call.principal, service=service, page=page.request)
    return AssetVersionDetails(
        asset_versions=[show_asset_detail(version) for version in found.items],
        meta=meta(call.own_url("services", service, "asset-versions"), "asset_versions", page, found),
    )
