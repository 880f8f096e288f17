"""Archives of packages: unpacked once and whole, and nothing of them outside their folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from gettone.gateway.packages import UNNAMED_SECONDS, Packages
from gettone.model.errors import PlatformError
from tests.gateway.test_blobs import Seconds

DIGEST = "ab" * 32


def archive(folder: Path, *members: tarfile.TarInfo, mode: str = "w") -> Path:
    """An archive of these members; files hold their own name."""
    place = folder / "archive.tar"
    with tarfile.open(place, mode) as made:  # type: ignore[call-overload]
        for member in members:
            member.size = len(member.name) if member.isfile() else 0
            made.addfile(member, io.BytesIO(member.name.encode()) if member.isfile() else None)
    return place


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    """A member of an archive."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, target, mode
    return made


def opened(folder: Path, clock: Seconds | None = None) -> Packages:
    """The packages of a folder, as a new process finds them."""
    packages = Packages(folder / "bundles", clock or Seconds())
    packages.open()
    return packages


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_archive_is_unpacked_under_its_usual_name(tmp_path: Path, mode: str) -> None:
    """Node finds a package's neighbours by the name of the folder above; links inside stay links."""
    place = archive(
        tmp_path,
        member("left/index.js"),
        member(".bin/left", tarfile.SYMTYPE, "../left/index.js"),
        member("left/copy.js", tarfile.LNKTYPE, "left/index.js"),
        mode=mode,
    )

    folder = opened(tmp_path).unpack(DIGEST, "node_modules", place)

    assert folder.name == "node_modules"
    assert (folder / ".bin" / "left").read_text() == (folder / "left" / "copy.js").read_text() == "left/index.js"
    assert not (folder / "left" / "index.js").stat().st_mode & 0o022


@pytest.mark.parametrize(
    "hostile",
    [
        [member("../out")],
        [member("/tmp/out")],
        [member("a/../../out")],
        [member("a", tarfile.SYMTYPE, "../out")],
        [member("a", tarfile.SYMTYPE, "/etc")],
        [member("a/b", tarfile.SYMTYPE, "../../out")],
        [member("a", tarfile.LNKTYPE, "../out")],
        [member("d/d/x", tarfile.SYMTYPE, "../../top"), member("y", tarfile.SYMTYPE, "d/d/x/../../out")],
        [member("a", tarfile.SYMTYPE, "."), member("a/../../out")],
        [member("a", tarfile.FIFOTYPE)],
        [member("a", tarfile.CHRTYPE)],
        [member("a", tarfile.BLKTYPE)],
    ],
)
def test_nothing_leads_out_of_the_folder(tmp_path: Path, hostile: list[tarfile.TarInfo]) -> None:
    """Such an archive is refused whole, and nothing of it stays."""
    packages = opened(tmp_path)

    with pytest.raises(PlatformError, match="cannot be unpacked"):
        packages.unpack(DIGEST, "node_modules", archive(tmp_path, *hostile))
    assert list((tmp_path / "bundles").iterdir()) == []
    assert not list(tmp_path.rglob("out"))


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b" + bytes(40)])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """With words for whoever built it."""
    place = tmp_path / "archive.tar"
    place.write_bytes(content)

    with pytest.raises(PlatformError, match="build it anew"):
        opened(tmp_path).unpack(DIGEST, "node_modules", place)


def test_what_may_not_have_reached_the_disk_is_unpacked_anew(tmp_path: Path) -> None:
    """A process that was killed before `sync` leaves files that a loss of power may have emptied."""
    packages = opened(tmp_path)
    packages.unpack(DIGEST, "site-packages", archive(tmp_path, member("a.py")))

    assert opened(tmp_path).find(DIGEST, "site-packages") is None
    packages = opened(tmp_path)
    packages.unpack(DIGEST, "site-packages", tmp_path / "archive.tar")
    packages.sync()
    found = opened(tmp_path).find(DIGEST, "site-packages")
    assert found is not None
    assert (found / "a.py").read_text() == "a.py"


def test_unnamed_packages_go_after_a_while(tmp_path: Path) -> None:
    """Functions that began before a swap may yet import something."""
    clock = Seconds()
    packages = opened(tmp_path, clock)
    packages.unpack(DIGEST, "node_modules", archive(tmp_path, member("a.js")))
    packages.sync()

    packages.prune(frozenset())
    assert packages.find(DIGEST, "node_modules") is not None
    clock.now = UNNAMED_SECONDS
    packages.prune({DIGEST})
    packages.prune(frozenset())
    clock.now = 2 * UNNAMED_SECONDS
    packages.prune(frozenset())
    assert packages.find(DIGEST, "node_modules") is None
    assert list((tmp_path / "bundles").iterdir()) == []
