"""What is deployed as what is served: routes and digest of a deployment, segments of what is kept.

Pure; what does not compile is refused with what to mend. Must not know where any of it is kept, or how it is sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from types import MappingProxyType

from gettone.model.assets import Asset
from gettone.model.deployments import Deployment
from gettone.model.errors import PlatformError
from gettone.model.functions import Visibility
from gettone.routes.table import Environment, Route

# Served for "/" where nothing else is, as the cloud does: an asset by either of these paths.
INDEX_PATHS = ("/assets/index.html", "/index.html")


def compile_environment(deployment: Deployment) -> Environment:
    """The routes of a deployment. Raises PlatformError `conflict` when two things want one path."""
    routes: dict[str, Route] = {}
    served: tuple[Route, ...] = (*deployment.functions, *deployment.assets)
    for route in served:
        other = routes.setdefault(route.path, route)
        if other is not route:
            raise PlatformError(
                "conflict",
                f"{other.source} and {route.source} are both served at {route.path}: rename one of them",
                path=route.path,
            )
    for path in INDEX_PATHS:
        index = routes.get(path)
        if isinstance(index, Asset) and index.visibility is not Visibility.PRIVATE:
            routes.setdefault("/", index)
    return Environment(deployment, MappingProxyType(routes), _digest(deployment))


def _digest(deployment: Deployment) -> str:
    """SHA-256 over all that can change a worker's answer. Each part follows its length: no two states read alike.

    SIDs of build, deployment and functions stay out, and so do the account and its tokens: workers do not know them,
    and what is equal but for these goes on being served by the workers that are there.
    """
    digest = hashlib.sha256()
    for part in _parts(deployment):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _parts(deployment: Deployment) -> Iterable[bytes]:
    for text in (
        deployment.service_sid,
        deployment.environment_sid,
        deployment.domain_name,
        repr(deployment.settings),
        str(deployment.node_modules),
        str(deployment.site_packages),
    ):
        yield text.encode()
    yield deployment.package_json or b""
    for function in sorted(deployment.functions, key=lambda each: each.path):
        yield f"{function.path}\0{function.file}\0{function.visibility}".encode()
        yield function.content
    for module in sorted(deployment.modules, key=lambda each: each.file):
        yield module.file.encode()
        yield module.content
    for asset in sorted(deployment.assets, key=lambda each: each.path):
        yield f"{asset.path}\0{asset.file}\0{asset.visibility}\0{asset.content_type}\0{asset.digest}".encode()
    for name, value in sorted(deployment.variables.items()):
        yield name.encode()
        yield value.encode()
