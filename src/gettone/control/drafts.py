"""A project's folder as what is kept of it: uploads by path, packages, variables. The rules are those of uploads.

Files beside the functions that are no functions (helpers, data) are kept as private versions whose path is their whole
name and whose extension is empty: they lie where the project has them, and nothing is served there. So is a
package.json that says how files are loaded. Must not know what is kept already.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import splitext

from gettone.control.uploads import AssetUpload, FunctionUpload, check_path
from gettone.model.builds import Dependency
from gettone.model.errors import PlatformError
from gettone.model.functions import Function, Language, Module, Visibility
from gettone.model.services import ServiceSettings
from gettone.model.variables import Variables
from gettone.project.layout import HANDLERS
from gettone.project.package import PACKAGE_FILE, decides_modules, read_ranges
from gettone.project.project import REQUIREMENTS_FILE, Project
from gettone.project.requirements import read_requirements

# Twilio's toolkit signs in with these, and uploads neither: an environment has its account's own.
NOT_SAVED = frozenset({"ACCOUNT_SID", "AUTH_TOKEN"})


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be kept. `locations` are the files of assets, by the digest of their content."""

    functions: tuple[FunctionUpload, ...]
    assets: tuple[AssetUpload, ...]
    locations: dict[str, Path] = field(repr=False)
    dependencies: tuple[Dependency, ...]
    requirements: tuple[str, ...]
    variables: Variables
    settings: ServiceSettings


def draft_of(project: Project) -> Draft:
    """The draft of a project; reads its requirements from disk. Raises PlatformError, which names the file."""
    modules = list(project.modules)
    package = project.package_json
    place = f"{HANDLERS}/{PACKAGE_FILE}"
    if package is not None and decides_modules(package) and all(each.file != place for each in modules):
        modules.append(Module(PACKAGE_FILE, place, package))
    has_requirements = (project.folder / REQUIREMENTS_FILE).exists()
    return Draft(
        functions=(*map(_function, project.functions), *map(_module, modules)),
        assets=tuple(
            AssetUpload(_path(each.path, each.source), each.visibility, each.content_type, each.digest, each.size_bytes)
            for each in project.assets
        ),
        locations={each.digest: each.location for each in project.assets},
        dependencies=() if package is None else tuple(Dependency(*item) for item in read_ranges(package).items()),
        requirements=read_requirements(project.folder) if has_requirements else (),
        variables=Variables({name: value for name, value in project.variables.items() if name not in NOT_SAVED}),
        settings=project.settings,
    )


def read_content(location: Path, upload: AssetUpload) -> bytes:
    """The content of an asset. Raises PlatformError `conflict` where it changed since the project was read."""
    try:
        content = location.read_bytes()
    except OSError:
        content = None
    if content is None or hashlib.sha256(content).hexdigest() != upload.digest:
        raise PlatformError(
            "conflict",
            f"the asset at {upload.path} was changed while the project was saved: save again",
            path=upload.path,
        )
    return content


def _function(function: Function) -> FunctionUpload:
    return FunctionUpload(
        path=_path(function.path, function.source),
        visibility=function.visibility,
        language=function.language,
        extension=splitext(function.source)[1],
        digest=hashlib.sha256(function.content).hexdigest(),
        content=function.content,
    )


def _module(module: Module) -> FunctionUpload:
    return FunctionUpload(
        path=_path(module.file.removeprefix(HANDLERS), module.source),
        visibility=Visibility.PRIVATE,
        # No guest loads it as a function.
        language=Language.PYTHON if module.file.endswith(".py") else Language.JAVASCRIPT,
        extension="",
        digest=hashlib.sha256(module.content).hexdigest(),
        content=module.content,
    )


def _path(path: str, source: str) -> str:
    """The path, if it can be kept as it is. Raises PlatformError `invalid`, which names the file."""
    try:
        checked = check_path(path)
    except PlatformError as error:
        raise PlatformError("invalid", f"{source} cannot be saved: {error.message}", file=source) from None
    if checked != path:
        raise PlatformError(
            "invalid", f"{source} cannot be saved: a path holds no white space. Rename the file", file=source
        )
    return path
