"""Python packages: which versions fit, and how they get into a folder. Runs pip under the interpreter of this process.

Rule 1: nothing but the operator's indexes is asked. Without `scripts` only wheels are taken: building one from source
runs its author's program.
Rule 2: credentials stand in one file of the bench: pip passes what is in an index's address on to its children.
Must not know how a bundle is kept.
"""

from __future__ import annotations

import importlib.util
import json
import platform
import re
import shutil
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from packaging.utils import canonicalize_name

from gettone.control.bundles import Say
from gettone.control.npm_ranges import invalid
from gettone.control.python_requirements import Wanted
from gettone.control.registries import Registries
from gettone.control.resolution import Part, Resolution
from gettone.control.workbench import Bench
from gettone.model.errors import PlatformError

FOLDER = "site-packages"
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
# Where a guest finds its packages: what stands in byte code that has lost its source.
_MOUNTED = "/var/task/site-packages"

_OPTIONS = (
    "--no-input",
    "--disable-pip-version-check",
    "--no-color",
    "--progress-bar=off",
    "--retries=2",
    "--timeout=15",
    "--no-warn-script-location",
)
_LOG = "pip.log"
_REFUSED = re.compile(r"\b40[13] Client Error")
_ERROR = "ERROR: "
_UNREACHABLE = ("Retrying (Retry(", "connection broken by", "Max retries exceeded", "Could not fetch URL")
_NO_PIP = (
    "This Gettone runs in a Python environment without pip: its operator installs it there "
    "(on Debian: apt-get install python3-venv; elsewhere: python -m ensurepip)"
)


class _Reported(TypedDict):
    """What pip reports of a package that it would install (docs of pip, "Installation Report")."""

    metadata: dict[str, object]
    download_info: dict[str, object]
    is_direct: bool


@dataclass(frozen=True, slots=True)
class Pip:
    """pip under an interpreter. With `scripts`, packages that come as source are built: programs of other people."""

    registries: Registries
    scripts: bool = False
    interpreter: str = sys.executable

    @property
    def probe(self) -> Sequence[str]:
        """A command that does nothing."""
        return (*self.command(), "--version")

    def command(self) -> Sequence[str]:
        """How pip is started: the environment's own, or else the one that comes with Python.

        Raises PlatformError `unavailable` where there is neither.
        """
        if importlib.util.find_spec("pip") is not None:
            return (self.interpreter, "-I", "-m", "pip")
        bundled = bundled_pip()
        if bundled is None:
            raise PlatformError("unavailable", _NO_PIP)
        return (self.interpreter, "-I", str(bundled))

    async def resolve(self, bench: Bench, wanted: Sequence[Wanted], say: Say) -> Resolution:
        """Ask the indexes which versions fit. Raises PlatformError `invalid` or `unavailable`."""
        bench.write("home/.netrc", self.registries.netrc())
        bench.write("wanted.txt", _lines([*self.registries.pip_options(), *(each.line for each in wanted)]))
        report = bench.folder / "report.json"
        await self._pip(bench, ["--dry-run", "--ignore-installed", "--report", str(report), "-r", "wanted.txt"], say)
        parts = tuple(_part(each) for each in json.loads(bench.read(report.name))["install"])
        found = {part.name: part.version for part in parts}
        # One whose marker does not hold here is not installed.
        versions = {each.name: found[name] for each in wanted if (name := canonicalize_name(each.name)) in found}
        abi = str(sysconfig.get_config_var("SOABI") or sys.implementation.cache_tag)
        system = f"{sysconfig.get_platform()}-{''.join(platform.libc_ver())}"
        return Resolution(parts, versions, RUNTIME, abi, system, self.scripts)

    async def install(self, bench: Bench, resolution: Resolution, say: Say) -> Path:
        """Install what was resolved, with its hashes, and compile it. Returns the folder of the packages."""
        locked = [f"{part.name}=={part.version} --hash={part.integrity}" for part in resolution.parts]
        if locked:
            bench.write("locked.txt", _lines([*self.registries.pip_options(), *locked]))
            options = ["--no-deps", "--require-hashes", "--no-compile", "--target", FOLDER, "-r", "locked.txt"]
            await self._pip(bench, options, say)
            # Programs for a shell, with this machine's interpreter in their first line.
            shutil.rmtree(bench.made(FOLDER) / "bin", ignore_errors=True)
            await self._compile(bench, say)
        return bench.made(FOLDER)

    async def _compile(self, bench: Bench, say: Say) -> None:
        # Byte code that names no time and is not checked again: equal sources, equal files. What does not compile is
        # left as it is: packages carry templates and code for other Pythons.
        options = [
            "-q",
            "-q",
            "--invalidation-mode",
            "unchecked-hash",
            "-s",
            str(bench.folder / FOLDER),
            "-p",
            _MOUNTED,
        ]
        command = [self.interpreter, "-I", "-S", "-m", "compileall", *options, str(bench.folder / FOLDER)]
        await bench.run(command, {}, self._hear(bench, [], say))

    async def _pip(self, bench: Bench, arguments: Sequence[str], say: Say) -> None:
        printed: list[str] = []
        wheels = () if self.scripts else ("--only-binary=:all:",)
        places = (f"--cache-dir={bench.folder / 'cache'}", f"--log={bench.folder / _LOG}")
        command = [*self.command(), "install", *_OPTIONS, *places, *wheels, *arguments]
        variables = self.registries.variables() | {"PIP_CONFIG_FILE": "/dev/null", "NETRC": str(bench.home / ".netrc")}
        if await bench.run(command, variables, self._hear(bench, printed, say)) != 0:
            # What an index answers to a name is in pip's own log alone.
            raise explain(printed, self.scripts, refused=_REFUSED.search(bench.read(_LOG)) is not None)

    def _hear(self, bench: Bench, printed: list[str], say: Say) -> Callable[[str], None]:
        def take(line: str) -> None:
            shown = self.registries.hide(line).replace(str(bench.folder), ".")
            printed.append(shown)
            say(shown)

        return take


def explain(printed: Sequence[str], scripts: bool, refused: bool) -> PlatformError:
    """Why pip failed, by what it printed. `refused`: an index did not accept who asked."""
    errors = [line.removeprefix(_ERROR).strip() for line in printed if line.startswith(_ERROR)]
    if any(sign in line for line in printed for sign in _UNREACHABLE):
        return PlatformError("unavailable", "The Python index does not answer: try again later")
    missing = next((line for line in errors if line.startswith("No matching distribution")), None)
    why = (missing or (errors[0] if errors else "pip failed without a word")).rstrip(".")
    if refused:
        why += ". An index asks for other credentials: the operator of this Gettone sets them"
    elif missing and not scripts and any("(from versions: none)" in line for line in errors):
        why += ". Only wheels are installed: a package that comes as source alone is not"
    return invalid(why)


def _part(said: _Reported) -> Part:
    metadata, download = said["metadata"], said["download_info"]
    name, version = str(metadata["name"]), str(metadata["version"])
    if said["is_direct"]:
        raise invalid(f"{name} {version} comes from an address that another package names: no index has it")
    archive = download.get("archive_info")
    hashes = archive.get("hashes") if isinstance(archive, dict) else None
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    if digest is None:
        raise invalid(f"The Python index gives no SHA-256 of {name} {version}, so it is not installed")
    return Part(canonicalize_name(name), version, f"sha256:{digest}")


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def bundled_pip() -> Path | None:
    """The pip that comes with Python as a wheel, also where a system keeps those apart. An interpreter runs it."""
    places = [Path("/usr/share/python-wheels")]
    spec = importlib.util.find_spec("ensurepip")
    if spec is not None and spec.origin is not None:
        places.insert(0, Path(spec.origin).parent / "_bundled")
    wheels = (wheel for place in places if place.is_dir() for wheel in sorted(place.glob("pip-*.whl"), reverse=True))
    return next((wheel / "pip" for wheel in wheels), None)
