"""The environment of a project, read and never run."""

import sys
import venv
from pathlib import Path

import pytest

from gettone.project.environment import find_environment
from tests.project.folders import write_environment, write_files

NEW = "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.12.4\n"
OLD = NEW.replace("3.12.4", "3.9.18")


def test_real_environment_is_found(tmp_path: Path) -> None:
    """What `python3 -m venv` makes is understood, and its interpreter is not resolved out of it."""
    venv.create(tmp_path / ".venv", symlinks=True)

    environment, problem = find_environment(tmp_path)

    assert problem is None
    assert environment is not None
    assert environment.python == tmp_path / ".venv" / "bin" / "python"
    assert environment.version == ".".join(map(str, sys.version_info[:3]))
    assert [path.is_dir() for path in environment.site_packages] == [True]


@pytest.mark.parametrize(
    "configuration",
    ["version = 3.11.7", "version_info = 3.11.7.final.0", "VERSION=3.11.7\r\n", "home = /x\nversion_info = 3.11.7"],
)
def test_every_maker_of_environments_is_understood(tmp_path: Path, configuration: str) -> None:
    """venv, virtualenv and uv spell the version differently."""
    write_environment(tmp_path / "venv", configuration)

    environment, _ = find_environment(tmp_path)

    assert environment is not None
    assert environment.version == "3.11.7"
    assert environment.site_packages == (tmp_path / "venv/lib/python3.11/site-packages",)


def test_first_usable_environment_is_taken(tmp_path: Path) -> None:
    """.venv, then venv, then env; one that cannot be used is passed over."""
    write_environment(tmp_path / "env", NEW)
    write_environment(tmp_path / "venv", NEW)
    write_environment(tmp_path / ".venv", OLD)

    environment, problem = find_environment(tmp_path)

    assert environment is not None
    assert environment.name == "venv"
    assert problem is None


def test_old_python_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """The notice names the environment, its version and the command that mends it."""
    write_environment(tmp_path / ".venv", OLD)

    environment, problem = find_environment(tmp_path)

    assert environment is None
    assert problem == (
        ".venv is not used: it has Python 3.9.18, functions need 3.11 or later."
        " Make it again: python3 -m venv --clear .venv"
    )


def test_environment_without_its_interpreter_is_refused(tmp_path: Path) -> None:
    """An upgrade of the system's Python leaves a link to nothing."""
    write_environment(tmp_path / ".venv", NEW)
    python = tmp_path / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3.12")

    environment, problem = find_environment(tmp_path)

    assert environment is None
    assert problem is not None
    assert problem.startswith(".venv is not used: its interpreter is gone.")


@pytest.mark.parametrize("configuration", ["", "home = /usr/bin", "version = three"])
def test_environment_without_a_version_is_refused(tmp_path: Path, configuration: str) -> None:
    """A configuration that says nothing is not guessed at."""
    write_environment(tmp_path / ".venv", configuration)

    environment, problem = find_environment(tmp_path)

    assert environment is None
    assert problem is not None
    assert "its pyvenv.cfg names no Python version" in problem


def test_folder_that_is_no_environment_is_passed_over(tmp_path: Path) -> None:
    """`env` is a common name; so is `.venv` as a file that points elsewhere."""
    write_files(tmp_path, {"env/readme.txt": "", ".venv": "name-of-an-environment"})

    assert find_environment(tmp_path) == (None, None)


def test_system_packages_count_where_the_environment_says_so(tmp_path: Path) -> None:
    """The base installation's folders are searched after the environment's own."""
    write_environment(tmp_path / ".venv", NEW.replace("false", "true"), "python3.12")

    environment, _ = find_environment(tmp_path)

    assert environment is not None
    assert environment.site_packages[:2] == (
        tmp_path / ".venv/lib/python3.12/site-packages",
        Path("/usr/lib/python3.12/site-packages"),
    )
