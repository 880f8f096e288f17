"""What a build wants installed, and what comes of it: the agreement between builds and whoever installs.

Must not know registries, npm or pip, nor how a bundle is kept: a bundle is the digest of its content among the blobs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gettone.model.builds import Dependency

Say = Callable[[str], None]
"""Takes one line for the build's log; may be called often, from the event loop's thread alone."""


@dataclass(frozen=True, slots=True)
class PackagesRequest:
    """What to install. What comes with Gettone (the pinned `twilio`, `@twilio/runtime-handler`) is not in it.

    Names are checked and unique. `dependencies` are npm's, with a range or tag each, never a URL or a path.
    `requirements` are lines as pip reads them, each a requirement by name, never a URL, a path or an option. Either may
    be empty, not both.
    """

    dependencies: tuple[Dependency, ...]
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Installed:
    """What was installed. A bundle is None where nothing was asked for in its language.

    `resolved` are the exact versions of what was asked for, of both languages, in the order of the request.
    """

    node_bundle: str | None
    python_bundle: str | None
    resolved: tuple[Dependency, ...]


class Packages(Protocol):
    """Installs packages for the guests of this installation, once per set of resolved versions."""

    async def install(self, request: PackagesRequest, say: Say) -> Installed:
        """Have a request's packages among the blobs, committed, before this returns.

        Raises PlatformError `invalid`, which says what cannot be installed and why, `unavailable` when no registry
        answers, `too_large` beyond a bound. Cancelled, it ends what it started and leaves nothing half-written.
        """
