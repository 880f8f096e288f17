"""Reads a project folder from disk. The rules are elsewhere: in `paths`, in `layout`, in a module for each file."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gettone.model.assets import Asset
from gettone.model.errors import PlatformError
from gettone.model.functions import FUNCTION_BYTES_MAX, MODULE_BYTES_MAX, Function, Language, Module
from gettone.project.content_types import content_type_of
from gettone.project.environment import find_environment
from gettone.project.files import decode_text, find_bytes, unreadable
from gettone.project.layout import AssetPlace, FunctionPlace, check_routes, place_assets, place_functions
from gettone.project.package import Package, find_node_modules, missing_packages, read_package
from gettone.project.project import REQUIREMENTS_FILE, Digest, Memory, Project, RequirementsCheck
from gettone.project.settings import read_network, read_settings
from gettone.project.tree import FoundFile, find_files, find_folder
from gettone.project.variables import read_variables

FUNCTION_FOLDERS = ("functions", "src")
ASSET_FOLDERS = ("assets", "static")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where functions and assets are looked for: the first folder that exists counts."""

    functions: tuple[str, ...] = FUNCTION_FOLDERS
    assets: tuple[str, ...] = ASSET_FOLDERS


USUAL_FOLDERS = Folders()

# A file written twice within one tick of its file system's clock has one time and two contents. The coarsest clock in
# use ticks every two seconds (FAT); a younger file's digest is not trusted by the next load.
_SETTLED_NS = 2_000_000_000

_FIRST_FUNCTION = 'create functions/hello.py with\n\n    def handler(context, event):\n        return "hello"\n'


def load_project(
    folder: Path,
    env_file: Path | None = None,
    *,
    folders: Folders = USUAL_FOLDERS,
    previous: Project | None = None,
) -> Project:
    """Read the project in `folder`, with the variables of `env_file` or else of its `.env`.

    `folders` are where its code and assets lie. `previous` is an earlier load of the same folder: digests of assets
    with the same size and time are taken from it.
    Raises PlatformError, which names the file and says what to do: `not_found`, `invalid`, `conflict`, `too_large`.
    """
    folder = _real_folder(folder)
    memory = previous.memory if previous is not None else Memory()
    functions_folder, functions_ignored = find_folder(folder, folders.functions)
    assets_folder, assets_ignored = find_folder(folder, folders.assets)
    if functions_folder is None and assets_folder is None:
        names = " or ".join(f"{name}/" for name in folders.functions)
        raise PlatformError("not_found", f"no {names} folder in {folder}: {_FIRST_FUNCTION}")
    _check_named(folder, folders.functions, FUNCTION_FOLDERS, functions_folder)
    _check_named(folder, folders.assets, ASSET_FOLDERS, assets_folder)

    functions, modules = _read_code(folder, functions_folder)
    assets, digests = _read_assets(folder, assets_folder, memory.digests)
    if not functions and not assets:
        raise PlatformError("not_found", f"no functions and no assets in {folder}: {_FIRST_FUNCTION}")
    check_routes([*functions, *assets])

    variables, remarks = read_variables(folder, env_file)
    settings = read_settings(folder)
    package = read_package(folder)
    node_modules = find_node_modules(folder)
    is_python = any(function.language is Language.PYTHON for function in functions)
    python, missing, requirements = _python(folder, memory.requirements, is_python=is_python)

    return Project(
        name=_name(folder, package),
        folder=folder,
        functions=functions,
        assets=assets,
        modules=modules,
        variables=variables,
        settings=settings,
        package_json=package.content if package is not None else None,
        node_modules=node_modules,
        python=python,
        missing=_present(missing_packages(package, node_modules) if package is not None else None) + missing,
        notices=_ignored(functions_folder, functions_ignored) + _ignored(assets_folder, assets_ignored) + remarks,
        network_allow=read_network(folder),
        memory=Memory(digests, requirements),
    )


def _real_folder(folder: Path) -> Path:
    try:
        real = folder.resolve(strict=True)
        is_folder = real.is_dir()
    except (FileNotFoundError, NotADirectoryError):
        raise PlatformError(
            "not_found", f"there is no folder {folder}: name the folder of a project, or {_FIRST_FUNCTION}"
        ) from None
    except (OSError, RuntimeError) as error:
        # Python 3.11 and 3.12 tell of a link in a circle with a RuntimeError.
        raise PlatformError("invalid", f"{folder} cannot be read: name the folder of a project") from error
    if not is_folder:
        raise PlatformError("invalid", f"{folder} is a file: name the folder of a project")
    return real


def _check_named(folder: Path, names: tuple[str, ...], usual: tuple[str, ...], found: str | None) -> None:
    """Raise PlatformError `not_found` for a folder that somebody named and that is not there."""
    if found is None and names != usual:
        raise PlatformError("not_found", f"there is no folder {names[0]}/ in {folder}: make it, or name another")


def _read_code(folder: Path, name: str | None) -> tuple[tuple[Function, ...], tuple[Module, ...]]:
    if name is None:
        return (), ()
    found = find_files(folder, name)
    functions: list[Function] = []
    modules: list[Module] = []
    for place in place_functions(name, {file.name: file.size_bytes for file in found.values()}):
        location = found[place.found].location
        if isinstance(place, FunctionPlace):
            content = find_bytes(location, place.source, FUNCTION_BYTES_MAX)
            # An editor that saves by renaming may have taken the file away since it was listed.
            if content is not None:
                decode_text(content, place.source)
                functions.append(_function(place, content))
        else:
            content = find_bytes(location, place.source, MODULE_BYTES_MAX)
            if content is not None:
                modules.append(Module(place.source, place.file, content))
    functions.sort(key=lambda function: function.path)
    return tuple(functions), tuple(modules)


def _function(place: FunctionPlace, content: bytes) -> Function:
    return Function(
        path=place.path,
        name=place.path.removeprefix("/"),
        source=place.source,
        file=place.file,
        language=place.language,
        visibility=place.visibility,
        content=content,
    )


def _read_assets(
    folder: Path, name: str | None, known: Mapping[Path, Digest]
) -> tuple[tuple[Asset, ...], Mapping[Path, Digest]]:
    """The assets, and the digests that the next load may trust."""
    if name is None:
        return (), {}
    found = find_files(folder, name)
    settled_before_ns = time.time_ns() - _SETTLED_NS
    assets: list[Asset] = []
    digests: dict[Path, Digest] = {}
    for place in place_assets(name, {file.name: file.size_bytes for file in found.values()}):
        file = found[place.found]
        digest = _digest(file, place.source, known.get(file.location))
        if digest is None:
            continue
        assets.append(_asset(place, file, digest))
        if digest.mtime_ns < settled_before_ns:
            digests[file.location] = digest
    assets.sort(key=lambda asset: asset.path)
    return tuple(assets), digests


def _asset(place: AssetPlace, file: FoundFile, digest: Digest) -> Asset:
    return Asset(
        path=place.path,
        source=place.source,
        file=place.file,
        visibility=place.visibility,
        content_type=content_type_of(place.path),
        size_bytes=digest.size_bytes,
        digest=digest.digest,
        location=file.location,
    )


def _digest(file: FoundFile, source: str, known: Digest | None) -> Digest | None:
    """The file's digest; None if the file has gone since it was listed."""
    if known is not None and (known.size_bytes, known.mtime_ns) == (file.size_bytes, file.mtime_ns):
        return known
    try:
        with file.location.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(source, error) from error
    return Digest(file.size_bytes, file.mtime_ns, digest)


def _python(
    folder: Path, previous: RequirementsCheck | None, *, is_python: bool
) -> tuple[Path | None, tuple[str, ...], RequirementsCheck | None]:
    """The interpreter, what to do about environment and requirements, and the check for the next load."""
    environment, problem = find_environment(folder)
    python = environment.python if environment is not None else None
    has_requirements = (folder / REQUIREMENTS_FILE).exists()
    if problem is not None:
        # It says how to make the environment again, which comes before filling it.
        return python, _present(problem) if is_python or has_requirements else (), None
    if not has_requirements:
        return python, (), None
    from gettone.project.requirements import check_requirements, read_requirements

    check = check_requirements(read_requirements(folder), environment, previous)
    return python, _present(check.missing), check


def _name(folder: Path, package: Package | None) -> str:
    return package.name if package is not None and package.name is not None else folder.name or "project"


def _ignored(used: str | None, ignored: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name}/ is not used, for there is {used}/ too" for name in ignored)


def _present(sentence: str | None) -> tuple[str, ...]:
    return () if sentence is None else (sentence,)
