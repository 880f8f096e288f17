"""Node's own HTTP server with the official library, no framework, no sandbox. Must not know the other peers."""

from __future__ import annotations

from benchmarks.kit import NODE, Kit
from benchmarks.peers.peer import SOURCES, Peer, Place
from benchmarks.processes import Command


def _prepare(place: Place) -> Command:
    library = str(place.kit.npm_folder("twilio-node"))
    arguments = (str(NODE), str(SOURCES / "node_twilio_main.js"), library, str(place.port))
    return Command(arguments, place.folder, place.environment())


def _version(kit: Kit) -> str:
    return kit.version("twilio-node")


NODE_TWILIO = Peer("Node and npm twilio", ("twilio-node",), _version, _prepare)
