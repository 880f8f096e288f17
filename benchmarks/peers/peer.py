"""What a peer is to the benchmark. Must not know any of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kit import NODE, PEERS, Kit
from benchmarks.processes import Command, plain_environment
from benchmarks.specimen import VARIABLES

SOURCES = Path(__file__).parent / "sources"


@dataclass(frozen=True, slots=True)
class Place:
    """What a server gets: an empty folder of its own, a free port of 127.0.0.1, and the installed peers."""

    folder: Path
    port: int
    kit: Kit

    def environment(self, **more: str) -> dict[str, str]:
        """Variables of the token function, with the benchmark's Node on the path."""
        return plain_environment(PEERS / "home", (str(NODE.parent),), **VARIABLES, **more)


@dataclass(frozen=True, slots=True)
class Peer:
    """One server: its name, the parts it needs, its version, and how it is started."""

    name: str
    parts: tuple[str, ...]
    version: Callable[[Kit], str]
    prepare: Callable[[Place], Command]
    path: str = "/"


def write_project(folder: Path, file: str, source: str) -> None:
    """Write a project of one function, as Twilio's toolkit lays it out."""
    (folder / "functions").mkdir()
    (folder / "functions" / file).write_text(source)
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in VARIABLES.items()))
    (folder / "package.json").write_text(json.dumps({"name": "token-function", "version": "0.0.0", "private": True}))
