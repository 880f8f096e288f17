"""Google's functions-framework for Python, with its default server and PyPI `twilio`. Must not know the other peers."""

from __future__ import annotations

import shutil

from benchmarks.kit import Kit
from benchmarks.peers.peer import SOURCES, Peer, Place
from benchmarks.processes import Command


def _prepare(place: Place) -> Command:
    source = place.folder / "main.py"
    shutil.copyfile(SOURCES / "functions_framework_main.py", source)
    # The program beside its interpreter would name the path of the folder it was installed from; the module does not.
    arguments = (str(place.kit.python), "-m", "functions_framework", "--target", "token", "--source", str(source))
    where = ("--host", "127.0.0.1", "--port", str(place.port))
    return Command((*arguments, *where), place.folder, place.environment())


def _version(kit: Kit) -> str:
    return kit.version("functions-framework")


FUNCTIONS_FRAMEWORK = Peer("functions-framework", ("twilio-python", "functions-framework"), _version, _prepare)
