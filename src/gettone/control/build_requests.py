"""What a build may ask for, and what of it has to be installed: runtimes, npm dependencies, Python requirements. Pure.

Must not know versions of functions and assets, nor how packages are installed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gettone.control.bundles import PackagesRequest
from gettone.control.npm_ranges import invalid
from gettone.control.python_requirements import read_requirements
from gettone.control.ranges import satisfies
from gettone.model.builds import Build, Dependency
from gettone.model.errors import PlatformError

# Twilio's names for what it runs; code for them runs here on the one Node that there is.
_MAPPED = frozenset({"node18", "node20", "node22"})

# Twilio's own runtime: projects list it because Twilio's cloud asks for it. Here Gettone is the runtime.
_NODE_PART = "@twilio/runtime-handler"

# npm's rule for names (https://docs.npmjs.com/cli/configuring-npm/package-json#name), with the capitals of old ones.
_NAME = re.compile(r"(?:@[a-z0-9~][a-z0-9._~-]*/)?[A-Za-z0-9~][A-Za-z0-9._~-]*")
_NAME_CHARACTERS_MAX = 214
# Ranges, tags, aliases of packages. URLs and paths have a colon or a slash in other places: packages come from the
# operator's registries alone.
_RANGE = re.compile(rf"(?:npm:{_NAME.pattern}@)?[0-9A-Za-z.^~<>=|*+ \t-]*")
_RANGE_CHARACTERS_MAX = 256


@dataclass(frozen=True, slots=True)
class Runtimes:
    """What this installation runs. `pinned` are npm packages that every function finds, with their versions."""

    node: str = "node24"
    python: str = f"python{sys.version_info.major}.{sys.version_info.minor}"
    pinned: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build comes to before anything is installed. `packages` is None where nothing has to be."""

    packages: PackagesRequest | None
    notes: tuple[str, ...]


def choose_runtime(asked: str | None, last: str | None, runtimes: Runtimes) -> tuple[str, tuple[str, ...]]:
    """The runtime of a build, and what to say about it. `last` is that of the service's last completed build.

    Raises PlatformError `invalid` for one that does not run here.
    """
    if not asked:
        # It may be of another installation, or from before an upgrade.
        return (last if last in (runtimes.node, runtimes.python) else runtimes.node), ()
    if asked in (runtimes.node, runtimes.python):
        return asked, ()
    if asked in _MAPPED:
        return runtimes.node, (f"{asked} is asked for; {runtimes.node} runs here, and runs this build",)
    # Twilio's words: clients look for them.
    raise PlatformError(
        "invalid",
        f"unsupported runtime: {asked[:64]}",
        twilio_code=20001,
        supported=(runtimes.node, runtimes.python, *sorted(_MAPPED)),
    )


def check_dependencies(dependencies: Iterable[Dependency], count_max: int) -> tuple[Dependency, ...]:
    """Dependencies as they are kept: any version where none is named. Raises PlatformError `invalid`."""
    checked: dict[str, Dependency] = {}
    for each in dependencies:
        if len(each.name) > _NAME_CHARACTERS_MAX or not _NAME.fullmatch(each.name):
            raise invalid(f"{each.name[:80]!a} is no name of an npm package: write lodash, or @scope/name")
        if each.name in checked:
            raise invalid(f"{each.name} is named twice: leave one out")
        version = each.version.strip() or "*"
        if len(version) > _RANGE_CHARACTERS_MAX or version.startswith("-") or not _RANGE.fullmatch(version):
            raise invalid(
                f"The version of {each.name} is none that a registry knows: write a version, a range or a tag, such as"
                " 1.2.3, ^1.2 or latest"
            )
        checked[each.name] = Dependency(each.name, version)
    if len(checked) > count_max:
        raise invalid(f"There are {len(checked)} of them, {count_max} are allowed: leave some out")
    return tuple(checked.values())


def check_requirements(lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Requirements as they are kept, and what to say about others. Raises PlatformError `invalid`."""
    notes: list[str] = []
    wanted = read_requirements(lines, notes.append)
    return tuple(each.line for each in wanted), tuple(notes)


def plan_packages(dependencies: Sequence[Dependency], requirements: Sequence[str], runtimes: Runtimes) -> Plan:
    """What has to be installed of what was checked, and what to say about the rest."""
    notes: list[str] = []
    wanted: list[Dependency] = []
    for each in dependencies:
        pinned = runtimes.pinned.get(each.name)
        if each.name == _NODE_PART:
            notes.append(f"{_NODE_PART} is a part of the platform here, and is not installed")
        elif pinned is not None and satisfies(pinned, each.version):
            notes.append(f"{each.name} {pinned} comes with the platform, and is what {each.version} asks for")
        else:
            wanted.append(each)
    nothing = not wanted and not requirements
    return Plan(None if nothing else PackagesRequest(tuple(wanted), tuple(requirements)), tuple(notes))


def is_outdated(build: Build, runtimes: Runtimes) -> bool:
    """Whether a build's packages were installed for a runtime that is not here any more."""
    python = build.python_bundle is not None and build.python_runtime != runtimes.python
    return python or (
        build.node_bundle is not None and build.runtime.startswith("node") and build.runtime != runtimes.node
    )


def renewed(build: Build, runtimes: Runtimes) -> Build:
    """The build, said to be for the runtimes that are here."""
    runtime = runtimes.node if build.runtime.startswith("node") else runtimes.python
    return replace(build, runtime=runtime, python_runtime=runtimes.python)
