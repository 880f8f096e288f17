"""Node's own HTTP server with the official library, no framework, no sandbox. Must not know the other peers."""

from __future__ import annotations

from pathlib import Path

from benchmarks.kit import NODE, Kit
from benchmarks.peers.peer import SOURCES, Peer, Place
from benchmarks.processes import Command


def _prepare(place: Place) -> Command:
    return _command(place, NODE)


def _prepare_22(place: Place) -> Command:
    return _command(place, place.kit.node_22)


def _command(place: Place, node: Path) -> Command:
    library = str(place.kit.npm_folder("twilio-node"))
    arguments = (str(node), str(SOURCES / "node_twilio_main.js"), library, str(place.port))
    return Command(arguments, place.folder, place.environment())


def _version(kit: Kit) -> str:
    return kit.version("twilio-node")


def _version_22(kit: Kit) -> str:
    return f"{kit.version('twilio-node')} (Node {kit.version('node-22')})"


NODE_TWILIO = Peer("our Node and npm twilio", ("twilio-node",), _version, _prepare)
NODE_22_TWILIO = Peer("Node 22 and npm twilio", ("twilio-node", "node-22"), _version_22, _prepare_22)
