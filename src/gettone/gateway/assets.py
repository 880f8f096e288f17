"""An asset's file as an HTTP answer: validators, one range, in pieces. Must not know who may see it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gettone.gateway.responses import Headers
from gettone.model.assets import Asset

PIECE_BYTES = 256 * 1024
_RANGE = re.compile(rb"bytes=(\d{0,18})-(\d{0,18})")


class Files(Protocol):
    """Says whether a file may be sent: that it holds what its digest names."""

    async def vouch(self, asset: Asset) -> bool:
        """Whether it does."""


@dataclass(frozen=True, slots=True)
class AssetAnswer:
    """Status and headers of an asset's answer, and which bytes of its file follow: from `start` up to `end`."""

    status: int
    headers: Headers
    location: Path
    start: int
    end: int


def answer_asset(asset: Asset, if_none_match: bytes, range_header: bytes, if_range: bytes) -> AssetAnswer:
    """Decide which part of an asset is sent. A list of ranges is answered with the whole (RFC 9110 section 14.2)."""
    etag = f'"{asset.digest[:32]}"'.encode()
    headers: Headers = [
        (b"etag", etag),
        (b"cache-control", b"public, max-age=0, must-revalidate"),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"ETag"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if if_none_match and (if_none_match.strip() == b"*" or etag in if_none_match):
        return AssetAnswer(304, headers, asset.location, 0, 0)
    size = asset.size_bytes
    headers += [(b"content-type", asset.content_type.encode("latin-1")), (b"accept-ranges", b"bytes")]
    asked = _RANGE.fullmatch(range_header.strip()) if range_header and if_range in (b"", etag) else None
    if asked is None or asked.group(0) == b"bytes=-":
        return AssetAnswer(200, [*headers, _length(size)], asset.location, 0, size)
    first, last = asked.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        return AssetAnswer(416, [*headers, (b"content-range", b"bytes */%d" % size), _length(0)], asset.location, 0, 0)
    headers += [(b"content-range", b"bytes %d-%d/%d" % (start, end - 1, size)), _length(end - start)]
    return AssetAnswer(206, headers, asset.location, start, end)


async def read_pieces(answer: AssetAnswer) -> AsyncIterator[bytes]:
    """The bytes that the answer promised. Raises OSError; stops early when the file was cut meanwhile."""
    place = answer.start
    if place >= answer.end:
        return
    with await asyncio.to_thread(answer.location.open, "rb") as file:
        await asyncio.to_thread(file.seek, place)
        while place < answer.end:
            piece = await asyncio.to_thread(file.read, min(PIECE_BYTES, answer.end - place))
            if not piece:
                return
            place += len(piece)
            yield piece


def _length(size: int) -> tuple[bytes, bytes]:
    return (b"content-length", str(size).encode())
