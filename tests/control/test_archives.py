"""A bundle's archive holds what lies in a folder, and nothing about where, when or by whom it was made."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path

import pytest

from gettone.control.archives import Archive, ArchiveBounds, pack
from gettone.gateway.packages import Packages
from gettone.model.errors import PlatformError

BOUNDS = ArchiveBounds()


def fill(folder: Path, *names: str) -> Path:
    """A small node_modules; files are made in this order."""
    for name in names:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"content of {name}\n")
    return folder


NAMES = ("a/index.js", "a-b/index.js", "a/lib/deep.js", "@scope/c/index.js", "é/" + "long" * 40 + ".js")


def test_equal_content_makes_equal_bytes(tmp_path: Path) -> None:
    """Whatever the order, the times, the owners and the modes in which it was written."""
    one, other = fill(tmp_path / "one", *NAMES), fill(tmp_path / "other", *NAMES[::-1])
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700 if path.is_dir() else 0o600)
    packed = pack(one, tmp_path / "one.gz", BOUNDS)

    assert pack(other, tmp_path / "other.gz", BOUNDS) == packed
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other.gz").read_bytes()
    assert packed.digest == hashlib.sha256((tmp_path / "one.gz").read_bytes()).hexdigest()
    assert packed.size_bytes == (tmp_path / "one.gz").stat().st_size


def test_a_gateway_unpacks_what_was_packed(tmp_path: Path) -> None:
    """Every file, what can be run, empty folders, and links that stay inside."""
    folder = fill(tmp_path / "node_modules", *NAMES)
    (folder / "a" / "index.js").chmod(0o755)
    (folder / ".bin").mkdir()
    (folder / ".bin" / "a").symlink_to("../a/index.js")
    (folder / "empty").mkdir()
    packed = pack(folder, tmp_path / "archive", BOUNDS)
    cache = Packages(tmp_path / "cache", lambda: 0.0)
    cache.open()
    unpacked = cache.unpack(packed.digest, "node_modules", tmp_path / "archive")

    assert {_shape(path, unpacked) for path in unpacked.rglob("*")} == {
        _shape(path, folder) for path in folder.rglob("*")
    }


def _shape(path: Path, top: Path) -> tuple[str, str, bool]:
    content = "folder" if path.is_dir() else os.readlink(path) if path.is_symlink() else path.read_text()
    return str(path.relative_to(top)), content, os.access(path, os.X_OK) and bool(path.stat().st_mode & 0o111)


LEADING_OUT = ["/etc/passwd", "../..", "../../x", "x/../../../y", "../a/../../../etc", "a/.."]


def test_what_leads_out_and_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    """A link to the host's files would be one to the gateway's; a pipe would block who reads it."""
    folder = fill(tmp_path / "node_modules", "a/index.js")
    for number, target in enumerate(LEADING_OUT):
        (folder / "a" / f"link{number}").symlink_to(target)
    os.mkfifo(folder / "a" / "pipe")
    packed = pack(folder, tmp_path / "archive", BOUNDS)

    with tarfile.open(tmp_path / "archive") as archive:
        assert archive.getnames() == ["a", "a/index.js"]
    assert packed.entries == 2


@pytest.mark.parametrize("bounds", [ArchiveBounds(bytes=50), ArchiveBounds(entries=3)])
def test_more_than_the_bounds_is_refused(bounds: ArchiveBounds, tmp_path: Path) -> None:
    """By bytes or by number of files."""
    folder = fill(tmp_path / "node_modules", *NAMES)

    with pytest.raises(PlatformError, match="leave some out") as refused:
        pack(folder, tmp_path / "archive", bounds)

    assert refused.value.code == "too_large"


def test_packing_stops_when_it_is_told_to(tmp_path: Path) -> None:
    """Between two files."""
    folder = fill(tmp_path / "node_modules", *NAMES)
    asked: list[int] = []

    def go_on() -> bool:
        asked.append(1)
        return len(asked) < 3

    with pytest.raises(InterruptedError):
        pack(folder, tmp_path / "archive", BOUNDS, go_on)

    assert len(asked) == 3


def test_an_empty_folder_is_an_archive_too(tmp_path: Path) -> None:
    """Which holds nothing."""
    (tmp_path / "node_modules").mkdir()
    packed = pack(tmp_path / "node_modules", tmp_path / "archive", BOUNDS)

    assert packed == Archive(packed.digest, packed.size_bytes, 0, 0)
