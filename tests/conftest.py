"""What every test may ask for: its full size (`--long`), and the programs it starts (`needs`).

Must not know: any room of the product.
"""

import os
import shutil
from pathlib import Path

import pytest

# Debian keeps servers where an ordinary PATH does not look.
SERVER_FOLDERS = ("/usr/sbin", "/sbin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`."""
    parser.addoption("--long", action="store_true", help="run the full-size tests too")


def pytest_report_header(config: pytest.Config) -> str:
    """Say which sizes run, and what becomes of a test whose program is missing."""
    sizes = "with the long ones" if config.getoption("--long") else "without the long ones (--long runs them)"
    return f"tests: {sizes}; a missing program {'fails' if in_ci() else 'skips'} the test that needs it"


@pytest.hookimpl(trylast=True)  # after -k and -m, so that the count of what was left out is right
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long tests unless they were asked for; name the groups."""
    if config.getoption("loadgroup", False):
        name_groups(items)
    if config.getoption("--long"):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def name_groups(items: list[pytest.Item]) -> None:
    """Let tests of one `xdist_group` run in one process.

    pytest-xdist 3.8 means to do so, and writes the group where pytest 9.2 does not read it (its issue 1386).
    """
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is not None and not item.nodeid.endswith(f"@{group.args[0]}"):
            item._id = item.id.parse(f"{item.nodeid}@{group.args[0]}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing; under CI, where everything is installed, fail it."""
    needed = [str(tool) for marker in item.iter_markers("needs") for tool in marker.args]
    missing = [tool for tool in needed if find_tool(tool) is None]
    if missing:
        reason = f"needs {', '.join(missing)}: not installed (.ci/run installs it)"
        pytest.fail(reason, pytrace=False) if in_ci() else pytest.skip(reason)


def find_tool(name: str) -> Path | None:
    """Path of a program on PATH, or in the folders of servers; None when there is none."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SERVER_FOLDERS])
    found = shutil.which(name, path=path)
    return Path(found) if found else None


def in_ci() -> bool:
    """Whether this machine promises to have every program."""
    return os.environ.get("CI", "").lower() in ("1", "true")


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the repository."""
    return Path(__file__).resolve().parent.parent
