"""What is deployed as files: assets and their bounds. Must not know folders, routes or how a file is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from gettone.model.functions import Visibility
from gettone.model.sids import AccountSid, AssetSid, AssetVersionSid, ServiceSid

# Twilio's figures (docs/serverless/functions-assets/assets), read as binary megabytes.
ASSET_BYTES_MAX: Mapping[Visibility, int] = MappingProxyType(
    {Visibility.PUBLIC: 25 << 20, Visibility.PROTECTED: 25 << 20, Visibility.PRIVATE: 10 << 20}
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that is sent as it is, or read by handlers if private.

    `path` is its route (`/img.png`), `source` the file as the project has it (`assets/img.private.png`), `file` where
    it lies under the task root (`files/img.private.png`), `digest` the SHA-256 of its content in hex, `location` where
    this machine keeps the content.
    """

    path: str
    source: str
    file: str
    visibility: Visibility
    content_type: str
    size_bytes: int
    digest: str
    location: Path


@dataclass(frozen=True, slots=True)
class AssetResource:
    """An asset as it is kept: a name for the versions of one file. `removed_version_sid` as in FunctionResource."""

    sid: AssetSid
    account_sid: AccountSid
    service_sid: ServiceSid
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    removed_version_sid: AssetVersionSid | None = None


@dataclass(frozen=True, slots=True)
class AssetVersion:
    """A file that was uploaded once and never changes. `digest` is the SHA-256 of its content, which the blobs hold."""

    sid: AssetVersionSid
    account_sid: AccountSid
    service_sid: ServiceSid
    asset_sid: AssetSid
    path: str
    visibility: Visibility
    content_type: str
    digest: str
    size_bytes: int
    created_at: datetime
