"""The versions that stand in a build: found, checked against one another, counted. Must not know packages.

A build is refused here, when it is made, for what could never be served: two things at one path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gettone.control.limits import Limits
from gettone.model.assets import AssetVersion
from gettone.model.builds import Build
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionVersion, Visibility
from gettone.model.services import Service
from gettone.model.sids import FUNCTION_VERSION, BuildSid
from gettone.store.interface import Rows, Transaction

# A service's versions are read at once where that is quicker than one by one: old ones pile up. So many rows of one
# statement take as long as finding one row does.
ROWS_A_FIND = 20

V = TypeVar("V", FunctionVersion, AssetVersion)


@dataclass(frozen=True, slots=True)
class BuildContent:
    """The versions of one build, in the order in which they were asked for."""

    functions: tuple[FunctionVersion, ...]
    assets: tuple[AssetVersion, ...]

    @property
    def versions(self) -> tuple[FunctionVersion | AssetVersion, ...]:
        """All of them."""
        return (*self.functions, *self.assets)


async def load_versions(
    tx: Transaction, service: Service, functions: Sequence[str], assets: Sequence[str]
) -> BuildContent:
    """The versions of these SIDs; one that is named twice counts once.

    Raises PlatformError `invalid`, which names the SID, for one that is not of this service.
    """
    return BuildContent(
        tuple(await _load(tx.function_versions, service, functions, "FunctionVersions")),
        tuple(await _load(tx.asset_versions, service, assets, "AssetVersions")),
    )


async def load_contents(tx: Transaction, service: Service, builds: Iterable[Build]) -> Mapping[BuildSid, BuildContent]:
    """The versions of several builds of a service, without those that went since the builds were read."""
    of_service = [build for build in builds if build.service_sid == service.sid]
    functions = await _find(
        tx.function_versions, service, [sid for each in of_service for sid in each.function_versions]
    )
    assets = await _find(tx.asset_versions, service, [sid for each in of_service for sid in each.asset_versions])
    return {
        build.sid: BuildContent(
            tuple(functions[sid] for sid in build.function_versions if sid in functions),
            tuple(assets[sid] for sid in build.asset_versions if sid in assets),
        )
        for build in of_service
    }


def check_content(content: BuildContent, limits: Limits) -> None:
    """Raise PlatformError `invalid` for nothing at all, for too much, and for two versions at one path."""
    if not content.functions and not content.assets:
        # Twilio's words: clients look for them.
        raise PlatformError(
            "invalid", "At least one Function Version or Asset Version is required for Build.", twilio_code=20001
        )
    _check_count(len(content.functions), limits.function_versions_per_build, "functions")
    for visibility, count_max in (
        (Visibility.PUBLIC, limits.public_assets_per_build),
        (Visibility.PROTECTED, limits.protected_assets_per_build),
        (Visibility.PRIVATE, limits.private_assets_per_build),
    ):
        count = sum(asset.visibility is visibility for asset in content.assets)
        _check_count(count, count_max, f"{visibility} assets")
    holders: dict[str, FunctionVersion | AssetVersion] = {}
    for version in content.versions:
        other = holders.setdefault(version.path, version)
        if other is not version:
            raise PlatformError(
                "invalid",
                f"{_named(other)} and {_named(version)} both have the path {version.path}: leave one of them out, or"
                " upload it with another path",
                path=version.path,
                versions=(other.sid, version.sid),
            )


async def _load(rows: Rows[V], service: Service, sids: Sequence[str], parameter: str) -> Sequence[V]:
    wanted = list(dict.fromkeys(sids))
    # Versions of functions and of assets have the same two letters.
    found = await _find(rows, service, [sid for sid in wanted if FUNCTION_VERSION.matches(sid)])
    for sid in wanted:
        if sid not in found:
            raise PlatformError(
                "invalid",
                f"{parameter}: {sid[:64]!a} is no version in {service.unique_name}: upload it there first",
                parameter=parameter,
            )
    return [found[sid] for sid in wanted]


async def _find(rows: Rows[V], service: Service, sids: Iterable[str]) -> Mapping[str, V]:
    """The versions of a service that there are of these, by SID."""
    wanted = set(sids)
    if not wanted:
        return {}
    if await rows.count(service_sid=service.sid) <= ROWS_A_FIND * len(wanted):
        return {version.sid: version for version in await rows.all(service_sid=service.sid) if version.sid in wanted}
    found = [await rows.find(sid=sid, service_sid=service.sid) for sid in wanted]
    return {version.sid: version for version in found if version is not None}


def _check_count(count: int, count_max: int, what: str) -> None:
    if count > count_max:
        raise PlatformError(
            "invalid", f"a build has at most {count_max} {what}, this one would have {count}: leave some out"
        )


def _named(version: FunctionVersion | AssetVersion) -> str:
    noun = "function" if isinstance(version, FunctionVersion) else "asset"
    return f"{noun} version {version.sid}"
