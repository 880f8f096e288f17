"""A project's folder as what a deploy wants of it: the same draft that the server would make of the folder itself.

So one rule says what is deployed, whichever way a project comes. Asks no server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import basename

from gettone.client.deploying import LocalFile, LocalProject
from gettone.client.importing import FileKind, Place
from gettone.client.services import RemoteBounds
from gettone.control.build_requests import check_dependencies, check_requirements
from gettone.control.drafts import Draft, draft_of, read_content
from gettone.control.uploads import MODULE_TYPE, AssetUpload, FunctionUpload
from gettone.model.functions import Language
from gettone.model.services import ServiceSettings
from gettone.model.variables import Variables
from gettone.project.project import Project

_TYPES: Mapping[Language, str] = {Language.PYTHON: "text/x-python", Language.JAVASCRIPT: "application/javascript"}
_ANY_NUMBER = 1_000_000  # the server bounds how many packages there are


@dataclass(frozen=True, slots=True)
class _Code:
    content: bytes = field(repr=False)

    def read(self) -> bytes:
        """The content as it was when the project was read."""
        return self.content


@dataclass(frozen=True, slots=True)
class _File:
    location: Path
    upload: AssetUpload

    def read(self) -> bytes:
        """The content of an asset, which must be what it was."""
        return read_content(self.location, self.upload)


def local_project(
    project: Project, *, functions: bool = True, assets: bool = True, runtime: str | None = None
) -> LocalProject:
    """What a deploy sends of a project. Raises PlatformError, which names the file."""
    draft = draft_of(project)
    files = [
        *([_function(each) for each in draft.functions] if functions else []),
        *([_asset(each, draft) for each in draft.assets] if assets else []),
    ]
    settings = project.settings
    return LocalProject(
        files=tuple(files),
        dependencies=check_dependencies(draft.dependencies, _ANY_NUMBER),
        requirements=check_requirements(draft.requirements)[0],
        variables=Variables(draft.variables),
        runtime=runtime,
        # A project that sets none changes none.
        bounds=None
        if settings == ServiceSettings()
        else RemoteBounds(settings.concurrency, settings.workers_max, settings.timeout_seconds),
    )


def _function(upload: FunctionUpload) -> LocalFile:
    return LocalFile(
        place=Place(FileKind.FUNCTION, upload.path, upload.visibility),
        digest=upload.digest,
        form=upload.extension,
        filename=basename(upload.path) + upload.extension,
        content_type=_TYPES[upload.language] if upload.extension else MODULE_TYPE,
        source=f"functions{upload.path}{upload.extension}",
        content=_Code(upload.content),
    )


def _asset(upload: AssetUpload, draft: Draft) -> LocalFile:
    return LocalFile(
        place=Place(FileKind.ASSET, upload.path, upload.visibility),
        digest=upload.digest,
        form=upload.content_type,
        filename=basename(upload.path) or "index",
        content_type=upload.content_type,
        source=f"assets{upload.path}",
        content=_File(draft.locations[upload.digest], upload),
    )
