"""Pictures that walks leave: those that a document shows into `docs/images` when `GETTONE_IMAGES` is set.

All others, and all when it is not set, go where they are forgotten.

Must not know a page.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parents[3]
IMAGES = ROOT / "docs" / "images"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PICTURE_BYTES_MAX = 200_000


@dataclass(frozen=True)
class Album:
    """Folders of pictures: for those that are kept, by their names, and for others."""

    kept: frozenset[str]
    others: Path

    def take(self, page: Page, name: str) -> None:
        """Keep what a window shows now."""
        # What would hide the caret is a style of the debugger's, which the page's policy refuses.
        picture = pack(page.screenshot(animations="allow", caret="initial", scale="css"))
        assert len(picture) < PICTURE_BYTES_MAX, f"{name} has {len(picture)} bytes"
        folder = IMAGES if name in self.kept else self.others
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(picture)


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
    return Album(shown_pictures() if os.environ.get("GETTONE_IMAGES") else frozenset(), otherwise)


def shown_pictures() -> frozenset[str]:
    """The names of the pictures that documents show."""
    text = "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    return frozenset(re.findall(r"images/([\w-]+)\.png\)", text))
