"""`./run` with nothing but pip: real environments, real hashes, and packages from a folder instead of a registry."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.project import GUEST, STATIC, Project, plant, started
from tests.house.wheel import sha256, write_wheel

BACKEND = """import shutil
def build_editable(folder, config_settings=None, metadata_directory=None):
    return shutil.copy("gettone-1.0-py3-none-any.whl", folder).rpartition("/")[2]
"""
BUILD_SYSTEM = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
# Uses the locked package, so that it proves both are installed.
PROGRAM = """import json, os, sys, one
def main():
    print(json.dumps({"argv": sys.argv, "cwd": os.getcwd(), "pid": os.getpid()}))
"""
# Debian's Python without python3-venv. The script's path is the first argument.
WITHOUT_ENSUREPIP = """
import importlib.util, runpy, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "ensurepip" else find(name)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("run with pip")]


def plant_with_packages(folder: Path) -> Project:
    """Make a project without uv, whose lock names a package that lies in a folder."""
    project = plant(folder)
    (project.tools / "uv").unlink()
    locked = write_wheel(project.tools, "one", {"one.py": ""})
    write_wheel(project.root, "gettone", {"program.py": PROGRAM}, "gettone = program:main")
    (project.root / "requirements.lock").write_text(f"one==1.0 --hash=sha256:{sha256(locked)}\n")
    (project.root / "pyproject.toml").write_text(BUILD_SYSTEM)
    (project.root / "backend.py").write_text(BACKEND)
    (project.root / GUEST / "node_modules").mkdir()
    (project.root / STATIC).mkdir()
    (project.root / STATIC / "manifest.json").touch()
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(project.tools), "PIP_CONFIG_FILE": "/dev/null"}
    return Project(project.root, project.tools, settings)


@dataclass(frozen=True, slots=True)
class Made:
    """A project that pip alone has installed, and what its first two runs said."""

    project: Project
    first: subprocess.CompletedProcess[str]
    second: subprocess.CompletedProcess[str]

    def lock(self, name: str, digest: str) -> None:
        """Let the lock name one more package."""
        lines = (self.project.root / "requirements.lock").read_text().splitlines()[:1]
        lines.append(f"{name}==1.0 --hash=sha256:{digest}\n")
        (self.project.root / "requirements.lock").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An environment made once for these tests: pip takes its time."""
    project = plant_with_packages(tmp_path_factory.mktemp("pip"))
    return Made(project, project.run("--help"), project.run("--help"))


def test_pip_alone_makes_a_working_environment(made: Made) -> None:
    """Venv, hashed packages, editable project; then the program runs, and a second run says nothing."""
    assert made.first.returncode == 0, made.first.stderr
    assert made.first.stderr.splitlines()[-1] == "Ready."
    assert started(made.first.stdout).argv[1:] == ["--help"]
    assert (made.second.returncode, made.second.stderr) == (0, "")


def test_package_with_another_hash_is_refused(made: Made) -> None:
    """A package that is not the one that was locked does not get in."""
    write_wheel(made.project.tools, "two", {"two.py": ""})
    made.lock("two", "0" * 64)

    done = made.project.run("--help")

    assert (done.returncode, done.stdout) == (1, "")
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_unreachable_registry_is_one_line(made: Made) -> None:
    """Pip's many retries become one line that says what to do."""
    made.lock("three", "0" * 64)
    closed = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_RETRIES": "1", "PIP_CONFIG_FILE": "/dev/null"}

    done = Project(made.project.root, made.project.tools, closed).run("--help")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "Installing 2 packages",
        "The Python package registry is not reachable: connect to the network and run this again.",
    ]


def test_python_without_ensurepip_lends_its_own_pip(made: Made, tmp_path: Path) -> None:
    """The environment then has no pip of its own, and works all the same."""
    python = made.project.root / ".venv/bin/python"
    project = plant_with_packages(tmp_path)

    done = subprocess.run(
        [python, "-c", WITHOUT_ENSUREPIP, project.root / "run"],
        env={"PATH": str(project.tools), **project.environment},
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert started(done.stdout).argv[1:] == ["start"]
    assert not list((project.root / ".venv").glob("lib/python*/site-packages/pip"))
