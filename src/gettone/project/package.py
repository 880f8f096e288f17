"""What `package.json` says, and which of its dependencies are not there. Installs nothing and runs nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gettone.model.errors import PlatformError
from gettone.project.files import decode_text, find_bytes

PACKAGE_FILE = "package.json"
NODE_MODULES = "node_modules"

# Twilio's own runtime: projects list it because Twilio's cloud asks for it. Here Gettone is the runtime.
_NOT_NEEDED = frozenset({"@twilio/runtime-handler"})


@dataclass(frozen=True, slots=True)
class Package:
    """A package.json as it stands, and what of it matters here."""

    content: bytes
    name: str | None
    dependencies: tuple[str, ...]


def read_package(folder: Path) -> Package | None:
    """The folder's package.json, None where there is none. Errors as in `parse_package`."""
    content = find_bytes(folder / PACKAGE_FILE, PACKAGE_FILE)
    return None if content is None else parse_package(content)


def parse_package(content: bytes) -> Package:
    """Read a package.json. Raises PlatformError `invalid` for anything that npm would not read either."""
    try:
        said: object = json.loads(decode_text(content, PACKAGE_FILE).removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise _invalid(f"is no JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except (ValueError, RecursionError):
        raise _invalid("is no JSON that can be read") from None
    if not isinstance(said, dict):
        raise _invalid("must hold an object")
    name = said.get("name")
    dependencies = said.get("dependencies", {})
    if not isinstance(dependencies, dict):
        raise _invalid('has "dependencies" that are no object')
    return Package(content, name if isinstance(name, str) and name else None, tuple(dependencies))


def read_ranges(content: bytes) -> Mapping[str, str]:
    """The dependencies of a package.json by name, each with its range. Errors as in `parse_package`."""
    names = parse_package(content).dependencies
    ranges: Mapping[str, object] = json.loads(content.decode("utf-8").removeprefix("\ufeff")).get("dependencies", {})
    for name in names:
        if not isinstance(ranges[name], str):
            raise _invalid(f"names no version of {name} as a text")
    return {name: str(ranges[name]) for name in names}


def decides_modules(content: bytes) -> bool:
    """Whether a package.json says how files below it are loaded: their kind of module, or what `#names` mean."""
    parse_package(content)
    said: Mapping[str, object] = json.loads(content.decode("utf-8").removeprefix("\ufeff"))
    return "type" in said or "imports" in said


def find_node_modules(folder: Path) -> Path | None:
    """The folder's node_modules."""
    modules = folder / NODE_MODULES
    return modules if modules.is_dir() else None


def missing_packages(package: Package, node_modules: Path | None) -> str | None:
    """What to do about dependencies that are not installed; None when all are."""
    absent = [
        name
        for name in package.dependencies
        if name not in _NOT_NEEDED and (node_modules is None or not (node_modules / name).is_dir())
    ]
    if not absent:
        return None
    return f"package.json asks for {', '.join(absent)}, not in node_modules: run npm install"


def _invalid(what: str) -> PlatformError:
    return PlatformError("invalid", f"{PACKAGE_FILE} {what}: mend it", file=PACKAGE_FILE)
