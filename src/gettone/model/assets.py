"""What is deployed as files: assets and their bounds. Must not know folders, routes or how a file is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from gettone.model.functions import Visibility

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
