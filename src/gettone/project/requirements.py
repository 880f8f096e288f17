"""What `requirements.txt` asks for that an environment does not have. Looks at installed metadata; runs no pip.

Slow to import (packaging, importlib.metadata): `load` does so only for a project that has requirements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from importlib.metadata import Distribution, DistributionFinder, MetadataPathFinder
from pathlib import Path

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement

from gettone.model.errors import PlatformError
from gettone.project.environment import ENVIRONMENTS, PythonEnvironment
from gettone.project.files import decode_text, find_bytes
from gettone.project.project import REQUIREMENTS_FILE, RequirementsCheck

# Files that include files: deeper than this is a circle.
_DEPTH_MAX = 10

_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDE = re.compile(r"(?:-r|--requirement)(?:\s+|=|(?<=-r))(\S.*)$")
_OPTION = re.compile(r"\s--?[A-Za-z].*$")


def read_requirements(folder: Path) -> tuple[str, ...]:
    """The requirements of the folder's requirements.txt and of those it includes, one text each.

    What is no requirement by name (paths, URLs, options) is left out: only pip can judge it. Raises PlatformError
    `invalid` for files that cannot be read or include one another in a circle.
    """
    return tuple(_lines(folder, REQUIREMENTS_FILE, 0))


def check_requirements(
    requirements: tuple[str, ...], environment: PythonEnvironment | None, previous: RequirementsCheck | None
) -> RequirementsCheck:
    """Compare requirements with what the environment has; `previous` is handed back while nothing changed."""
    basis: tuple[object, ...] = (requirements, environment, _stamps(environment))
    if previous is not None and previous.basis == basis:
        return previous
    return RequirementsCheck(basis, _missing(requirements, environment))


def _missing(requirements: tuple[str, ...], environment: PythonEnvironment | None) -> str | None:
    if not requirements:
        return None
    if environment is None:
        name = ENVIRONMENTS[0]
        return (
            f"{REQUIREMENTS_FILE} is there, but no environment: "
            f"run python3 -m venv {name} && {name}/bin/pip install -r {REQUIREMENTS_FILE}"
        )
    findings = [finding for text in requirements if (finding := _finding(text, environment)) is not None]
    if not findings:
        return None
    return f"{REQUIREMENTS_FILE} asks for {', '.join(dict.fromkeys(findings))}: run {_install(environment)}"


def _finding(text: str, environment: PythonEnvironment) -> str | None:
    requirement = Requirement(text)
    if requirement.marker is not None:
        version = environment.version
        theirs: dict[str, str | AbstractSet[str]] = {
            "python_version": ".".join(version.split(".")[:2]),
            "python_full_version": version,
            "extra": "",
        }
        try:
            if not requirement.marker.evaluate(theirs):
                return None
        except UndefinedEnvironmentName:
            return None
    version_there = _version(requirement.name, environment.site_packages)
    if version_there is None:
        return f"{requirement.name} (not installed)"
    # A direct reference has no specifier: any version will do.
    if requirement.specifier.contains(version_there, prereleases=True):
        return None
    return f"{requirement.name}{requirement.specifier} ({version_there} is there)"


def _version(name: str, site_packages: Sequence[Path]) -> str | None:
    context = DistributionFinder.Context(name=name, path=[str(path) for path in site_packages])
    for distribution in MetadataPathFinder.find_distributions(context):
        return _said_version(distribution)
    return None


def _said_version(distribution: Distribution) -> str | None:
    # A half-removed distribution has a folder and no metadata; what is typed as text is then None.
    try:
        version: str | None = distribution.version
    except KeyError:
        return None
    return version


def _install(environment: PythonEnvironment) -> str:
    if (environment.python.parent / "pip").exists():
        return f"{environment.name}/bin/pip install -r {REQUIREMENTS_FILE}"
    # uv makes environments without pip.
    return f"uv pip install --python {environment.name} -r {REQUIREMENTS_FILE}"


def _stamps(environment: PythonEnvironment | None) -> tuple[int | None, ...]:
    """When each site-packages last changed: installing and removing change it."""
    if environment is None:
        return ()
    stamps: list[int | None] = []
    for path in environment.site_packages:
        try:
            stamps.append(path.stat().st_mtime_ns)
        except OSError:
            stamps.append(None)
    return tuple(stamps)


def _lines(folder: Path, name: str, depth: int) -> Iterator[str]:
    if depth > _DEPTH_MAX:
        raise PlatformError("invalid", f"{name} is included in a circle: remove one -r", file=name)
    content = find_bytes(folder / name, name)
    if content is None:
        if depth:
            raise PlatformError("not_found", f"{REQUIREMENTS_FILE} includes {name}, which is not there", file=name)
        return
    text = decode_text(content, name).removeprefix("\ufeff").replace("\\\r\n", " ").replace("\\\n", " ")
    for raw in text.splitlines():
        line = _COMMENT.sub("", raw).strip()
        include = _INCLUDE.match(line)
        if include is not None:
            inner = Path(name).parent / include[1].strip()
            yield from _lines(folder, inner.as_posix(), depth + 1)
            continue
        requirement = _OPTION.sub("", line).strip()
        if _is_requirement(requirement):
            yield requirement


def _is_requirement(text: str) -> bool:
    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True
