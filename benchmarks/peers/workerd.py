"""Cloudflare's workerd, with a worker that signs with WebCrypto. Must not know the other peers."""

from __future__ import annotations

import json
import shutil

from benchmarks.kit import Kit
from benchmarks.peers.peer import SOURCES, Peer, Place
from benchmarks.processes import Command
from benchmarks.specimen import VARIABLES
from benchmarks.standing import Unavailable

CONFIGURATION = """\
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .token)],
  sockets = [(name = "http", address = "127.0.0.1:%d", http = (), service = "main")],
);
const token :Workerd.Worker = (
  modules = [(name = "token.js", esModule = embed "token.js")],
  compatibilityDate = "2026-11-01",
  bindings = [%s],
);
"""


def _prepare(place: Place) -> Command:
    shutil.copyfile(SOURCES / "workerd_token.js", place.folder / "token.js")
    bindings = ", ".join(f"(name = {json.dumps(name)}, text = {json.dumps(text)})" for name, text in VARIABLES.items())
    (place.folder / "config.capnp").write_text(CONFIGURATION % (place.port, bindings))
    # The binary itself: the package's own script would stand between.
    found = list(place.kit.npm_folder("workerd").glob("node_modules/@cloudflare/workerd-*/bin/workerd"))
    if not found:
        raise Unavailable("npm has no workerd for this machine")
    return Command((str(found[0]), "serve", "config.capnp"), place.folder, place.environment())


def _version(kit: Kit) -> str:
    return kit.version("workerd")


WORKERD = Peer("workerd", ("workerd",), _version, _prepare)
