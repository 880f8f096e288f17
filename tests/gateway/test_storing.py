"""What stays on a gateway's disk, and what goes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from gettone.control.vault import Vault
from gettone.gateway.blobs import Blobs
from gettone.gateway.board import LoadedEnvironment
from gettone.gateway.loading import Loader
from gettone.gateway.packages import Packages
from gettone.gateway.shelf import UNNAMED_SECONDS
from gettone.gateway.snapshots import Kept, Snapshots
from gettone.gateway.storing import Storing
from gettone.routes.codec import encode_manifest, encode_segment
from gettone.routes.sealing import keyed_digest, seal_segment, sign_manifest
from gettone.routes.segment import Manifest, SegmentEntry, SegmentKind
from tests.feeds import KEYS, MASTER_KEY, Site, digest_of
from tests.gateway.test_blobs import Seconds
from tests.routes.samples import AT

pytestmark = pytest.mark.anyio

CLUSTER = "5e" * 16


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the gateway runs on, but for uvloop."""
    return "asyncio"


@dataclass
class Disk:
    """A gateway's folder, and the clock of those who look after it."""

    folder: Path
    bytes_max: int = 1 << 30

    def __post_init__(self) -> None:
        self.clock = Seconds()
        self.snapshots = Snapshots(
            self.folder / "s", KEYS.snapshot_key, KEYS.public_key, CLUSTER, os.urandom, self.clock
        )
        self.blobs = Blobs(self.folder / "b", self.clock)
        packages = Packages(self.folder / "p", self.clock)
        for each in (self.snapshots, self.blobs, packages):
            each.open()
        loader = Loader(self.snapshots, self.blobs, packages, 80)
        self.storing = Storing(self.snapshots, self.blobs, packages, loader, self.bytes_max)

    async def serve(self, revision: int) -> LoadedEnvironment:
        """Have a revision of one environment on the disk, with a content of its own of a hundred bytes."""
        content = content_of(revision)
        with self.blobs.receive(digest_of(content)) as take:
            take(content)
        segment = Site("a-1", {"functions/a.py": content}, build=str(revision)).segment()
        plain = encode_segment(segment)
        digest = keyed_digest(KEYS.snapshot_key, plain)
        sealed = seal_segment(KEYS.snapshot_key, CLUSTER, segment.owner, digest, plain, os.urandom)
        entry = SegmentEntry(segment.owner, SegmentKind.ENVIRONMENT, digest, len(sealed))
        self.snapshots.receive(entry, sealed)
        text = encode_manifest(manifest := Manifest(CLUSTER, revision, AT, (entry,)))
        self.storing.keep(Kept(manifest, sign_manifest(Vault(MASTER_KEY).signing_key, text), text))
        await self.storing.settle()
        return LoadedEnvironment(entry, segment, None, {})  # type: ignore[arg-type]  # nobody asks what was made of it

    async def tidy(self, *served: LoadedEnvironment) -> None:
        """Tidy now, and again when what nobody named has been there for long enough."""
        await self.storing.tidy(list(served))
        self.clock.now += UNNAMED_SECONDS
        await self.storing.tidy(list(served))

    def holds(self) -> list[int]:
        """The revisions whose content is there."""
        return [revision for revision in range(1, 10) if self.blobs.has(digest_of(content_of(revision)))]


def content_of(revision: int) -> bytes:
    """A content of a hundred bytes."""
    return str(revision).encode() * 100


async def test_contents_of_the_last_five_states_stay(tmp_path: Path) -> None:
    """What no kept state names goes after a while."""
    disk = Disk(tmp_path)
    loaded = [await disk.serve(revision) for revision in range(1, 8)]
    await disk.storing.tidy(loaded[-1:])
    assert disk.holds() == list(range(1, 8))

    await disk.tidy(loaded[-1])

    assert disk.holds() == [3, 4, 5, 6, 7]
    assert [each.manifest.revision for each in Disk(tmp_path).snapshots.kept] == [7, 6, 5, 4, 3]


async def test_what_is_served_stays_whatever_is_kept(tmp_path: Path) -> None:
    """An old version that stands in; also where the disk has lost its segment."""
    disk = Disk(tmp_path)
    loaded = [await disk.serve(revision) for revision in range(1, 8)]
    disk.snapshots.segments.remove(loaded[0].entry.digest)

    await disk.tidy(loaded[0])

    assert disk.holds() == [1, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(("served", "stays"), [(5, [4, 5]), (1, [1, 5])])
async def test_disk_is_bounded(tmp_path: Path, served: int, stays: list[int]) -> None:
    """Beyond the bound older states go, one by one; never the newest, nor what is served."""
    disk = Disk(tmp_path, bytes_max=250)
    loaded = [await disk.serve(revision) for revision in range(1, 6)]

    await disk.tidy(loaded[served - 1])

    assert disk.holds() == stays


async def test_full_disk_is_survived(tmp_path: Path) -> None:
    """A state that cannot be written is not kept; the next one is, once there is room."""
    disk = Disk(tmp_path)
    await disk.serve(1)
    (tmp_path / "s").rename(tmp_path / "away")
    (tmp_path / "s").write_bytes(b"")
    with pytest.raises(OSError, match="Not a directory"):
        await disk.serve(2)
    text = encode_manifest(manifest := Manifest(CLUSTER, 3, AT, ()))
    state = Kept(manifest, sign_manifest(Vault(MASTER_KEY).signing_key, text), text)
    disk.storing.keep(state)
    await disk.storing.settle()
    assert [each.manifest.revision for each in disk.snapshots.kept] == [1]

    (tmp_path / "s").unlink()
    (tmp_path / "away").rename(tmp_path / "s")
    disk.storing.keep(state)
    await disk.storing.settle()

    assert [each.manifest.revision for each in Disk(tmp_path).snapshots.kept] == [3, 1]
