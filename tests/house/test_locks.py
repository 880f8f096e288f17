"""The locks: everything pinned and hashed, no addresses, and one truth in both."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

GUEST = "src/gettone/guests/javascript"
BROWSER = "src/gettone/console/browser"
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)([^\n]*(?:\n    [^\n]*)*)", re.MULTILINE)


def pins(repository: Path, name: str) -> dict[str, tuple[str, str]]:
    """Read a lock: package to version and everything that follows it."""
    return {found[0]: (found[1], found[2]) for found in PIN.findall((repository / name).read_text())}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_every_package_is_pinned_with_hashes(repository: Path, name: str) -> None:
    """Each line of a lock belongs to a pin, and each pin has a hash."""
    text = (repository / name).read_text()
    rest = PIN.sub("", text)

    assert all("--hash=sha256:" in tail for _, tail in pins(repository, name).values())
    assert [line for line in rest.splitlines() if line and not line.startswith("#")] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_lock_carries_no_addresses(repository: Path, name: str) -> None:
    """Where packages come from is for the machine to say."""
    text = (repository / name).read_text()

    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


@pytest.mark.parametrize("folder", [GUEST, BROWSER])
def test_javascript_lock_carries_no_addresses(repository: Path, folder: str) -> None:
    """The npm locks have hashes and no download addresses."""
    packages = json.loads((repository / folder / "package-lock.json").read_text())["packages"]
    locked = {path: entry for path, entry in packages.items() if path}

    assert locked
    assert all("resolved" not in entry and entry["integrity"].startswith("sha512-") for entry in locked.values())


def test_test_lock_repeats_the_lock(repository: Path) -> None:
    """Installing the test tools changes nothing about what users get."""
    users, tests = pins(repository, "requirements.lock"), pins(repository, "requirements-test.lock")

    assert {name: pin[0] for name, pin in users.items()} == {name: tests[name][0] for name in users}


def test_lock_holds_what_the_project_asks_for(repository: Path) -> None:
    """Each dependency, build requirement and test tool of pyproject.toml is locked, within its range."""
    pyproject = tomllib.loads((repository / "pyproject.toml").read_text())
    groups = pyproject["dependency-groups"]
    asked = [*pyproject["project"]["dependencies"], *pyproject["build-system"]["requires"], *groups["build"]]
    for name, lines in {"requirements.lock": asked, "requirements-test.lock": [*asked, *groups["test"]]}.items():
        locked = pins(repository, name)
        for requirement in map(Requirement, lines):
            assert requirement.specifier.contains(locked[requirement.name.lower()][0]), requirement


def test_pinned_twilio_is_the_locked_one(repository: Path) -> None:
    """The version that package.json names exactly is the version that is installed."""
    manifest = json.loads((repository / GUEST / "package.json").read_text())
    packages = json.loads((repository / GUEST / "package-lock.json").read_text())["packages"]

    assert manifest["dependencies"] == {"twilio": packages["node_modules/twilio"]["version"]}


def test_browser_packages_are_pinned(repository: Path) -> None:
    """Each package that the console's pages load is named with one version, and that is the locked one."""
    manifest = json.loads((repository / BROWSER / "package.json").read_text())
    packages = json.loads((repository / BROWSER / "package-lock.json").read_text())["packages"]

    assert manifest["dependencies"] == {
        name: packages[f"node_modules/{name}"]["version"] for name in manifest["dependencies"]
    }
