"""The files that browsers load, as the build left them: hashed names, gzip beside each. Kept in memory.

`manifest.json` tells which file a name stands for. Must not know what is in them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from gettone.model.errors import PlatformError

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
# A name holds the hash of its content: what it stands for never changes.
FOREVER = "public, max-age=31536000, immutable"

_TYPES: Mapping[str, str] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class BrowserFile:
    """One file, plain and gzipped."""

    content_type: str
    plain: bytes = field(repr=False)
    gzipped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BrowserFiles:
    """All files by hashed name, and the hashed names by the names that templates use."""

    names: Mapping[str, str]
    files: Mapping[str, BrowserFile] = field(repr=False)

    def path(self, name: str) -> str:
        """Where a file is served. Raises KeyError for a name that the build does not make."""
        return PREFIX + self.names[name]

    def answer(self, request: Request, name: str) -> Response | None:
        """The file as a response, gzipped for those who take that; None when there is none such."""
        found = self.files.get(name)
        if found is None:
            return None
        headers = {"content-type": found.content_type, "cache-control": FOREVER, "vary": "accept-encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(found.gzipped, headers={**headers, "content-encoding": "gzip"})
        return Response(found.plain, headers=headers)


@cache
def load_browser_files(folder: Path = FOLDER) -> BrowserFiles:
    """Read what the build made. Raises PlatformError when it did not run."""
    try:
        names: dict[str, str] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        files = {hashed: _read(folder / hashed) for hashed in names.values()}
    except (OSError, ValueError) as error:
        message = "The console's browser files are not there: install Gettone again, or start it with ./run"
        raise PlatformError("unavailable", message, folder=str(folder)) from error
    return BrowserFiles(names, files)


def _read(path: Path) -> BrowserFile:
    return BrowserFile(_TYPES[path.suffix], path.read_bytes(), path.with_name(path.name + ".gz").read_bytes())
