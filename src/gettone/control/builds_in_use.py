"""What must not be deleted, because a build has it or an environment serves it. Names whoever holds it."""

from __future__ import annotations

from collections.abc import Collection

from gettone.model.builds import Build
from gettone.model.errors import PlatformError
from gettone.model.services import Service
from gettone.model.sids import AssetSid, BuildSid, FunctionSid
from gettone.store.interface import Transaction

# A message has to end somewhere.
_NAMED_MAX = 5


async def check_unused(tx: Transaction, service: Service, name: str, sid: FunctionSid | AssetSid) -> None:
    """Raise PlatformError `conflict`, which names builds and environments, where a build has a version of this."""
    builds = [build.sid for build in await tx.builds_of(sid)]
    if not builds:
        return
    live = await _live_in(tx, service, builds)
    if live:
        raise PlatformError(
            "conflict",
            f"{name} is served by {_listed(live)}: deploy a build without it there, then delete the builds with it",
            environments=tuple(live),
            builds=tuple(builds),
        )
    raise PlatformError(
        "conflict", f"{name} is a part of {_listed(builds)}: delete these builds first", builds=tuple(builds)
    )


async def check_not_live(tx: Transaction, service: Service, build: Build) -> None:
    """Raise PlatformError `conflict`, which names the environments, where a build is served."""
    live = await _live_in(tx, service, [build.sid])
    if live:
        raise PlatformError(
            "conflict",
            f"build {build.sid} is served by {_listed(live)}: deploy another build there first",
            environments=tuple(live),
        )


async def _live_in(tx: Transaction, service: Service, builds: Collection[BuildSid]) -> list[str]:
    environments = await tx.environments.all(service_sid=service.sid)
    return [each.unique_name for each in environments if each.build_sid in builds]


def _listed(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:_NAMED_MAX])
    return shown if len(names) <= _NAMED_MAX else f"{shown} and {len(names) - _NAMED_MAX} more"
