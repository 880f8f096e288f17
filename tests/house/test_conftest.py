"""What the test run itself promises: no skip in CI, long tests only when asked for, groups that stay together."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.needs("sh")
def test_tool_is_there():
    pass

@pytest.mark.needs("sh", "no-such-tool")
def test_tool_is_missing():
    pass

@pytest.mark.long
def test_long():
    pass
"""
GROUPED = """
import os

import pytest

@pytest.mark.xdist_group("a group")
@pytest.mark.parametrize("number", range(8))
def test_in_group(number):
    print("process", os.environ["PYTEST_XDIST_WORKER"])
"""
SETTINGS = "[pytest]\nstrict = true\nmarkers =\n    long: full size\n    needs(tool, ...): programs\n"


@pytest.fixture
def suite(tmp_path: Path, repository: Path) -> Path:
    """A suite of three tests under the conftest of this one."""
    shutil.copy(repository / "tests/conftest.py", tmp_path)
    (tmp_path / "test_three.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    return tmp_path


def run(suite: Path, *arguments: str, ci: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on a suite, as a developer or as CI would."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", *arguments],
        cwd=suite,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


def test_missing_tool_skips_with_its_name(suite: Path) -> None:
    """A developer without the tool is told which test did not run, and why."""
    done = run(suite, ci="")

    assert done.returncode == 0
    assert "needs no-such-tool: not installed" in done.stdout
    assert "1 passed, 1 skipped, 1 deselected" in done.stdout


def test_missing_tool_fails_in_ci(suite: Path) -> None:
    """CI installs every tool, so a missing one is a mistake."""
    done = run(suite, ci="true")

    assert done.returncode == 1
    assert "needs no-such-tool: not installed" in done.stdout
    assert "1 passed, 1 deselected, 1 error" in done.stdout


def test_long_tests_run_when_asked_for(suite: Path) -> None:
    """The header says which sizes run, and `--long` adds the full ones."""
    short, long = run(suite, "-k", "long", ci=""), run(suite, "-k", "long", "--long", ci="")

    assert (short.returncode, long.returncode) == (5, 0)
    assert "without the long ones (--long runs them)" in short.stdout
    assert "with the long ones" in long.stdout
    assert "1 passed" in long.stdout


def test_group_runs_in_one_process(suite: Path) -> None:
    """However many there are: what the group's tests share is made once."""
    (suite / "test_grouped.py").write_text(GROUPED)
    done = run(suite, "-rP", "-n", "2", "--dist", "loadgroup", "test_grouped.py", ci="")
    processes = re.findall("^process (.*)$", done.stdout, re.MULTILINE)

    assert len(processes) == 8
    assert len(set(processes)) == 1
