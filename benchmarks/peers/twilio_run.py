"""Twilio's local runner of functions, as its toolkit starts it. Must not know the other peers."""

from __future__ import annotations

from benchmarks.kit import Kit
from benchmarks.peers.gettone_dev import JAVASCRIPT_FUNCTION
from benchmarks.peers.peer import Peer, Place, write_project
from benchmarks.processes import Command


def _prepare(place: Place) -> Command:
    write_project(place.folder, "token.js", JAVASCRIPT_FUNCTION)
    program = place.kit.npm_folder("twilio-run") / "node_modules" / "twilio-run" / "bin" / "twilio-run.js"
    # It says itself that it wants Node 20 or 22.
    arguments = (str(place.kit.node_22), str(program), "start", str(place.folder), "--port", str(place.port))
    return Command(arguments, place.folder, place.environment())


def _version(kit: Kit) -> str:
    return kit.version("twilio-run")


TWILIO_RUN = Peer("twilio-run", ("twilio-run", "node-22"), _version, _prepare, "/token")
