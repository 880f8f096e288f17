"""Which tables there are: their contestants, who is compared with whom, and what is to be reached.

A new table is a new entry here. Must not know how anything is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks import minting, saving, serving, starting
from benchmarks.kit import Kit
from benchmarks.peers.bare_uvicorn import BARE_UVICORN
from benchmarks.peers.functions_framework import FUNCTIONS_FRAMEWORK
from benchmarks.peers.gettone_dev import GETTONE_JAVASCRIPT, GETTONE_PYTHON
from benchmarks.peers.node_twilio import NODE_22_TWILIO, NODE_TWILIO
from benchmarks.peers.peer import Peer
from benchmarks.peers.twilio_run import TWILIO_RUN
from benchmarks.peers.workerd import WORKERD
from benchmarks.plan import Plan, Say
from benchmarks.standing import Outcome


@dataclass(frozen=True, slots=True)
class Pairing:
    """One row: who is compared with whom, and how many times the peer's rate ours has to be."""

    row: str
    ours: str
    peer: str
    target: float


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what it needs from the kit, how it is measured, and its rows."""

    name: str
    title: str
    unit: str
    parts: tuple[str, ...]
    measure: Callable[[Kit, Plan, Say], Outcome]
    pairings: tuple[Pairing, ...]


def _served(name: str, title: str, peers: tuple[Peer, ...], pairings: tuple[Pairing, ...]) -> Table:
    parts = tuple({part for peer in peers for part in peer.parts})
    return Table(name, title, "answers/s", parts, partial(serving.measure, peers), pairings)


TABLES = (
    Table(
        "minting",
        "Minting a Video token, one core",
        "tokens/s",
        minting.PARTS,
        minting.measure,
        (
            Pairing("mint in Python, against PyPI twilio", minting.OURS_PYTHON, minting.TWILIO_PYTHON, 5),
            Pairing("mint in Python, against npm twilio on Node 22", minting.OURS_PYTHON, minting.TWILIO_NODE_22, 50),
            # No figures to reach on our own Node, whose OpenSSL makes the library ten times as fast: only to be ahead.
            Pairing("mint in Python, against npm twilio on our Node", minting.OURS_PYTHON, minting.TWILIO_NODE, 1),
            # At most four times the time of what cannot be left out.
            Pairing("mint in Python, against one bare HMAC-SHA-256", minting.OURS_PYTHON, minting.BARE_HMAC, 0.25),
            Pairing(
                "mint in JavaScript, against npm twilio on our Node", minting.OURS_JAVASCRIPT, minting.TWILIO_NODE, 1
            ),
        ),
    ),
    _served(
        "python",
        "Token function in Python, 32 connections",
        (GETTONE_PYTHON, FUNCTIONS_FRAMEWORK, WORKERD, BARE_UVICORN),
        (
            Pairing(
                "function in Python, against functions-framework", GETTONE_PYTHON.name, FUNCTIONS_FRAMEWORK.name, 12
            ),
            Pairing("function in Python, against workerd", GETTONE_PYTHON.name, WORKERD.name, 1.4),
            Pairing("function in Python, against bare uvicorn", GETTONE_PYTHON.name, BARE_UVICORN.name, 0.55),
        ),
    ),
    _served(
        "javascript",
        "Token function in JavaScript, 32 connections",
        (GETTONE_JAVASCRIPT, NODE_22_TWILIO, NODE_TWILIO, TWILIO_RUN),
        (
            Pairing("function in JavaScript, against twilio-run", GETTONE_JAVASCRIPT.name, TWILIO_RUN.name, 2000),
            Pairing(
                "function in JavaScript, against Node 22 and npm twilio",
                GETTONE_JAVASCRIPT.name,
                NODE_22_TWILIO.name,
                6,
            ),
            Pairing(
                "function in JavaScript, against our Node and npm twilio",
                GETTONE_JAVASCRIPT.name,
                NODE_TWILIO.name,
                1,
            ),
        ),
    ),
    Table(
        "saving",
        f"Save to served, under {saving.RATE:g} requests/s",
        "saves/s",
        (),
        saving.measure,
        tuple(
            Pairing(f"{row}, {language}, under {saving.RATE:g} requests/s", ours(language), saving.TARGET, 1)
            for row, ours in (
                ("save to served", saving.save_of),
                ("deployment to served", saving.deployment_of),
                ("Save in the console to served", saving.console_of),
            )
            for language in saving.LANGUAGES
        ),
    ),
    Table(
        "starting",
        "From the command to the banner, over existing data",
        "starts/s",
        (),
        starting.measure_start,
        (Pairing("start, against its target", starting.OURS, starting.TARGET, 1),),
    ),
    Table(
        "idle",
        "Memory when idle, one spare worker per runtime",
        "installations/GB",
        (),
        starting.measure_idle,
        (Pairing("idle memory, against its target", starting.OURS, starting.TARGET, 1),),
    ),
)
