"""Versions with what Twilio's JSON says nothing of: digest, size, language, content type. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gettone.api.dates import precise
from gettone.api.pages import Meta
from gettone.api.shapes_code import Visible, Zh, Zn
from gettone.api.shapes_own import Digest
from gettone.api.shapes_people import Moment
from gettone.api.shapes_services import Shape
from gettone.model.assets import AssetVersion
from gettone.model.functions import FunctionVersion

Bytes = Annotated[int, Field(ge=0)]


class FunctionVersionDetail(Shape):
    """A version of a function. `digest` is the SHA-256 of its content; `extension` that of its file when it runs."""

    sid: Zn
    function_sid: Zh
    path: str
    visibility: Visible
    language: Literal["python", "javascript"]
    extension: str
    digest: Digest
    size_bytes: Bytes
    created_at: Moment


class FunctionVersionDetails(Shape):
    """A page of versions of a service's functions."""

    function_versions: list[FunctionVersionDetail]
    meta: Meta


class AssetVersionDetail(Shape):
    """A version of an asset. `digest` is the SHA-256 of its content."""

    sid: Zn
    asset_sid: Zh
    path: str
    visibility: Visible
    content_type: str
    digest: Digest
    size_bytes: Bytes
    created_at: Moment


class AssetVersionDetails(Shape):
    """A page of versions of a service's assets."""

    asset_versions: list[AssetVersionDetail]
    meta: Meta


def show_function_detail(version: FunctionVersion) -> FunctionVersionDetail:
    """A version of a function as JSON."""
    return FunctionVersionDetail(
        sid=version.sid,
        function_sid=version.function_sid,
        path=version.path,
        visibility=version.visibility.value,
        language=version.language.value,
        extension=version.extension,
        digest=version.digest,
        size_bytes=version.size_bytes,
        created_at=precise(version.created_at),
    )


def show_asset_detail(version: AssetVersion) -> AssetVersionDetail:
    """A version of an asset as JSON."""
    return AssetVersionDetail(
        sid=version.sid,
        asset_sid=version.asset_sid,
        path=version.path,
        visibility=version.visibility.value,
        content_type=version.content_type,
        digest=version.digest,
        size_bytes=version.size_bytes,
        created_at=precise(version.created_at),
    )
