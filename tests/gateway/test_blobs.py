"""Contents on a gateway's disk: what was changed on its way or on the disk is never handed out."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gettone.gateway.blobs import Blobs
from gettone.gateway.shelf import UNNAMED_SECONDS
from gettone.model.errors import PlatformError
from tests.feeds import digest_of

CONTENT = b"exports.handler = (context, event, callback) => callback(null, 'x');"
DIGEST = digest_of(CONTENT)


class Seconds:
    """A monotonic clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(folder: Path, clock: Seconds | None = None) -> Blobs:
    """The blobs of a folder, as a new process finds them."""
    blobs = Blobs(folder, clock or Seconds())
    blobs.open()
    return blobs


def receive(blobs: Blobs, content: bytes, digest: str | None = None) -> None:
    """Have a content arrive in pieces of ten bytes."""
    with blobs.receive(digest or digest_of(content)) as take:
        for start in range(0, len(content), 10):
            take(content[start : start + 10])


def test_content_that_arrived_is_there_for_its_owner_alone(tmp_path: Path) -> None:
    """Mode 0600, under its digest, also for the next process."""
    receive(opened(tmp_path), CONTENT)

    blobs = opened(tmp_path)
    assert blobs.find(DIGEST, 1000) == CONTENT
    assert stat.S_IMODE(blobs.place(DIGEST).stat().st_mode) == 0o600


def test_content_that_is_another_is_refused(tmp_path: Path) -> None:
    """And nothing of it stays."""
    blobs = opened(tmp_path)

    with pytest.raises(PlatformError, match="not the one"):
        receive(blobs, CONTENT + b" ", DIGEST)
    assert not blobs.has(DIGEST)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


@pytest.mark.parametrize("damaged", [CONTENT[:-1], b"", b"?" + CONTENT[1:], CONTENT + b"?"])
def test_damaged_content_is_not_handed_out(tmp_path: Path, damaged: bytes) -> None:
    """Cut, emptied or changed on the disk between two starts: it is gone, and can come anew."""
    receive(opened(tmp_path), CONTENT)
    opened(tmp_path).place(DIGEST).write_bytes(damaged)

    blobs = opened(tmp_path)
    assert blobs.find(DIGEST, 1000) is None
    assert not blobs.has(DIGEST, len(CONTENT))
    assert not blobs.verify(DIGEST)
    receive(blobs, CONTENT)
    assert blobs.find(DIGEST, 1000) == CONTENT


def test_half_written_content_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    """What was on its way when the process ended has no name yet."""
    folder = tmp_path / DIGEST[:2]
    folder.mkdir()
    (folder / ".new-abc").write_bytes(CONTENT[:10])

    assert not opened(tmp_path).has(DIGEST)
    assert list(folder.iterdir()) == []


def test_unnamed_content_goes_after_a_while(tmp_path: Path) -> None:
    """Requests that began before a swap may still open it; what is named or held stays."""
    clock = Seconds()
    blobs = opened(tmp_path, clock)
    for content in (b"named", b"held", b"neither"):
        receive(blobs, content)
    blobs.hold([digest_of(b"held")])

    for clock.now in (0.0, UNNAMED_SECONDS - 1):
        blobs.prune({digest_of(b"named")})
    assert blobs.has(digest_of(b"neither"))
    clock.now = UNNAMED_SECONDS
    blobs.prune({digest_of(b"named")})
    assert [blobs.has(digest_of(each)) for each in (b"named", b"held", b"neither")] == [True, True, False]
    blobs.let_go([digest_of(b"held")])
    clock.now = 3 * UNNAMED_SECONDS
    blobs.prune(frozenset())
    clock.now = 5 * UNNAMED_SECONDS
    blobs.prune(frozenset())
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []
