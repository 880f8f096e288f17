"""A project folder as the source of an import: what `twilio serverless:init` made is read as `gettone deploy` reads it.

A folder has one service with one environment; what only the account knows is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gettone.client.importing import Source, SourceBuild, SourceEnvironment, SourceFile, SourceService
from gettone.project.deploy_info import DEPLOY_INFO_FILE

if TYPE_CHECKING:
    from gettone.client.deploying import LocalFile
    from gettone.client.importing_contents import Contents


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """What a folder cannot say. `suffix` is the environment's, None for production."""

    suffix: str | None = "dev"
    service_name: str | None = None
    env: Path | None = None


def read_folder(folder: Path, contents: Contents, options: FolderOptions) -> Source:
    """Read a project. Raises PlatformError, which names the file."""
    from gettone.cli.project_files import local_project
    from gettone.client.deploying_standing import environment_name
    from gettone.project.load import load_project

    project = load_project(folder, options.env)
    local = local_project(project)
    name = options.service_name or project.name
    suffix = options.suffix
    environment = SourceEnvironment(
        unique_name=environment_name(suffix),
        domain_suffix=suffix,
        domain_name="",
        variables=local.variables,
        build=SourceBuild(
            name=project.name,
            files=tuple(_keep(each, contents) for each in local.files),
            dependencies=local.dependencies,
            requirements=local.requirements,
        ),
    )
    service = SourceService(name, name, include_credentials=True, environments=(environment,))
    return Source("", (service,), remarks=(*project.notices, *_elsewhere(project.folder)))


def _keep(file: LocalFile, contents: Contents) -> SourceFile:
    return SourceFile(file.place, contents.put(file.content.read()), file.filename, file.content_type)


def _elsewhere(folder: Path) -> Iterator[str]:
    """What the toolkit noted about where it deployed this: the rest of it is there."""
    try:
        noted = json.loads((folder / DEPLOY_INFO_FILE).read_bytes())
    except (OSError, ValueError):
        return
    for account, info in noted.items() if isinstance(noted, dict) else ():
        sid = info.get("serviceSid") if isinstance(info, dict) else None
        if isinstance(sid, str) and sid.isalnum():
            yield (
                f"{DEPLOY_INFO_FILE}: this was deployed to {str(account).partition(':')[0]} as {sid}. What only Twilio"
                f" knows of it comes with gettone import twilio --service {sid}, without a folder"
            )
