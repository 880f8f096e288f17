"""What of the build that is live can serve again for the next one. Pure; must not know who orders it."""

from __future__ import annotations

from gettone.control.build_requests import Runtimes, is_outdated
from gettone.control.builds import BuildOrder
from gettone.control.bundles import Installed
from gettone.model.builds import Build
from gettone.model.errors import PlatformError


def is_equal(live: Build, order: BuildOrder, runtimes: Runtimes) -> bool:
    """Whether what is live is what was ordered."""
    return (
        {*live.function_versions, *live.asset_versions} == {each.sid for each in order.content.versions}
        and _asks_the_same(live, order)
        and already_installed(live, order, runtimes) is not None
    )


def already_installed(live: Build | None, order: BuildOrder, runtimes: Runtimes) -> Installed | None:
    """What has not to be installed, since it is live, or since nothing has to be. None where something has."""
    wanted = order.plan.packages
    if wanted is None:
        return Installed(None, None, ())
    if live is None or not _asks_the_same(live, order) or is_outdated(live, runtimes):
        return None
    # What comes with Gettone may have been enough then, and not be now.
    lacking = (wanted.dependencies and live.node_bundle is None) or (wanted.requirements and live.python_bundle is None)
    return None if lacking else Installed(live.node_bundle, live.python_bundle, ())


def failed(build: Build) -> PlatformError:
    """The error for a build whose packages cannot be installed."""
    # The last line says that it failed, the one above why.
    lines = build.log.splitlines()
    why = lines[-2] if len(lines) > 1 else "nothing was said"
    return PlatformError(
        "invalid", f"build {build.sid} has failed, and nothing was deployed: {why}", build_sid=build.sid
    )


def _asks_the_same(live: Build, order: BuildOrder) -> bool:
    return (live.dependencies, live.requirements) == (order.dependencies, order.requirements)
