"""Where each file of a project goes: names and sizes to routes and places under the task root. Pure, reads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gettone.model.assets import ASSET_BYTES_MAX
from gettone.model.errors import PlatformError
from gettone.model.functions import FUNCTION_BYTES_MAX, MODULE_BYTES_MAX, Language, Visibility
from gettone.project.files import megabytes
from gettone.project.paths import language_of, route_of, split_visibility

HANDLERS = "handlers"
FILES = "files"


@dataclass(frozen=True, slots=True)
class FunctionPlace:
    """A function before it is read; names as in model.functions.Function. `found` is relative to its folder."""

    found: str
    source: str
    path: str
    file: str
    language: Language
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class ModulePlace:
    """A module before it is read."""

    found: str
    source: str
    file: str


@dataclass(frozen=True, slots=True)
class AssetPlace:
    """An asset before it is read; names as in model.assets.Asset."""

    found: str
    source: str
    path: str
    file: str
    visibility: Visibility


def place_functions(folder: str, sizes: Mapping[str, int]) -> tuple[FunctionPlace | ModulePlace, ...]:
    """Place what was found in the functions folder: sizes in bytes by relative name. Ordered by name.

    Raises PlatformError: `invalid` for a name that no route may have, `too_large`, `conflict` when two files would lie
    in one place.
    """
    places: list[FunctionPlace | ModulePlace] = []
    for name in sorted(sizes):
        source = f"{folder}/{name}"
        place = _place_code(name, source)
        if isinstance(place, FunctionPlace):
            _check_size(source, sizes[name], FUNCTION_BYTES_MAX, "a function", "move data into an asset")
        else:
            _check_size(source, sizes[name], MODULE_BYTES_MAX, "a file beside the functions", "move it into an asset")
        places.append(place)
    _check_files(places)
    return tuple(places)


def place_assets(folder: str, sizes: Mapping[str, int]) -> tuple[AssetPlace, ...]:
    """Place what was found in the assets folder. Arguments and errors as in `place_functions`."""
    places: list[AssetPlace] = []
    for name in sorted(sizes):
        source = f"{folder}/{name}"
        stem, extension, visibility = split_visibility(name, source)
        place = AssetPlace(name, source, route_of(stem + extension, source), f"{FILES}/{name}", visibility)
        _check_size(
            source, sizes[name], ASSET_BYTES_MAX[visibility], f"a {visibility} asset", "serve it from elsewhere"
        )
        places.append(place)
    return tuple(places)


class Routed(Protocol):
    """What has a route: a function or an asset, placed or read."""

    @property
    def path(self) -> str:
        """Its route."""

    @property
    def source(self) -> str:
        """The file as the project has it."""


def check_routes(places: Iterable[Routed]) -> None:
    """Raise PlatformError `conflict`, which names both files, where two have one route.

    Private files count: handlers find them by the same names.
    """
    sources: dict[str, str] = {}
    for place in places:
        other = sources.setdefault(place.path, place.source)
        if other != place.source:
            raise PlatformError(
                "conflict",
                f"{other} and {place.source} both have the route {place.path}: rename one of them",
                path=place.path,
                files=(other, place.source),
            )


def _place_code(name: str, source: str) -> FunctionPlace | ModulePlace:
    language = language_of(name)
    if language is None:
        return ModulePlace(name, source, f"{HANDLERS}/{_importable(name, source)}")
    stem, extension, visibility = split_visibility(name, source)
    # `import helper` finds helper.py and no other name, while `require('./helper.private')` is what JavaScript writes.
    file = stem + extension if language is Language.PYTHON else name
    return FunctionPlace(name, source, route_of(stem, source), f"{HANDLERS}/{file}", language, visibility)


def _importable(name: str, source: str) -> str:
    if not name.endswith(".py"):
        return name
    stem, extension, _ = split_visibility(name, source)
    return stem + extension


def _check_size(source: str, size_bytes: int, bytes_max: int, noun: str, advice: str) -> None:
    if size_bytes > bytes_max:
        raise PlatformError(
            "too_large",
            f"{source} has {megabytes(size_bytes)}, {noun} may have {megabytes(bytes_max)}: {advice}",
            file=source,
            size_bytes=size_bytes,
            bytes_max=bytes_max,
        )


def _check_files(places: list[FunctionPlace | ModulePlace]) -> None:
    sources: dict[str, str] = {}
    for place in places:
        other = sources.setdefault(place.file, place.source)
        if other != place.source:
            raise _one_place(other, place.source, place.file)
    for file, source in sources.items():
        parent = file.rpartition("/")[0]
        while parent:
            if parent in sources:
                raise _one_place(sources[parent], source, parent)
            parent = parent.rpartition("/")[0]


def _one_place(one: str, other: str, file: str) -> PlatformError:
    return PlatformError(
        "conflict",
        f"{one} and {other} would both lie at {file} when they run: rename one of them",
        path=file,
        files=(one, other),
    )
