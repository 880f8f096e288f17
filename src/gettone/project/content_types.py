"""Which content type a file is sent with, from its name alone. Equal on every machine: asks no system tables."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from posixpath import splitext
from types import MappingProxyType

DEFAULT = "application/octet-stream"

# What web pages are made of. Python's own table differs between its versions for about half of these.
_KNOWN: Mapping[str, str] = MappingProxyType(
    {
        ".aac": "audio/aac",
        ".avif": "image/avif",
        ".cjs": "text/javascript",
        ".css": "text/css",
        ".csv": "text/csv",
        ".flac": "audio/flac",
        ".gz": "application/gzip",
        ".htm": "text/html",
        ".html": "text/html",
        ".ico": "image/x-icon",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".js": "text/javascript",
        ".json": "application/json",
        ".map": "application/json",
        ".md": "text/markdown",
        ".mjs": "text/javascript",
        ".mp3": "audio/mpeg",
        ".mp4": "video/mp4",
        ".ogg": "audio/ogg",
        ".opus": "audio/ogg",
        ".otf": "font/otf",
        ".pdf": "application/pdf",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".toml": "application/toml",
        ".ts": "text/plain",
        ".ttf": "font/ttf",
        ".txt": "text/plain",
        ".wasm": "application/wasm",
        ".wav": "audio/wav",
        ".weba": "audio/webm",
        ".webm": "video/webm",
        ".webmanifest": "application/manifest+json",
        ".webp": "image/webp",
        ".woff": "font/woff",
        ".woff2": "font/woff2",
        ".xml": "text/xml",
        ".yaml": "application/yaml",
        ".yml": "application/yaml",
        ".zip": "application/zip",
    }
)

# Without file names it holds what is built into Python, not what the machine adds.
_BUILT_IN = mimetypes.MimeTypes()


def content_type_of(name: str) -> str:
    """The content type of a file of this name; text is said to be UTF-8."""
    extension = splitext(name)[1].lower()
    known = _KNOWN.get(extension)
    if known is None:
        guessed, encoding = _BUILT_IN.guess_type(f"file{extension}", strict=False)
        known = guessed if guessed is not None and encoding is None else DEFAULT
    return f"{known}; charset=utf-8" if known.startswith("text/") or known == "application/json" else known
