"""The Python environment inside a project's folder, told from its files alone: its interpreter is never run here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gettone.project.files import decode_text, find_bytes

ENVIRONMENTS = (".venv", "venv", "env")
CONFIGURATION = "pyvenv.cfg"

# The guest's own floor.
PYTHON_MIN = (3, 11)

_VERSION = re.compile(r"(\d+)\.(\d+)(\.\d+)?")


@dataclass(frozen=True, slots=True)
class PythonEnvironment:
    """An environment that can run functions. `name` is its folder's; `site_packages` are searched in order."""

    name: str
    python: Path
    version: str
    site_packages: tuple[Path, ...]


def find_environment(folder: Path) -> tuple[PythonEnvironment | None, str | None]:
    """The first usable environment of the folder; or None, and what to do if there is an unusable one."""
    problem = None
    for name in ENVIRONMENTS:
        content = find_bytes(folder / name / CONFIGURATION, f"{name}/{CONFIGURATION}")
        if content is None:
            continue
        found = _read(folder / name, decode_text(content, f"{name}/{CONFIGURATION}"))
        if isinstance(found, PythonEnvironment):
            return found, None
        problem = problem or f"{name} is not used: {found}. Make it again: python3 -m venv --clear {name}"
    return None, problem


def _read(where: Path, text: str) -> PythonEnvironment | str:
    lines = (line.partition("=") for line in text.splitlines())
    said = {key.strip().lower(): value.strip() for key, _, value in lines}
    # venv writes `version`; virtualenv and uv write `version_info`.
    version = _VERSION.match(said.get("version") or said.get("version_info") or "")
    if version is None:
        return f"its {CONFIGURATION} names no Python version"
    number = (int(version[1]), int(version[2]))
    if number < PYTHON_MIN:
        return f"it has Python {version[0]}, functions need {PYTHON_MIN[0]}.{PYTHON_MIN[1]} or later"
    # Not resolved: at the end of the link is the interpreter without its environment.
    python = where / "bin" / "python"
    if not python.is_file():
        return "its interpreter is gone"
    library = f"python{number[0]}.{number[1]}"
    site_packages = [where / "lib" / library / "site-packages"]
    if said.get("include-system-site-packages", "").lower() == "true" and "home" in said:
        prefix = Path(said["home"]).parent
        # The second and third are Debian's.
        site_packages += [
            prefix / "lib" / library / "site-packages",
            prefix / "lib" / "python3" / "dist-packages",
            prefix / "local" / "lib" / library / "dist-packages",
        ]
    return PythonEnvironment(where.name, python, version[0], tuple(site_packages))
