"""Uvicorn with nothing around it: the same tokens, one process, no hop, no sandbox. Must not know the other peers."""

from __future__ import annotations

import sys
from importlib.metadata import version

from benchmarks.peers.peer import SOURCES, Peer, Place
from benchmarks.processes import Command


def _prepare(place: Place) -> Command:
    # Ours and this one share the interpreter, and with it uvicorn, uvloop, httptools and gettone.tokens.
    arguments = (sys.executable, str(SOURCES / "bare_uvicorn_main.py"), str(place.port))
    return Command(arguments, place.folder, place.environment())


BARE_UVICORN = Peer("bare uvicorn", (), lambda _: version("uvicorn"), _prepare)
