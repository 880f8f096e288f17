"""What every store keeps besides rows: content by its digest, and the published state."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gettone.model.errors import PlatformError
from gettone.store.blobs import PIECE_BYTES
from gettone.store.interface import Segment, Snapshot, Store, Transaction
from tests import stores
from tests.store import nouns
from tests.store.nouns import MOMENT

pytestmark = pytest.mark.anyio

SIZES = [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES]


def digest_of(content: bytes) -> str:
    """What content is kept under."""
    return hashlib.sha256(content).hexdigest()


async def in_parts(content: bytes, size: int) -> AsyncIterator[bytes]:
    """Content as it comes over a network."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def put(tx: Transaction, content: bytes) -> str:
    """Keep content; returns its digest."""
    await tx.blobs.put(digest_of(content), content)
    return digest_of(content)


async def test_content_comes_back_whole_and_in_pieces(engine_store: Store) -> None:
    """Of any size, however it came; no piece is larger than a mebibyte."""
    contents = [bytes([size % 251]) * size for size in SIZES]
    for content in contents:
        async with engine_store.writing() as tx:
            await tx.blobs.put(digest_of(content), in_parts(content, 300_000))
    async with engine_store.reading() as tx:
        for content in contents:
            digest = digest_of(content)
            pieces = [piece async for piece in tx.blobs.pieces(digest)]

            assert (await tx.blobs.has(digest), await tx.blobs.find(digest)) == (True, content)
            assert b"".join(pieces) == content
            assert all(len(piece) <= PIECE_BYTES for piece in pieces)
            assert await tx.blobs.piece(digest, len(pieces)) is None


async def test_content_that_is_not_there_is_nowhere(engine_store: Store) -> None:
    """Not there, no bytes, no piece."""
    async with engine_store.reading() as tx:
        found = (await tx.blobs.has("0" * 64), await tx.blobs.find("0" * 64), await tx.blobs.piece("0" * 64, 0))
        pieces = [piece async for piece in tx.blobs.pieces("0" * 64)]

    assert (found, pieces) == ((False, None, None), [])


async def test_content_is_kept_once(engine_store: Store) -> None:
    """Putting it again changes nothing, not even when the second source fails: it is not read."""

    async def broken() -> AsyncIterator[bytes]:
        raise AssertionError("nobody has to read this")
        yield b""

    async with engine_store.writing() as tx:
        digest = await put(tx, b"content")
    async with engine_store.writing() as tx:
        await tx.blobs.put(digest, broken())
        found = await tx.blobs.find(digest)

    assert found == b"content"


async def test_content_under_another_digest_is_refused(engine_store: Store) -> None:
    """What was damaged on its way is not kept."""
    with pytest.raises(PlatformError) as refused:
        async with engine_store.writing() as tx:
            await tx.blobs.put(digest_of(b"this"), b"that")
    async with engine_store.reading() as tx:
        kept = await tx.blobs.has(digest_of(b"this"))

    assert (refused.value.code, kept) == ("internal", False)


async def test_content_that_breaks_off_leaves_nothing(engine_store: Store) -> None:
    """An upload that ends in an error is undone, its first pieces too."""

    async def breaking_off() -> AsyncIterator[bytes]:
        yield bytes(2 * PIECE_BYTES)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        async with engine_store.writing() as tx:
            await tx.blobs.put(digest_of(b"any"), breaking_off())
    async with engine_store.reading() as tx:
        left = (await tx.blobs.has(digest_of(b"any")), await tx.blobs.piece(digest_of(b"any"), 0))

    assert left == (False, None)


async def test_pruning_keeps_what_is_referred_to(engine_store: Store) -> None:
    """Versions, a build's bundles and bundles used since keep content; the rest goes when it is old enough."""
    past, future = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    async with engine_store.writing() as tx:
        names = ("function", "asset", "node", "python", "recent", "idle", "idle but built with", "orphan")
        kept = {name: await put(tx, name.encode()) for name in names}
        await nouns.furnish(tx)
        await tx.function_versions.add(nouns.function_version(7, digest=kept["function"]))
        await tx.asset_versions.add(nouns.asset_version(7, digest=kept["asset"]))
        await tx.builds.add(nouns.build(7, node_bundle=kept["node"], python_bundle=kept["python"]))
        await tx.builds.add(nouns.build(8, node_bundle=kept["idle but built with"]))
        await tx.bundles.add(nouns.bundle(1, digest=kept["recent"], used_at=future + timedelta(hours=1)))
        await tx.bundles.add(nouns.bundle(2, digest=kept["idle"]))
        await tx.bundles.add(nouns.bundle(3, digest=kept["idle but built with"]))
        too_early = await tx.blobs.prune(past)
        gone = await tx.blobs.prune(future)
        left = {name for name, digest in kept.items() if await tx.blobs.has(digest)}
        bundles = [bundle.key for bundle in await tx.bundles.all()]

    assert (too_early, gone) == (0, 2)
    assert set(kept) - left == {"idle", "orphan"}
    assert bundles == [nouns.bundle(1).key, nouns.bundle(3).key]


async def test_content_that_is_put_again_is_new_to_pruning(engine_store: Store) -> None:
    """Somebody who puts old content is about to refer to it."""
    async with engine_store.writing() as tx:
        digest = await put(tx, b"content")
    between = datetime.now(UTC)
    async with engine_store.writing() as tx:
        await put(tx, b"content")
        gone = (await tx.blobs.prune(between), await tx.blobs.prune(datetime.now(UTC) + timedelta(seconds=1)))
        left = await tx.blobs.has(digest)

    assert (gone, left) == ((0, 1), False)


def segment(owner: str, version: int) -> Segment:
    """A segment of an owner."""
    return Segment(owner, f"{owner} {version}", f"sealed {owner} {version}".encode())


def snapshot(revision: int) -> Snapshot:
    """A manifest."""
    return Snapshot(revision, b"manifest %d" % revision, b"signature", MOMENT)


async def test_the_newest_segment_of_an_owner_is_current(engine_store: Store) -> None:
    """Each owner has one; a dropped one has none, and its last is still kept."""
    async with engine_store.writing() as tx:
        for each in (segment("a", 1), segment("b", 1), segment("a", 2)):
            await tx.snapshots.put_segment(each)
        await tx.snapshots.drop_segment("b")
        await tx.snapshots.drop_segment("nobody")
        current = await tx.snapshots.current_segments()
        found = await tx.snapshots.find_segment("a 2"), await tx.snapshots.find_segment("none")

    assert (current, found) == ({"a": "a 2"}, (segment("a", 2), None))


async def test_the_newest_manifests_are_kept(engine_store: Store) -> None:
    """So many, newest first; a revision is written once."""
    async with engine_store.writing() as tx:
        nothing = (await tx.snapshots.latest(), await tx.snapshots.list(5))
        for revision in (1, 2, 3, 4):
            await tx.snapshots.put(snapshot(revision), 3)
        latest, kept, two = await tx.snapshots.latest(), await tx.snapshots.list(5), await tx.snapshots.list(2)
    with pytest.raises(PlatformError) as refused:
        async with engine_store.writing() as tx:
            await tx.snapshots.put(snapshot(4), 3)

    assert nothing == (None, [])
    assert (latest, kept) == (snapshot(4), [snapshot(4), snapshot(3), snapshot(2)])
    assert (two, refused.value.code) == ([snapshot(4), snapshot(3)], "conflict")


OWNERS = st.sampled_from("abc")
# What a publication changes: an owner's new version (several owners may come back to an old one), or its end.
CHANGES = st.dictionaries(OWNERS, st.none() | st.integers(1, 3), max_size=3)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(publications=st.lists(CHANGES, max_size=9), keep=st.integers(1, 3))
async def test_every_kept_manifest_has_its_segments(publications: list[dict[str, int | None]], keep: int) -> None:
    """Whatever was published: what kept manifests name and what is current is there, and nothing older is."""
    current: dict[str, str] = {}
    named: list[set[str]] = []
    ever: set[str] = set()
    async with stores.sqlite_memory() as store:
        for revision, changes in enumerate(publications, 1):
            async with store.writing() as tx:
                for owner, version in changes.items():
                    if version is None:
                        await tx.snapshots.drop_segment(owner)
                        current.pop(owner, None)
                    else:
                        await tx.snapshots.put_segment(segment(owner, version))
                        current[owner] = segment(owner, version).digest
                await tx.snapshots.put(snapshot(revision), keep)
                named.append(set(current.values()))
                ever |= set(current.values())
                needed = set().union(*named[-keep:])
                kept = {digest for digest in ever if await tx.snapshots.find_segment(digest)}
                published = await tx.snapshots.current_segments()

            assert (kept, published) == (needed, current)
