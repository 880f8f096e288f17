"""Which npm packages come with Gettone, for every JavaScript function. Must not know what they are for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import gettone


def pinned_packages() -> Mapping[str, str]:
    """The packages that the JavaScript guest brings, with the versions that are installed; none where none are."""
    guest = Path(gettone.__file__).parent / "guests" / "javascript"
    names = json.loads((guest / "package.json").read_text("utf-8")).get("dependencies", {})
    found: dict[str, str] = {}
    for name in names:
        manifest = guest / "node_modules" / name / "package.json"
        if manifest.is_file():
            found[name] = json.loads(manifest.read_text("utf-8"))["version"]
    return found
