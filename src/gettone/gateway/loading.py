"""One published segment, made into what can be served: from this node's disk, and from control what is not there.

Nothing is believed for its name: segments are opened, contents are digested. What cannot be had says why, in words for
whoever published it. Must not know manifests, nor when something is served.

State: `_under_way`, contents that are fetched and archives that are unpacked: two who want one wait for one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from gettone.gateway.blobs import Blobs
from gettone.gateway.link import Link, LinkLost
from gettone.gateway.packages import Packages
from gettone.gateway.snapshots import Snapshots
from gettone.model.errors import PlatformError
from gettone.model.functions import MODULE_BYTES_MAX, Visibility
from gettone.routes.codec import decode_segment
from gettone.routes.compile import compile_environment
from gettone.routes.materialise import materialise
from gettone.routes.segment import (
    AccountSegment,
    EnvironmentSegment,
    PublishedSegment,
    SegmentEntry,
    SegmentKind,
)
from gettone.routes.table import Environment

NODE_MODULES = "node_modules"
SITE_PACKAGES = "site-packages"
FETCHES_MAX = 16
UNPACKS_MAX = 2
HTTP_PORTS = (80, 443)


@dataclass(frozen=True, slots=True)
class Draft:
    """A segment with what this disk has of it. `missing` are digests with their sizes where these are known."""

    segment: EnvironmentSegment
    sources: dict[str, bytes] = field(default_factory=dict, repr=False)
    missing: dict[str, int | None] = field(default_factory=dict)


class Loader:
    """Loads segments. `port` is the one that functions are reached at, for their DOMAIN_NAME."""

    def __init__(self, snapshots: Snapshots, blobs: Blobs, packages: Packages, port: int) -> None:
        self._snapshots = snapshots
        self._blobs = blobs
        self._packages = packages
        self._suffix = "" if port in HTTP_PORTS else f":{port}"
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._fetching = asyncio.Semaphore(FETCHES_MAX)
        # Few: each holds a thread for as long as it takes, and requests for assets want threads, too.
        self._unpacking = asyncio.Semaphore(UNPACKS_MAX)

    async def close(self) -> None:
        """End what is on its way."""
        under_way = list(self._under_way.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def segment(self, entry: SegmentEntry, link: Link | None) -> PublishedSegment:
        """Read a segment. Raises PlatformError, LinkLost, OSError."""
        plain = await asyncio.to_thread(self._snapshots.segment, entry)
        if plain is None:
            if link is None:
                raise LinkLost("control is away")
            sealed = await link.fetch_segment(entry.digest)
            if sealed is None:
                raise PlatformError("not_found", f"control has not got the segment of {entry.owner}: publish it again")
            plain = await asyncio.to_thread(self._snapshots.receive, entry, sealed)
        return _decode(entry, plain)

    async def environment(self, segment: EnvironmentSegment, link: Link | None) -> Environment:
        """Make an environment of a segment. Raises PlatformError, LinkLost, OSError.

        Its contents are held until `let_go`.
        """
        self._blobs.hold(contents_of(segment))
        try:
            draft = await asyncio.to_thread(self._draft, segment)
            while draft.missing:
                if link is None:
                    raise LinkLost("control is away")
                await asyncio.gather(*(self._have(digest, link) for digest in draft.missing))
                again = await asyncio.to_thread(self._draft, segment)
                if again.missing.keys() & draft.missing.keys():
                    raise PlatformError(
                        "invalid", f"contents of {segment.owner} are not as long as its segment says: deploy it again"
                    )
                draft = again
            folders = {bundle: await self._unpacked(bundle, name) for bundle, name in _bundles(segment)}
            return await asyncio.to_thread(self._finish, draft, folders)
        except BaseException:
            self.let_go(segment)
            raise

    def let_go(self, segment: EnvironmentSegment) -> None:
        """Undo one `environment`: from now on its contents stay only while a kept state names them."""
        self._blobs.let_go(contents_of(segment))

    def read(self, entry: SegmentEntry) -> tuple[PublishedSegment, Environment | None]:
        """Load a segment from this disk alone. For a thread. Raises PlatformError, OSError."""
        plain = self._snapshots.segment(entry)
        if plain is None:
            raise PlatformError("not_found", f"the segment of {entry.owner} is not on this disk")
        segment = _decode(entry, plain)
        if isinstance(segment, AccountSegment):
            return segment, None
        draft = self._draft(segment)
        if draft.missing:
            raise PlatformError("not_found", f"contents of {entry.owner} are not on this disk, or are damaged")
        folders = {bundle: self._unpack(bundle, name) for bundle, name in _bundles(segment)}
        return segment, self._finish(draft, folders)

    def find_contents(self, entry: SegmentEntry) -> frozenset[str] | None:
        """The contents that a segment on this disk names; None where it cannot be read. For a thread."""
        plain = self._snapshots.segment(entry)
        try:
            return None if plain is None else contents_of(_decode(entry, plain))
        except PlatformError:
            return None

    def _draft(self, segment: EnvironmentSegment) -> Draft:
        draft = Draft(segment)
        for function in segment.functions:
            source = self._blobs.find(function.digest, MODULE_BYTES_MAX)
            if source is None or len(source) != function.size_bytes:
                draft.missing[function.digest] = function.size_bytes
            else:
                draft.sources[function.digest] = source
        for asset in segment.assets:
            # Private ones are copied to where handlers read them; the others are verified when first asked for.
            is_there = self._blobs.has(asset.digest, asset.size_bytes)
            if not is_there or (asset.visibility is Visibility.PRIVATE and not self._blobs.verify(asset.digest)):
                draft.missing[asset.digest] = asset.size_bytes
        for bundle, name in _bundles(segment):
            if self._packages.find(bundle, name) is None and not self._blobs.verify(bundle):
                draft.missing[bundle] = None
        return draft

    def _finish(self, draft: Draft, folders: dict[str, Path]) -> Environment:
        segment = draft.segment
        deployment = materialise(segment, draft.sources.__getitem__, self._blobs.place, folders.__getitem__)
        return compile_environment(replace(deployment, domain_name=segment.domain_name + self._suffix))

    def _unpack(self, bundle: str, name: str) -> Path:
        return self._packages.find(bundle, name) or self._packages.unpack(bundle, name, self._blobs.place(bundle))

    async def _unpacked(self, bundle: str, name: str) -> Path:
        found = self._packages.find(bundle, name)
        if found is not None:
            return found

        async def unpack() -> None:
            async with self._unpacking:
                await asyncio.to_thread(self._unpack, bundle, name)

        await self._once(f"{name} {bundle}", unpack)
        return await asyncio.to_thread(self._unpack, bundle, name)

    async def _have(self, digest: str, link: Link) -> None:
        while True:
            is_mine = digest not in self._under_way
            try:
                await self._once(digest, lambda: self._fetch(digest, link))
            except LinkLost:
                if is_mine:
                    raise
                continue  # whoever began with it had an older connection
            return

    async def _once(self, what: str, start: Callable[[], Coroutine[None, None, None]]) -> None:
        """Have something done, by whoever began with it."""
        task = self._under_way.get(what)
        if task is None:
            task = self._under_way[what] = asyncio.create_task(start())
            task.add_done_callback(lambda done: self._over(what, done))
        await asyncio.shield(task)

    def _over(self, what: str, task: asyncio.Task[None]) -> None:
        del self._under_way[what]
        if not task.cancelled():
            task.exception()  # those who waited have it

    async def _fetch(self, digest: str, link: Link) -> None:
        async with self._fetching, contextlib.aclosing(link.fetch_blob(digest)) as pieces:
            try:
                with self._blobs.receive(digest) as take:
                    async for piece in pieces:
                        await asyncio.to_thread(take, piece)
            except LookupError:
                raise PlatformError("not_found", f"control has not got content {digest[:12]}: deploy again") from None


def _decode(entry: SegmentEntry, plain: bytes) -> PublishedSegment:
    segment = decode_segment(plain)
    kind = SegmentKind.ACCOUNT if isinstance(segment, AccountSegment) else SegmentKind.ENVIRONMENT
    if segment.owner != entry.owner or kind is not entry.kind:
        raise PlatformError("invalid", f"the segment of {entry.owner} is another's: publish it again")
    return segment


def _bundles(segment: EnvironmentSegment) -> Iterator[tuple[str, str]]:
    if segment.node_bundle is not None:
        yield segment.node_bundle, NODE_MODULES
    if segment.python_bundle is not None:
        yield segment.python_bundle, SITE_PACKAGES


def contents_of(segment: PublishedSegment) -> frozenset[str]:
    """Every content that a segment names."""
    if isinstance(segment, AccountSegment):
        return frozenset()
    sources = (function.digest for function in segment.functions)
    files = (asset.digest for asset in segment.assets)
    return frozenset({*sources, *files, *(bundle for bundle, _ in _bundles(segment))})
