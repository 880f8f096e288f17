"""Why a peer could not be installed, in few words."""

from __future__ import annotations

import pytest

from benchmarks.kit import REASON_LENGTH, Kit, complaint
from benchmarks.standing import Unavailable

NPM = """\
npm error code ETARGET
npm error notarget No matching version found for workerd@^99.
npm error notarget In most cases you or one of your dependencies are requesting
npm error A complete log of this run can be found in: a.log
"""
PIP = """\
ERROR: Could not find a version that satisfies the requirement a==77.* (from versions: 1.0, 1.1)
ERROR: No matching distribution found for a==77.*

"""


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (NPM, "code ETARGET / notarget No matching version found for workerd@^99."),
        (PIP, "ERROR: No matching distribution found for a==77.*"),
        ("", ""),
    ],
)
def test_installers_complaint_is_found(output: str, reason: str) -> None:
    """The line that names the cause, of all that an installer prints as it gives up."""
    assert complaint(output) == reason


def test_complaint_is_short() -> None:
    """It has to fit in a table."""
    assert len(complaint("x" * 10_000)) == REASON_LENGTH


def test_part_that_is_not_there_says_why() -> None:
    """Asking for its version raises the reason."""
    kit = Kit({"there": "1.0"}, {"gone": "not installed: no network"})

    assert kit.version("there") == "1.0"
    with pytest.raises(Unavailable, match="no network"):
        kit.version("gone")
