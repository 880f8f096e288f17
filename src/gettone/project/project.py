"""What a project folder holds, as one value. Must not know how it was read, nor what is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gettone.model.assets import Asset
from gettone.model.functions import Function, Module
from gettone.model.services import ServiceSettings
from gettone.model.variables import Variables

REQUIREMENTS_FILE = "requirements.txt"


@dataclass(frozen=True, slots=True)
class Digest:
    """The SHA-256 of a file, in hex, and the size and time the file had."""

    size_bytes: int
    mtime_ns: int
    digest: str


@dataclass(frozen=True, slots=True)
class RequirementsCheck:
    """What is missing of the requirements, and all that this rests on: an equal basis has an equal verdict."""

    basis: tuple[object, ...]
    missing: str | None


@dataclass(frozen=True, slots=True)
class Memory:
    """What one load found out the slow way, for the next one."""

    digests: Mapping[Path, Digest] = field(default_factory=dict)
    requirements: RequirementsCheck | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """Equal projects serve the same: a reload that yields an equal one changes nothing.

    `folder` is a real path. `package_json` belongs under the task root: it says what `.js` means. `python` is the
    interpreter of the project's own environment. `missing` are sentences about what to install, `notices` other
    remarks. `network_allow` are addresses that its functions may call beside public ones.
    """

    name: str
    folder: Path
    functions: tuple[Function, ...]
    assets: tuple[Asset, ...]
    modules: tuple[Module, ...]
    variables: Variables
    settings: ServiceSettings
    package_json: bytes | None = field(repr=False)
    node_modules: Path | None
    python: Path | None
    missing: tuple[str, ...]
    notices: tuple[str, ...]
    network_allow: tuple[str, ...] = ()
    memory: Memory = field(default_factory=Memory, repr=False, compare=False)
