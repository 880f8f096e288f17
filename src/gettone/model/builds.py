"""Builds: a set of versions with their packages, frozen. Must not know how packages are installed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gettone.model.sids import AccountSid, AssetVersionSid, BuildSid, FunctionVersionSid, ServiceSid


class BuildStatus(StrEnum):
    """How far a build is. Only a completed one can be deployed."""

    BUILDING = "building"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Dependency:
    """An npm package that was asked for. `version` is npm's range, `*` for any."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class WantedPackages:
    """What a build asks for: npm packages, and lines as pip reads them."""

    dependencies: tuple[Dependency, ...] = ()
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Build:
    """A build. Its sets are complete: what is not in them is not served.

    `requirements` are lines as pip reads them. `node_bundle` and `python_bundle` are the digests of what was installed,
    None where nothing had to be; `log` is what was said meanwhile, for a person.
    """

    sid: BuildSid
    account_sid: AccountSid
    service_sid: ServiceSid
    runtime: str
    python_runtime: str
    status: BuildStatus
    function_versions: tuple[FunctionVersionSid, ...]
    asset_versions: tuple[AssetVersionSid, ...]
    dependencies: tuple[Dependency, ...]
    requirements: tuple[str, ...]
    node_bundle: str | None
    python_bundle: str | None
    log: str = field(repr=False)
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Bundle:
    """Packages that were installed once, as an archive among the blobs. They are no account's: equal ones are shared.

    `key` is a digest of the resolved versions and of all else that decides the content; `digest` is the archive's own.
    """

    key: str
    digest: str
    runtime: str
    size_bytes: int
    created_at: datetime
    used_at: datetime
