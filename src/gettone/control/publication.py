"""What is published now, and what is to change of it: one transaction's view of the snapshot. Must not know why.

State: `_entries`, the newest manifest's; `_changes`, by owner, of which `write` makes the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gettone.control.vault import Vault
from gettone.model.errors import PlatformError
from gettone.model.sids import ACCOUNT, Randomness
from gettone.routes.codec import decode_segment, encode_manifest, encode_segment
from gettone.routes.sealing import keyed_digest, open_segment, seal_segment, sign_manifest, verify_manifest
from gettone.routes.segment import Manifest, PublishedSegment, SegmentEntry, SegmentKind
from gettone.store.interface import Segment, Snapshot, Transaction

SNAPSHOTS_KEPT = 20


@dataclass(frozen=True, slots=True)
class _Change:
    digest: str
    plain: bytes = field(repr=False)


class Publication:
    """The published state, within one transaction."""

    def __init__(self, tx: Transaction, vault: Vault, cluster: str, newest: Manifest | None) -> None:
        self._tx = tx
        self._vault = vault
        self.cluster = cluster
        self.revision = 0 if newest is None else newest.revision
        self._entries = {} if newest is None else {entry.owner: entry for entry in newest.segments}
        self._changes: dict[str, _Change | None] = {}

    @classmethod
    async def open(cls, tx: Transaction, vault: Vault) -> Publication:
        """Read what is published. Raises PlatformError when it is not this installation's own."""
        cluster = await tx.cluster()
        if cluster is None:
            raise PlatformError("internal", "nothing can be published before the installation was founded")
        latest = await tx.snapshots.latest()
        if latest is None:
            return cls(tx, vault, cluster.id, None)
        # SAFETY: what is signed next holds the entries of what was published last; they must be our own.
        public_key = vault.gateway_keys().public_key
        newest = verify_manifest(public_key, latest.signature, latest.manifest, cluster.id, latest.revision)
        return cls(tx, vault, cluster.id, newest)

    @property
    def entries(self) -> Mapping[str, SegmentEntry]:
        """What is published, by owner."""
        return self._entries

    def set(self, owner: str, segment: PublishedSegment | None) -> None:
        """Publish this of an owner, or nothing. It is no change where it is published already."""
        entry = self._entries.get(owner)
        if segment is None:
            if entry is not None:
                self._changes[owner] = None
            return
        plain = encode_segment(segment)
        digest = keyed_digest(self._vault.snapshot_key, plain)
        if entry is None or entry.digest != digest:
            self._changes[owner] = _Change(digest, plain)

    @property
    def changed(self) -> tuple[str, ...]:
        """Whose segments are to change."""
        return tuple(self._changes)

    async def find(self, owner: str) -> PublishedSegment | None:
        """What is published of an owner. Raises PlatformError when it does not open."""
        entry = self._entries.get(owner)
        if entry is None:
            return None
        kept = await self._tx.snapshots.find_segment(entry.digest)
        if kept is None:
            raise PlatformError("internal", f"the published segment of {owner} is not kept")
        return decode_segment(open_segment(self._vault.snapshot_key, self.cluster, owner, entry.digest, kept.content))

    async def write(self, now: datetime, randomness: Randomness) -> int | None:
        """Write what changes, and the manifest over all. Its revision; None where nothing changes."""
        if not self._changes:
            return None
        entries = dict(self._entries)
        for owner, change in self._changes.items():
            if change is None:
                await self._tx.snapshots.drop_segment(owner)
                del entries[owner]
                continue
            key = self._vault.snapshot_key
            sealed = seal_segment(key, self.cluster, owner, change.digest, change.plain, randomness)
            await self._tx.snapshots.put_segment(Segment(owner, change.digest, sealed))
            entries[owner] = SegmentEntry(owner, _kind(owner), change.digest, len(sealed))
        revision = self.revision + 1
        manifest = encode_manifest(
            Manifest(self.cluster, revision, now, tuple(entries[sid] for sid in sorted(entries)))
        )
        signature = sign_manifest(self._vault.signing_key, manifest)
        await self._tx.snapshots.put(Snapshot(revision, manifest, signature, now), SNAPSHOTS_KEPT)
        return revision


def _kind(owner: str) -> SegmentKind:
    return SegmentKind.ACCOUNT if ACCOUNT.matches(owner) else SegmentKind.ENVIRONMENT
