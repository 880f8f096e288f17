"""`.env` to variables, without a value in any message."""

import os
import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.model.errors import PlatformError
from gettone.project.variables import parse_variables, read_variables
from tests.project.folders import write_files
from tests.project.outcomes import outcome


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB=2\n", {"A": "1", "B": "2"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("\ufeffA=1", {"A": "1"}),
        ("export A=1", {"A": "1"}),
        ("  A = 1  ", {"A": "1"}),
        ("# remark\n\nA=1 # remark\n", {"A": "1"}),
        ("A=a#b", {"A": "a#b"}),
        ("A='a # b'", {"A": "a # b"}),
        ('A="one\\ntwo"', {"A": "one\ntwo"}),
        ("A='one\\ntwo'", {"A": "one\\ntwo"}),
        ('A="one\ntwo"\nB=3', {"A": "one\ntwo", "B": "3"}),
        ("A=${B}$B\nB=1", {"A": "${B}$B", "B": "1"}),
        ("A=1\nA=2", {"A": "2"}),
        ("A=a=b==", {"A": "a=b=="}),
        ("A=Zoë 漢", {"A": "Zoë 漢"}),
        ("", {}),
    ],
)
def test_dotenv_syntax_is_read(text: str, expected: dict[str, str]) -> None:
    """Quotes, export, remarks, several lines; a dollar sign is a dollar sign."""
    variables, remarks = parse_variables(text, ".env")

    assert variables == expected
    assert remarks == ()


def test_empty_value_is_left_out_with_a_remark() -> None:
    """As Twilio drops it; the remark names the variables."""
    variables, remarks = parse_variables("A=\nB=1\nC=''\nB=\nD= # later\nE=5\n", ".env")

    assert variables == {"E": "5"}
    assert remarks == (".env: A, B, C, D left out, for an empty value is no variable (as on Twilio)",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=1\nhunter2 hunter2\nB=2", 2),
        ("A=1\n\n\n  hunter2 hunter2\n", 4),
        ("A=1\r\n\r\nhunter2 hunter2\r\n", 3),
        ("A=1\nSECRET='hunter2\nB=2\n", 2),
        ('A=1\nSECRET="hunter2" hunter2\n', 2),
        ("# remark\nSECRET=1\nhunter2\n", 3),
        ("A=1\n=hunter2", 2),
        ("A='one\ntwo'\nhunter2", 3),
        ("A=1\nSECRET='hunter2\0'", 2),
    ],
)
def test_broken_line_is_named_and_not_shown(text: str, line: int) -> None:
    """The error has file and line; the line itself may be a piece of a secret."""
    with pytest.raises(PlatformError) as caught:
        parse_variables(text, "config/.env")

    assert caught.value.code == "invalid"
    assert str(caught.value).startswith(f"config/.env, line {line}: the line ")
    assert "hunter2" not in str(caught.value) + repr(caught.value)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
        max_size=5,
    )
)
def test_quoted_values_come_back(values: dict[str, str]) -> None:
    """Any text in single quotes, with quotes and backslashes escaped, is that text."""
    escaped = {name: re.sub(r"([\\'])", r"\\\1", value) for name, value in values.items()}
    lines = [f"{name}='{value}'" for name, value in escaped.items()]

    variables, remarks = parse_variables("\n".join(lines), ".env")

    assert variables == values
    assert remarks == ()


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """A file that somebody else wrote never ends in another error."""
    came = outcome(lambda: parse_variables(text, ".env"))

    if isinstance(came, PlatformError):
        assert came.message.startswith(".env, line ")
    else:
        assert all(came[0].values())


def test_named_file_wins_over_dotenv(tmp_path: Path) -> None:
    """`--env FILE` is read instead of the folder's .env, not with it."""
    write_files(tmp_path, {".env": "A=1\nB=1", "other/production.env": "A=2"})

    assert read_variables(tmp_path, None)[0] == {"A": "1", "B": "1"}
    assert read_variables(tmp_path, tmp_path / "other/production.env")[0] == {"A": "2"}


def test_folder_without_dotenv_has_no_variables(tmp_path: Path) -> None:
    """Nothing is required of a project that needs no variables."""
    variables, remarks = read_variables(tmp_path, None)

    assert variables == {}
    assert remarks == ()


def test_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """Whoever names a file wants it read."""
    missing = tmp_path / "missing.env"

    with pytest.raises(PlatformError, match=re.escape(f"there is no file {missing}:")) as caught:
        read_variables(tmp_path, missing)

    assert caught.value.code == "not_found"


def test_dotenv_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A folder of that name, or another encoding, is named."""
    (tmp_path / ".env").mkdir()
    with pytest.raises(PlatformError, match=r"^\.env cannot be read \(is a directory\)"):
        read_variables(tmp_path, None)

    other = write_files(tmp_path / "b", {".env": "A=1\nSECRET=\xff".encode("latin-1")})
    with pytest.raises(PlatformError, match=r"^\.env is not UTF-8 \(line 2\)"):
        read_variables(other, None)


def test_variables_may_come_through_a_pipe(tmp_path: Path) -> None:
    """Password managers hand out `.env` as a pipe, so that no secret lies on disk."""
    pipe = tmp_path / ".env"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("A=1",), daemon=True)
    writer.start()
    variables, _ = read_variables(tmp_path, None)
    writer.join()

    assert variables == {"A": "1"}
