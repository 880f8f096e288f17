"""A project folder as the source of an import: what `twilio serverless:init` made is read as `gettone dev` reads it.

A folder has one service with one environment; what only the account knows is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from posixpath import basename
from typing import TYPE_CHECKING

from gettone.client.importing import (
    FileKind,
    Place,
    Source,
    SourceBuild,
    SourceEnvironment,
    SourceFile,
    SourceService,
)
from gettone.model.builds import Dependency
from gettone.model.functions import Language
from gettone.model.variables import Variables

if TYPE_CHECKING:
    from gettone.client.importing_contents import Contents
    from gettone.project.project import Project

DEPLOY_INFO = ".twiliodeployinfo"
# What the toolkit signs in with, and does not upload.
_NOT_UPLOADED = ("ACCOUNT_SID", "AUTH_TOKEN")
_TYPES = {Language.JAVASCRIPT: "application/javascript", Language.PYTHON: "text/x-python"}


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """What a folder cannot say. `suffix` is the environment's, None for production."""

    suffix: str | None = "dev"
    service_name: str | None = None
    env: Path | None = None


def read_folder(folder: Path, contents: Contents, options: FolderOptions) -> Source:
    """Read a project. Raises PlatformError, which names the file."""
    from gettone.project.load import load_project

    project = load_project(folder, options.env)
    name = options.service_name or project.name
    variables = Variables({key: value for key, value in project.variables.items() if key not in _NOT_UPLOADED})
    suffix = options.suffix
    environment = SourceEnvironment(
        # The toolkit's names.
        unique_name="production" if suffix is None else f"{suffix}-environment",
        domain_suffix=suffix,
        domain_name="",
        variables=variables,
        build=SourceBuild(
            name=project.name,
            files=tuple(_read_files(project, contents)),
            dependencies=_dependencies(project),
            requirements=_requirements(project),
        ),
    )
    service = SourceService(name, name, include_credentials=True, environments=(environment,))
    remarks = (
        *project.notices,
        *(f"{module.source} is no function and cannot be uploaded: make it an asset" for module in project.modules),
        *_elsewhere(project.folder),
    )
    return Source("", (service,), remarks=remarks)


def _read_files(project: Project, contents: Contents) -> Iterator[SourceFile]:
    for function in project.functions:
        place = Place(FileKind.FUNCTION, function.path, function.visibility)
        yield SourceFile(place, contents.put(function.content), basename(function.file), _TYPES[function.language])
    for asset in project.assets:
        place = Place(FileKind.ASSET, asset.path, asset.visibility)
        yield SourceFile(place, contents.put(asset.location.read_bytes()), basename(asset.path), asset.content_type)


def _dependencies(project: Project) -> tuple[Dependency, ...]:
    if project.package_json is None:
        return ()
    from gettone.project.package import read_ranges

    return tuple(Dependency(name, version or "*") for name, version in read_ranges(project.package_json).items())


def _requirements(project: Project) -> tuple[str, ...]:
    from gettone.project.requirements import read_requirements

    return (
        read_requirements(project.folder) if any(each.language is Language.PYTHON for each in project.functions) else ()
    )


def _elsewhere(folder: Path) -> Iterator[str]:
    """What the toolkit noted about where it deployed this: the rest of it is there."""
    try:
        noted = json.loads((folder / DEPLOY_INFO).read_bytes())
    except (OSError, ValueError):
        return
    for account, info in noted.items() if isinstance(noted, dict) else ():
        sid = info.get("serviceSid") if isinstance(info, dict) else None
        if isinstance(sid, str) and sid.isalnum():
            yield (
                f"{DEPLOY_INFO}: this was deployed to {str(account).partition(':')[0]} as {sid}. What only Twilio"
                f" knows of it comes with gettone import twilio --service {sid}, without a folder"
            )
