"""Nothing gets as far as pip but names, versions, extras, markers and hashes."""

from __future__ import annotations

import pytest

from gettone.control.python_requirements import Wanted, read_requirements
from gettone.model.errors import PlatformError

HASH = "sha256:" + "0123456789abcdef" * 4

FINE = [
    ("requests", "requests"),
    ("  Requests >= 2.31, <3  # why", "Requests<3,>=2.31"),
    ('uvicorn[standard]~=0.30; python_version >= "3.11"', 'uvicorn[standard]~=0.30; python_version >= "3.11"'),
    (f"plain==1.0 --hash={HASH} --hash={HASH}", f"plain==1.0 --hash={HASH} --hash={HASH}"),
]


@pytest.mark.parametrize(("said", "line"), FINE)
def test_a_requirement_by_name_is_passed_on(said: str, line: str) -> None:
    """As it was understood, not as it was written."""
    assert [each.line for each in read_requirements([said], lambda _: None)] == [line]


REFUSED = [
    "-r other.txt",
    "--requirement=other.txt",
    "-e .",
    "--index-url https://evil.example.com/simple",
    "--extra-index-url=https://evil.example.com/simple",
    "-i https://evil.example.com",
    "--find-links /",
    "--no-binary :all:",
    "plain --no-binary :all:",
    "plain --config-settings=a=b",
    "plain --global-option=x",
    "plain --hash=md5:00",
    "plain @ https://example.com/plain.whl",
    "plain @ file:///etc/passwd",
    "plain @ git+https://example.com/plain.git",
    "git+https://example.com/plain.git",
    "https://example.com/plain.whl",
    "./plain",
    "../plain.whl",
    "/etc/passwd",
    "file:///etc/passwd",
    ".",
    "C:\\plain.whl",
    "plain==1.0\n-r other.txt",
    "plain==1.0\r--index-url https://evil.example.com",
    "plain==1.0 \\",
    "${HOME}",
    'plain; python_version > "${HOME}"',
    "plain\x00",
    "p" * 2000,
    "==1.0",
]


@pytest.mark.parametrize("said", REFUSED)
def test_whatever_else_pip_understands_is_refused(said: str) -> None:
    """Options, files, addresses, variables, further lines: with a sentence that quotes the beginning."""
    with pytest.raises(PlatformError, match="The requirement '") as refused:
        read_requirements([said], lambda _: None)

    assert refused.value.code == "invalid"
    assert len(refused.value.message) < 400


def test_empty_lines_and_comments_are_left_out() -> None:
    """As pip does."""
    assert read_requirements(["", "   ", "# requests", "plain"], lambda _: None) == (Wanted("plain", "plain"),)


def test_gettone_itself_is_left_out_and_that_is_said() -> None:
    """In whichever spelling."""
    said: list[str] = []

    assert read_requirements(["Gettone>=0.1"], said.append) == ()
    assert said == ["gettone is in every Python function: it is not installed"]


def test_too_many_are_refused() -> None:
    """The bound is in the sentence."""
    with pytest.raises(PlatformError, match="101 requirements, 100 are allowed"):
        read_requirements([f"plain{number}" for number in range(101)], lambda _: None)
