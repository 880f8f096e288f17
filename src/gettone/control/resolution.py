"""Exactly what will be installed, before it is: the key under which equal sets are kept, and what to tell the user.

Must not know npm or pip.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

# A change of how bundles are made changes every key: nothing made before is used again.
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Part:
    """One package of a set: where it goes or what it is called, its version, and the hash of what the registry has."""

    name: str
    version: str
    integrity: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """A whole set. `versions` are those of what was asked for, by the name that was asked for.

    `runtime`, `abi` and `system` are what the content may depend on, as is whether install scripts run.
    """

    parts: tuple[Part, ...]
    versions: Mapping[str, str]
    runtime: str
    abi: str
    system: str
    scripts: bool

    @property
    def key(self) -> str:
        """SHA-256 over all that decides what lies in the bundle."""
        said = {
            "format": _FORMAT,
            "runtime": self.runtime,
            "abi": self.abi,
            "system": self.system,
            "scripts": self.scripts,
            "parts": sorted([part.name, part.version, part.integrity] for part in self.parts),
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
