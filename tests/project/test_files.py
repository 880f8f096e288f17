"""One file is read whole, or refused by name."""

from pathlib import Path

import pytest

from gettone.model.errors import PlatformError
from gettone.project.files import decode_text, find_bytes, megabytes


def test_file_up_to_its_bound_is_read(tmp_path: Path) -> None:
    """The bound itself is allowed, one byte more is not."""
    path = tmp_path / "a"
    path.write_bytes(b"1234")
    assert find_bytes(path, "a", 4) == b"1234"

    with pytest.raises(PlatformError, match=r"^a is larger than") as caught:
        find_bytes(path, "a", 3)
    assert caught.value.code == "too_large"


def test_absent_file_is_none(tmp_path: Path) -> None:
    """So is one below a file, which no folder is."""
    (tmp_path / "a").touch()

    assert find_bytes(tmp_path / "b", "b") is None
    assert find_bytes(tmp_path / "a" / "b", "b") is None


def test_wrong_encoding_is_named_with_its_line() -> None:
    """Nothing of the content is shown."""
    with pytest.raises(PlatformError) as caught:
        decode_text(b"hunter2\r\nhunter2\xff", ".env")

    assert str(caught.value) == ".env is not UTF-8 (line 2): save it as UTF-8"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_sizes_are_short() -> None:
    """Three digits say enough."""
    assert [megabytes(size) for size in (1 << 20, 25 << 20, (5 << 20) // 4)] == ["1 MB", "25 MB", "1.25 MB"]
