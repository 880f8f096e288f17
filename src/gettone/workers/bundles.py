"""A deployment's files on this machine's disk, where guests read them: one task root per digest.

    <folder>/<digest>/handlers/   functions and their modules
                      files/      private assets
                      package.json, node_modules and site-packages -> the deployment's packages

A root is written once, beside its place, and renamed: it is there whole or not at all. Must not know guests or routes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from gettone.model.deployments import Deployment
from gettone.model.functions import Visibility

NODE_MODULES, SITE_PACKAGES = "node_modules", "site-packages"


class Bundles:
    """The task roots of one gateway. With `linked` to a project, files are links to its own: for debuggers."""

    def __init__(self, folder: Path, linked: Path | None = None) -> None:
        self._folder = folder
        self._linked = linked

    def write(self, deployment: Deployment, digest: str) -> Path:
        """The task root of a deployment, written if it is not there. Raises OSError."""
        root = self._folder / digest
        if root.exists():
            return root
        self._folder.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=self._folder))
        try:
            self._fill(new, deployment)
            os.chmod(new, 0o755)
            os.rename(new, root)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            if not root.exists():  # another writer may have been first: equal digest, equal content
                raise
        return root

    def remove(self, digest: str) -> None:
        """Forget a task root that no worker reads any more."""
        shutil.rmtree(self._folder / digest, ignore_errors=True)

    def _fill(self, new: Path, deployment: Deployment) -> None:
        for source, file, content in _contents(deployment):
            place = new / file
            place.parent.mkdir(parents=True, exist_ok=True)
            if self._linked is not None:
                place.symlink_to(self._linked / source)
            else:
                place.write_bytes(content)
        for asset in deployment.assets:
            if asset.visibility is Visibility.PRIVATE:
                place = new / asset.file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(asset.location, place)
        if deployment.package_json is not None:
            (new / "package.json").write_bytes(deployment.package_json)
        if deployment.node_modules is not None:
            (new / NODE_MODULES).symlink_to(deployment.node_modules)
        if deployment.site_packages is not None:
            (new / SITE_PACKAGES).symlink_to(deployment.site_packages)


def _contents(deployment: Deployment) -> Iterable[tuple[str, str, bytes]]:
    for function in deployment.functions:
        yield function.source, function.file, function.content
    for module in deployment.modules:
        yield module.source, module.file, module.content
