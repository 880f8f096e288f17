"""Pictures that walks leave: into `docs/images` when `GETTONE_IMAGES` is set, else where they are forgotten.

Must not know a page.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

IMAGES = Path(__file__).parents[3] / "docs" / "images"
PICTURE_BYTES_MAX = 200_000


@dataclass(frozen=True)
class Album:
    """A folder of pictures."""

    folder: Path

    def take(self, page: Page, name: str) -> None:
        """Keep what a window shows now."""
        # What would hide the caret is a style of the debugger's, which the page's policy refuses.
        picture = pack(page.screenshot(animations="allow", caret="initial", scale="css"))
        assert len(picture) < PICTURE_BYTES_MAX, f"{name} has {len(picture)} bytes"
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.png").write_bytes(picture)


def pack(picture: bytes) -> bytes:
    """The same PNG, deflated as well as can be: browsers are quick about it instead."""
    signature, at, data = picture[:8], 8, b""
    before, after = b"", b""
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        chunk = picture[at : at + 12 + length]
        if chunk[4:8] == b"IDAT":
            data += chunk[8:-4]
        elif data:
            after += chunk
        else:
            before += chunk
        at += len(chunk)
    packed = b"IDAT" + zlib.compress(zlib.decompress(data), 9)
    return (
        signature + before + struct.pack(">I", len(packed) - 4) + packed + struct.pack(">I", zlib.crc32(packed)) + after
    )


def open_album(otherwise: Path) -> Album:
    """The album of the documentation where it was asked for, else a folder that is thrown away."""
    return Album(IMAGES if os.environ.get("GETTONE_IMAGES") else otherwise)
