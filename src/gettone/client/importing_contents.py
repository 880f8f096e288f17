"""Contents of files by their digest, in a folder: the assets of an account may be more than memory holds.

Must not know whose they are, nor who ends the folder.
"""

from __future__ import annotations

import hashlib
from pathlib import Path


class Contents:
    """What was read of a source and is to be uploaded. Equal contents are kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep a content; its SHA-256 in hex."""
        digest = hashlib.sha256(content).hexdigest()
        file = self._folder / digest
        if not file.exists():
            file.write_bytes(content)
        return digest

    def get(self, digest: str) -> bytes:
        """A content that was kept."""
        return (self._folder / digest).read_bytes()
