"""Code is formatted, free of lint, and typed: what `./run check` and every test run ask of it."""

import subprocess
import sys
from pathlib import Path

import pytest

# What mypy reads: the product, its tests, and the scripts around it.
TYPED = ("src", "tests", "benchmarks", "run", "hatch_build.py")


def demand(repository: Path, *command: str) -> None:
    """Run a checker of this environment; its own words are the failure."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}", pytrace=False)


@pytest.mark.timeout(600)  # mypy's first run, without its cache, beside other tests
def test_types_hold(repository: Path) -> None:
    """Mypy's strict rules hold in code and tests."""
    demand(repository, "mypy", *(name for name in TYPED if (repository / name).exists()))


def test_code_is_formatted(repository: Path) -> None:
    """The formatter would change nothing; `.venv/bin/ruff format` does what is missing."""
    demand(repository, "ruff", "format", "--check")


def test_code_is_free_of_lint(repository: Path) -> None:
    """The linter has nothing to say."""
    demand(repository, "ruff", "check", "--quiet", "--output-format", "concise")
