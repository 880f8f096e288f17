"""Functions, assets and their versions as JSON: every key that Twilio's have, and no other. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gettone.api.calls import Call
from gettone.api.dates import iso8601
from gettone.api.fields import sid_of
from gettone.api.pages import Meta
from gettone.api.shapes_services import Ac, Iso, Shape, Zs
from gettone.model.assets import AssetResource, AssetVersion
from gettone.model.functions import FunctionResource, FunctionVersion

Zh = Annotated[str, sid_of("ZH")]
Zn = Annotated[str, sid_of("ZN")]
Visible = Literal["public", "protected", "private"]


class FunctionLinks(Shape):
    """Where a function's versions are."""

    function_versions: str


class FunctionShape(Shape):
    """A function."""

    sid: Zh
    account_sid: Ac
    service_sid: Zs
    friendly_name: str
    date_created: Iso
    date_updated: Iso
    url: str
    links: FunctionLinks


class FunctionPage(Shape):
    """A page of functions."""

    functions: list[FunctionShape]
    meta: Meta


class AssetLinks(Shape):
    """Where an asset's versions are."""

    asset_versions: str


class AssetShape(Shape):
    """An asset."""

    sid: Zh
    account_sid: Ac
    service_sid: Zs
    friendly_name: str
    date_created: Iso
    date_updated: Iso
    url: str
    links: AssetLinks


class AssetPage(Shape):
    """A page of assets."""

    assets: list[AssetShape]
    meta: Meta


class FunctionVersionLinks(Shape):
    """Where a version's source is."""

    function_version_content: str


class FunctionVersionShape(Shape):
    """A version of a function."""

    sid: Zn
    account_sid: Ac
    service_sid: Zs
    function_sid: Zh
    path: str
    visibility: Visible
    date_created: Iso
    url: str
    links: FunctionVersionLinks


class FunctionVersionPage(Shape):
    """A page of versions of a function."""

    function_versions: list[FunctionVersionShape]
    meta: Meta


class AssetVersionShape(Shape):
    """A version of an asset."""

    sid: Zn
    account_sid: Ac
    service_sid: Zs
    asset_sid: Zh
    path: str
    visibility: Visible
    date_created: Iso
    url: str


class AssetVersionPage(Shape):
    """A page of versions of an asset."""

    asset_versions: list[AssetVersionShape]
    meta: Meta


class ContentShape(Shape):
    """The source of a version of a function."""

    sid: Zn
    account_sid: Ac
    service_sid: Zs
    function_sid: Zh
    content: str = Field(repr=False)
    url: str


def show_function(call: Call, function: FunctionResource) -> FunctionShape:
    """A function as JSON."""
    url = call.url("Services", function.service_sid, "Functions", function.sid)
    return FunctionShape(
        sid=function.sid,
        account_sid=function.account_sid,
        service_sid=function.service_sid,
        friendly_name=function.friendly_name,
        date_created=iso8601(function.created_at),
        date_updated=iso8601(function.updated_at),
        url=url,
        links=FunctionLinks(function_versions=f"{url}/Versions"),
    )


def show_asset(call: Call, asset: AssetResource) -> AssetShape:
    """An asset as JSON."""
    url = call.url("Services", asset.service_sid, "Assets", asset.sid)
    return AssetShape(
        sid=asset.sid,
        account_sid=asset.account_sid,
        service_sid=asset.service_sid,
        friendly_name=asset.friendly_name,
        date_created=iso8601(asset.created_at),
        date_updated=iso8601(asset.updated_at),
        url=url,
        links=AssetLinks(asset_versions=f"{url}/Versions"),
    )


def show_function_version(call: Call, version: FunctionVersion) -> FunctionVersionShape:
    """A version of a function as JSON."""
    url = _version_url(call, version)
    return FunctionVersionShape(
        sid=version.sid,
        account_sid=version.account_sid,
        service_sid=version.service_sid,
        function_sid=version.function_sid,
        path=version.path,
        visibility=version.visibility.value,
        date_created=iso8601(version.created_at),
        url=url,
        links=FunctionVersionLinks(function_version_content=f"{url}/Content"),
    )


def show_asset_version(call: Call, version: AssetVersion) -> AssetVersionShape:
    """A version of an asset as JSON."""
    return AssetVersionShape(
        sid=version.sid,
        account_sid=version.account_sid,
        service_sid=version.service_sid,
        asset_sid=version.asset_sid,
        path=version.path,
        visibility=version.visibility.value,
        date_created=iso8601(version.created_at),
        url=call.url("Services", version.service_sid, "Assets", version.asset_sid, "Versions", version.sid),
    )


def show_content(call: Call, version: FunctionVersion, content: bytes) -> ContentShape:
    """The source of a version of a function as JSON."""
    return ContentShape(
        sid=version.sid,
        account_sid=version.account_sid,
        service_sid=version.service_sid,
        function_sid=version.function_sid,
        content=content.decode("utf-8", "replace"),
        url=f"{_version_url(call, version)}/Content",
    )


def _version_url(call: Call, version: FunctionVersion) -> str:
    return call.url("Services", version.service_sid, "Functions", version.function_sid, "Versions", version.sid)
