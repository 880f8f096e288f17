"""What is published: one value per environment, one per account, and the manifest that names them all.

Sources, assets and installed packages are named by digest, never held. Must not know how these values are written,
sealed or carried.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from gettone.model.accounts import AccountStatus
from gettone.model.api_keys import ApiKeyType
from gettone.model.functions import Language, Visibility
from gettone.model.services import ServiceSettings
from gettone.model.sids import (
    AccountSid,
    ApiKeySid,
    AssetSid,
    AssetVersionSid,
    BuildSid,
    DeploymentSid,
    EnvironmentSid,
    FunctionSid,
    FunctionVersionSid,
    ServiceSid,
)
from gettone.model.variables import Variables

# Digests name files on a gateway's disk: what is read must be nothing else. `\Z` has no newline after it.
Digest = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Size = Annotated[int, msgspec.Meta(ge=0)]


class SegmentKind(StrEnum):
    """Whose state a segment holds."""

    ACCOUNT = "account"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class FunctionEntry:
    """A function of an environment. Names as in model.functions.Function; `digest` is its content's."""

    sid: FunctionSid
    version_sid: FunctionVersionSid
    path: str
    source: str
    file: str
    language: Language
    visibility: Visibility
    digest: Digest
    size_bytes: Size

    @property
    def is_module(self) -> bool:
        """Whether it is no function but a file that functions import or read: its path is its whole name."""
        return self.visibility is Visibility.PRIVATE and self.file == f"handlers{self.path}"


@dataclass(frozen=True, slots=True)
class AssetEntry:
    """An asset of an environment. Names as in model.assets.Asset; `digest` is its content's."""

    sid: AssetSid
    version_sid: AssetVersionSid
    path: str
    source: str
    file: str
    visibility: Visibility
    content_type: str
    digest: Digest
    size_bytes: Size


@dataclass(frozen=True, slots=True)
class EnvironmentSegment:
    """All that one environment serves.

    `domain_name` is its whole host name, without port; `hosts` are all names that it answers to, that one first.
    `node_bundle` and `python_bundle` are the digests of installed packages.
    """

    account_sid: AccountSid
    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    build_sid: BuildSid
    deployment_sid: DeploymentSid
    domain_name: str
    hosts: tuple[str, ...]
    functions: tuple[FunctionEntry, ...]
    assets: tuple[AssetEntry, ...]
    variables: Variables
    settings: ServiceSettings
    node_bundle: Digest | None
    python_bundle: Digest | None

    @property
    def owner(self) -> str:
        """The SID that a manifest lists it under."""
        return self.environment_sid


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """An API key. `previous_secret` counts until `previous_until`: whoever uses it looks at the clock."""

    sid: ApiKeySid
    type: ApiKeyType
    secret: str = field(repr=False)
    previous_secret: str | None = field(default=None, repr=False)
    previous_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountSegment:
    """What is known of an account where tokens and signatures are checked. `auth_tokens`: primary, then secondary."""

    account_sid: AccountSid
    status: AccountStatus
    auth_tokens: tuple[str, ...] = field(repr=False)
    keys: tuple[KeyEntry, ...]

    @property
    def owner(self) -> str:
        """The SID that a manifest lists it under."""
        return self.account_sid


PublishedSegment = EnvironmentSegment | AccountSegment


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment as a manifest names it. `digest` is keyed, over the plain text; `size_bytes` is what is sealed."""

    owner: str
    kind: SegmentKind
    digest: Digest
    size_bytes: Size


@dataclass(frozen=True, slots=True)
class Manifest:
    """One published state, whole. `segments` are ordered by owner."""

    cluster: str
    revision: Annotated[int, msgspec.Meta(ge=1)]
    made_at: datetime
    segments: tuple[SegmentEntry, ...]
