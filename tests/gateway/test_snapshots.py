"""States on a gateway's disk: what does not open is left out, and never served."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gettone.control.vault import Vault
from gettone.gateway.snapshots import KEPT_MAX, Kept, Snapshots
from gettone.routes.codec import encode_manifest
from gettone.routes.sealing import sign_manifest
from gettone.routes.segment import Manifest
from tests.feeds import KEYS, MASTER_KEY
from tests.gateway.test_blobs import Seconds
from tests.routes.samples import AT, MANIFEST

CLUSTER = "5e" * 16


def state(revision: int, cluster: str = CLUSTER) -> Kept:
    """A signed state."""
    manifest = Manifest(cluster, revision, AT, MANIFEST.segments)
    text = encode_manifest(manifest)
    return Kept(manifest, sign_manifest(Vault(MASTER_KEY).signing_key, text), text)


def opened(folder: Path, cluster: str | None = None) -> Snapshots:
    """The states of a folder, as a new process finds them."""
    snapshots = Snapshots(folder, KEYS.snapshot_key, KEYS.public_key, cluster, os.urandom, Seconds())
    snapshots.open()
    return snapshots


def revisions(snapshots: Snapshots) -> list[int]:
    """What is kept."""
    return [each.manifest.revision for each in snapshots.kept]


def test_last_five_are_kept(tmp_path: Path) -> None:
    """Newest first; the installation is known from them; what was served is never undercut."""
    snapshots = opened(tmp_path)
    for revision in range(1, 9):
        snapshots.write(state(revision))

    again = opened(tmp_path)
    assert revisions(again) == [8, 7, 6, 5, 4][:KEPT_MAX]
    assert (again.cluster, again.floor, again.kept[0]) == (CLUSTER, 8, state(8))


def test_nothing_on_the_disk_can_be_read_without_the_key(tmp_path: Path) -> None:
    """Owners and digests are sealed, too."""
    opened(tmp_path).write(state(1))

    for file in (each for each in tmp_path.rglob("*") if each.is_file()):
        assert MANIFEST.segments[0].owner.encode() not in file.read_bytes()


def test_one_changed_byte_leaves_a_state_out(tmp_path: Path) -> None:
    """Any byte of the file: the state before it is what is found, and the floor stays."""
    snapshots = opened(tmp_path)
    snapshots.write(state(1))
    snapshots.write(state(2))
    file = tmp_path / f"{2:020d}"
    content = file.read_bytes()

    for place in range(len(content)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        found = opened(tmp_path)
        assert revisions(found) == [1], f"byte {place}"
        assert found.floor == 2


@pytest.mark.parametrize("length", [0, 1, 50, 200, -1])
def test_cut_state_is_left_out(tmp_path: Path, length: int) -> None:
    """As after a loss of power that the file system did not survive whole."""
    opened(tmp_path).write(state(1))
    file = tmp_path / f"{1:020d}"
    file.write_bytes(file.read_bytes()[:length])

    assert revisions(opened(tmp_path)) == []


def test_state_under_another_name_is_left_out(tmp_path: Path) -> None:
    """An old state that is copied to the place of a newer one is not taken for it."""
    snapshots = opened(tmp_path)
    snapshots.write(state(1))
    snapshots.write(state(2))
    shutil.copy(tmp_path / f"{1:020d}", tmp_path / f"{2:020d}")
    shutil.copy(tmp_path / f"{1:020d}", tmp_path / f"{3:020d}")
    shutil.copy(tmp_path / f"{1:020d}", tmp_path / "floor")

    found = opened(tmp_path)
    assert (revisions(found), found.floor) == ([1], 1)


def test_state_of_another_installation_is_left_out(tmp_path: Path) -> None:
    """Its folder was put in the place of ours."""
    opened(tmp_path).write(state(1, "0f" * 16))

    assert revisions(opened(tmp_path, CLUSTER)) == []


def test_state_that_nobody_signed_is_left_out(tmp_path: Path) -> None:
    """Who has the snapshot key alone publishes nothing."""
    forged = state(1)
    opened(tmp_path).write(Kept(forged.manifest, bytes(64), forged.text))

    assert revisions(opened(tmp_path)) == []


def test_damaged_segment_is_removed(tmp_path: Path) -> None:
    """So that it is fetched anew: any byte of it, or another's in its place."""
    snapshots = opened(tmp_path)
    snapshots.cluster = CLUSTER
    entry = MANIFEST.segments[0]
    for damaged in (b"", b"x" * 300):
        snapshots.segments.put(entry.digest, damaged)

        assert snapshots.segment(entry) is None
        assert snapshots.segments.find_size(entry.digest) is None
